"""Parts of a room in a program, without a node: requests that wait, the clock of the server, the place of a room, values. Pure."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.client.room_clock import RoomClock
from framecast.client.room_place import find_node, find_room
from framecast.client.room_requests import MOST, RoomRequests
from framecast.client.room_values import Done, playback_from
from framecast.errors import Closed, Invalid, WouldBlock
from framecast.peer.address import PeerAddress
from framecast.v1.rooms_pb2 import JoinRequest, JoinResponse, RoomPlayback


def send(text: str) -> JoinRequest:
    return JoinRequest(send=JoinRequest.Send(text=text))


def test_requests_are_answered_by_their_numbers_and_stay_until_then() -> None:
    requests = RoomRequests()
    first, second = requests.add(send("one")), requests.add(send("two"))
    assert [one.send.text for one in requests.all()] == ["one", "two"]
    requests.on_response(JoinResponse(ref="2", done=JoinResponse.Done(seq=7, is_held=True)))
    assert second.result(0) == Done(7, is_held=True)
    assert [one.send.text for one in requests.all()] == ["one"], "it is sent again after a reconnection"
    error = JoinResponse.Error(error="WouldBlock", message="too soon", fields={"wait_s": "2.5", "what": "x"})
    requests.on_response(JoinResponse(ref="1", error=error))
    with pytest.raises(WouldBlock, match="too soon") as found:
        first.result(0)
    assert found.value.fields == {"wait_s": 2.5, "what": "x"}
    requests.on_response(JoinResponse(ref="1", done=JoinResponse.Done()))  # late, and for nobody
    assert requests.all() == []


def test_requests_are_bounded_forgotten_and_fail_together() -> None:
    requests = RoomRequests()
    answers = [requests.add(send(str(number))) for number in range(MOST)]
    with pytest.raises(WouldBlock, match=str(MOST)):
        requests.add(send("too many"))
    requests.forget(answers[0])
    assert len(requests.all()) == MOST - 1
    requests.fail(Closed("over"))
    assert isinstance(answers[-1].exception(0), Closed)
    assert not answers[0].done()


def test_clock_goes_by_the_fastest_round_trip() -> None:
    clock = RoomClock()
    clock.on_welcome(1000.0, 10.2)
    assert clock.server_s(10.2) == pytest.approx(1000.0)
    clock.on_pong(11.0, 1001.5, 12.0)  # a second on the way
    clock.on_pong(20.0, 1010.01, 20.02)
    clock.on_pong(30.0, 1099.0, 40.0)  # slower: not believed
    assert clock.server_s(20.01) == pytest.approx(1010.01)


def test_playback_goes_on_by_the_clock() -> None:
    given = RoomPlayback(position_s=10, at_s=100, speed=2, is_playing=True, waiting_for=["bob"])
    assert playback_from(given, 103).position_s == 16
    assert playback_from(given, 99.96).position_s == 10  # the measured clock is a little behind
    given.is_playing = False
    assert playback_from(given, 103).position_s == 10
    assert playback_from(given, 103).waiting_for == ("bob",)


def test_room_is_found_by_its_key_or_its_address(tmp_path: Path) -> None:
    place = find_room("demo", tmp_path)
    assert (place.key, place.node) == ("stream:demo", tmp_path / "node.sock")
    far = find_room("grpc://secret@host:5000/video:AbC", None)
    assert isinstance(far.node, PeerAddress)
    assert (far.key, far.node.url, far.node.token) == ("video:AbC", "grpc://host:5000", "secret")
    assert "secret" not in repr(far)
    named = find_room("room:AbC", "grpcs://host", "secret")
    assert isinstance(named.node, PeerAddress)
    assert (named.node.tls, named.node.token) == (True, "secret")


@pytest.mark.parametrize(
    ("what", "node", "token"),
    [
        ("grpc://host", None, ""),
        ("grpc://host/demo", "grpc://other", ""),
        ("grpc://host/a/b", None, ""),
        ("rtsp://host/demo", None, ""),
        ("demo", "grpc://host/stream", ""),
        ("demo", None, "token"),
        ("demo", "grpc://host", "two words"),
        ("", None, ""),
    ],
)
def test_other_places_are_refused(what: str, node: str | None, token: str) -> None:
    with pytest.raises(Invalid):
        find_room(what, node, token)


def test_node_is_that_of_the_folder(tmp_path: Path) -> None:
    assert find_node(tmp_path) == tmp_path / "node.sock"
