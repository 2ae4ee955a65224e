"""Rooms of a node without accounts: everybody talks under a name, what was said is there afterwards, and a node on which nothing was said stays light."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.servers.web.rooms.conftest import Visit
from tests.servers.web.rooms.room_client import WAIT_S, RoomClient
from tests.servers.web.rooms.room_web import DOOR, open_rooms_web, rooms_settings
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rooms")


@pytest.fixture(scope="module")
def web(folder: Path) -> Iterator[WebProcess]:
    with open_rooms_web(folder) as found:
        yield found


def ask(web: WebProcess, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    return httpx.request(method, web.url + path, timeout=WAIT_S, **options)


def modules(web: WebProcess) -> str:
    """The files that the server's process has mapped."""
    return Path(f"/proc/{web.process.pid}/maps").read_text()


def test_nothing_was_said_and_nothing_is_made_by_looking(web: WebProcess, folder: Path) -> None:
    room = ask(web, f"/api/rooms/{DOOR}").json()
    assert room["key"] == f"stream:{DOOR}"
    assert (room["epoch"], room["last"], room["you"]["role"]) == ("", 0, "owner")
    assert room["settings"]["guests"] == "write"
    assert ask(web, f"/api/rooms/{DOOR}/messages").json() == {"epoch": "", "messages": [], "mine": {}}
    assert ask(web, f"/api/rooms/{DOOR}/members").json() == {"members": []}
    assert ask(web, "/api/rooms").json() == {"rooms": [], "next": None}
    with RoomClient(web.url, DOOR, name="Early") as early:
        assert early.welcome["events"] == []
    assert not (folder / "rooms").exists()
    assert ask(web, "/api").json()["rooms"] is True


def test_two_talk_and_each_hears_everything_once_and_in_order(web: WebProcess) -> None:
    with RoomClient(web.url, DOOR, name="Ann") as ann, RoomClient(web.url, DOOR, name="Ben") as ben:
        assert ann.welcome["you"]["name"] == "Ann"
        start = ann.welcome["last"]
        done = ann.send("hello @Ben https://example.org/a?b=1", media_time_s=4.5)
        assert done["type"] == "done", done
        assert ben.send("hi")["type"] == "done"
        heard = ben.wait_for("hello @Ben https://example.org/a?b=1")["message"]
        assert heard["author"]["name"] == "Ann"
        assert heard["media_time_s"] == 4.5
        assert [one["target"] for one in heard["spans"] if one["kind"] == "link"] == [
            "https://example.org/a?b=1"
        ]
        for one in (ann, ben):
            one.wait_for("hi")
        assert ann.seqs == ben.seqs == [start + 1, start + 2]
        assert ben.ask(type="react", seq=start + 1, emoji="👍", on=True)["type"] == "done"
        assert ann.until(lambda one: one["type"] == "events")["events"][0]["emoji"] == "👍"


def test_guest_takes_no_name_of_another_who_is_there(web: WebProcess) -> None:
    with RoomClient(web.url, DOOR, name="Eve"), RoomClient(web.url, DOOR, name="eve") as second:
        assert second.welcome["you"]["name"] == "eve 2"


def test_who_comes_back_gets_exactly_what_it_missed(web: WebProcess) -> None:
    with RoomClient(web.url, DOOR, name="Ann") as ann:
        first = ann.send("before")["seq"]
        epoch = ann.welcome["epoch"] or ask(web, f"/api/rooms/{DOOR}").json()["epoch"]
        texts = [f"missed {number}" for number in range(5)]
        for text in texts:
            ann.send(text)
    with RoomClient(web.url, DOOR, name="Ann", since=first, epoch=epoch) as again:
        assert not again.welcome["is_gap"]
        assert again.said == texts
        assert again.seqs == list(range(first + 1, first + 6))
    with RoomClient(web.url, DOOR, name="Ann", since=first, epoch="other") as other:
        assert other.welcome["is_gap"]


def test_same_id_again_is_said_once_by_socket_and_by_request(web: WebProcess, visit: Visit) -> None:
    browser = visit(web.url)
    body = {"id": "once", "text": "only once", "name": "Bot"}
    first = browser.post(f"/api/rooms/{DOOR}/messages", json=body)
    assert first.status_code == 200, first.text
    assert not first.json()["is_repeat"]
    assert first.json()["message"]["author"]["name"] == "Bot"
    again = browser.post(f"/api/rooms/{DOOR}/messages", json=body).json()
    assert again["is_repeat"]
    assert again["message"] == first.json()["message"]
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with RoomClient(web.url, DOOR, {"Cookie": cookie}, name="Bot") as bot:
        assert bot.welcome["you"]["id"] == first.json()["message"]["author"]["id"], (
            "the same guest by its cookie"
        )
        done = bot.send("only once", id="once")
        assert done["is_repeat"]
        assert done["seq"] == first.json()["message"]["seq"]
    stranger = httpx.post(f"{web.url}/api/rooms/{DOOR}/messages", json=body, timeout=WAIT_S).json()
    assert not stranger["is_repeat"], "the id of somebody else is another one"


def test_cookie_of_a_guest_is_secret_and_its_id_is_not_the_cookie(web: WebProcess) -> None:
    answer = ask(web, f"/api/rooms/{DOOR}")
    set_cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie
    (secret,) = answer.cookies.values()
    assert answer.json()["you"]["id"].removeprefix("g:") not in secret
    other = ask(web, f"/api/rooms/{DOOR}", headers={"Cookie": "framecast_session=x"})
    assert other.json()["you"]["id"] != answer.json()["you"]["id"]


def test_messages_are_paged_searched_and_found_by_media_time(web: WebProcess, visit: Visit) -> None:
    key = "stream:door"
    browser = visit(web.url)
    for number in range(12):
        body = {
            "id": f"page{number}",
            "text": f"page number{number}",
            "name": "Pat",
            "media_time_s": 1000 + number,
        }
        assert browser.post(f"/api/rooms/{key}/messages", json=body).status_code == 200

    def texts(**query: Any) -> list[str]:
        found = browser.get(f"/api/rooms/{key}/messages", params=query)
        assert found.status_code == 200, found.text
        return [one["text"] for one in found.json()["messages"]]

    newest = browser.get(f"/api/rooms/{key}/messages", params={"most": 3}).json()["messages"]
    assert [one["text"] for one in newest] == ["page number9", "page number10", "page number11"]
    assert texts(most=2, before=newest[0]["seq"]) == ["page number7", "page number8"]
    assert texts(most=2, after=newest[0]["seq"]) == ["page number10", "page number11"]
    assert texts(q="number7") == ["page number7"]
    assert texts(from_s=1003, to_s=1005) == ["page number3", "page number4"]
    refused: tuple[dict[str, str | int], ...] = (
        {"before": 1, "after": 2},
        {"q": "x", "after": 1},
        {"from_s": 1, "q": "x"},
        {"most": 0},
        {"before": -1},
    )
    for wrong in refused:
        assert browser.get(f"/api/rooms/{key}/messages", params=wrong).status_code == 400, wrong


class Reader:
    """A reader of server-sent events."""

    def __init__(self, web: WebProcess, key: str, last_event_id: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=WAIT_S)
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        self.connection.request("GET", f"/api/rooms/{key}/events", headers=headers)
        self.answer = self.connection.getresponse()
        self.id = last_event_id
        assert self.answer.status == 200, self.answer.read()

    def next(self, kind: str) -> dict[str, Any]:
        """Return the data of the next event of a kind."""
        fields: dict[str, str] = {}
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            self.id = fields.get("id", self.id)
            if fields.get("event") == kind:
                found: dict[str, Any] = json.loads(fields["data"])
                return found
            fields = {}

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


def test_reader_of_events_misses_nothing_and_is_not_in_the_room(web: WebProcess) -> None:
    with RoomClient(web.url, DOOR, name="Ann") as ann:
        ann.send("for the crowd 0")
        reader = Reader(web, DOOR)
        assert reader.answer.headers["content-type"].startswith("text/event-stream")
        welcome = reader.next("welcome")
        assert not welcome["you"]["may_write"]
        assert welcome["presence"]["count"] == 1, "a reader is nobody in the room"
        ann.send("for the crowd 1")
        events = reader.next("events")["events"]
        assert events[-1]["message"]["text"] == "for the crowd 1"
        epoch, _, seq = reader.id.partition("/")
        assert int(seq) == events[-1]["seq"]
        reader.close()
        ann.send("for the crowd 2")
        ann.send("for the crowd 3")
        again = Reader(web, DOOR, f"{epoch}/{seq}")
        back = again.next("welcome")
        assert [one["message"]["text"] for one in back["events"]] == ["for the crowd 2", "for the crowd 3"]
        again.close()
        lost = Reader(web, DOOR, "0123456789abcdef/1")
        assert lost.next("welcome")["is_gap"]
        lost.close()


def test_private_room_is_made_listed_joined_by_its_link_and_deleted(web: WebProcess, visit: Visit) -> None:
    owner, guest, stranger = (visit(web.url) for _ in range(3))
    room = owner.post("/api/rooms", json={"title": "Film night"})
    assert room.status_code == 200, room.text
    key = room.json()["key"]
    assert key.startswith("room:")
    assert room.json()["title"] == "Film night"
    made = owner.post(f"/api/rooms/{key}/invitations", json={"most_uses": 1}).json()
    assert made["url"].startswith(f"{web.url}/rooms/join#")
    assert made["token"] not in made["url"].partition("#")[0], "browsers send no fragment"
    joined = guest.post("/api/rooms/join", json={"token": made["token"], "name": "Gus"})
    assert joined.status_code == 200, joined.text
    assert joined.json()["key"] == key
    assert [one["uses"] for one in owner.get(f"/api/rooms/{key}/invitations").json()["invitations"]] == [1]
    used_up = stranger.post("/api/rooms/join", json={"token": made["token"], "name": "Sue"})
    assert used_up.status_code == 404
    assert stranger.post("/api/rooms/join", json={"token": "wrong", "name": "Sue"}).status_code == 404
    owner.post(f"/api/rooms/{key}/messages", json={"id": "a", "text": "at eight", "name": "Olga"})
    (listed,) = [one for one in guest.get("/api/rooms").json()["rooms"] if one["key"] == key]
    assert (listed["title"], listed["unread"]) == ("Film night", 1)
    changed = owner.patch(f"/api/rooms/{key}", json={"title": "Film day", "settings": {"slow_s": 5}}).json()
    assert (changed["title"], changed["settings"]["slow_s"]) == ("Film day", 5)
    lines = [json.loads(one) for one in owner.get(f"/api/rooms/{key}/export").text.splitlines()]
    assert lines[0]["type"] == "room"
    assert [one["message"]["text"] for one in lines if one.get("kind") == "message"] == ["at eight"]
    assert owner.delete(f"/api/rooms/{key}").status_code == 204
    assert owner.get(f"/api/rooms/{key}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/rooms/nowhere", 404),
        ("/api/rooms/video:AAAA", 404),
        ("/api/rooms/room:AAAAAAAAAAAAAAAAAAAAAA", 404),
        ("/api/rooms/wrong:x", 400),
        ("/api/rooms/a%20b", 400),
        ("/api/rooms/nowhere/events", 404),
        ("/api/rooms/nowhere/export", 404),
        ("/api/rooms/nowhere/messages", 404),
    ],
)
def test_room_that_is_not_there_is_said_to_be_away(web: WebProcess, path: str, status: int) -> None:
    assert ask(web, path).status_code == status


def test_socket_of_a_room_that_is_not_there_is_refused(web: WebProcess) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{web.port}/api/rooms/nowhere/ws", open_timeout=WAIT_S)
    assert refused.value.response.status_code == 404
    assert ask(web, f"/api/rooms/{DOOR}/ws").status_code == 426


@pytest.mark.parametrize(
    "first",
    ["no json", "[]", '{"type":"send","text":"x"}', '{"type":"hello","since":-1}', '{"type":["hello"]}'],
)
def test_wrong_first_message_is_answered_and_a_right_one_enters(web: WebProcess, first: str) -> None:
    with connect(f"ws://127.0.0.1:{web.port}/api/rooms/{DOOR}/ws", open_timeout=WAIT_S) as client:
        client.send(first)
        assert json.loads(client.recv(WAIT_S))["type"] == "error"
        client.send('{"type":"hello","name":"Right"}')
        assert json.loads(client.recv(WAIT_S))["type"] == "welcome"


def test_wrong_messages_are_answered_and_the_member_stays(web: WebProcess) -> None:
    with RoomClient(web.url, DOOR, name="Odd") as odd:
        for wrong in (
            {"type": "send", "text": "x"},
            {"type": "send", "id": "x" * 65, "text": "x"},
            {"type": "send", "id": "y", "text": 5},
            {"type": "send", "id": "y", "text": "x" * 5000},
            {"type": "edit", "seq": 10**9, "text": "x"},
            {"type": "nothing"},
            {"type": 5},
            {"type": "moderate", "action": "explode"},
            {"type": "read", "seq": "x"},
        ):
            answer = odd.ask(**wrong)
            assert answer["type"] == "error", wrong
            assert answer["message"]
        assert odd.send("still here")["type"] == "done"


def test_many_messages_at_once_are_all_done_in_order(web: WebProcess) -> None:
    """More than may wait: the server reads no further until it has done some."""
    count = 150
    with RoomClient(web.url, DOOR, name="Fast") as fast:
        for number in range(count):
            fast.post(type="send", id=f"fast{number}", text=f"fast {number}", ref=number)
        done: list[Any] = []
        while len(done) < count:
            found = fast.hear()
            if found["type"] in ("done", "error"):
                done.append((found["ref"], found["type"]))
        assert done == [(number, "done") for number in range(count)]
        fast.wait_for(f"fast {count - 1}")
        assert [text for text in fast.said if text.startswith("fast ")] == [
            f"fast {number}" for number in range(count)
        ]


def test_what_was_sent_before_the_connection_ended_is_said(web: WebProcess) -> None:
    with RoomClient(web.url, DOOR, name="Witness") as witness:
        gone = RoomClient(web.url, DOOR, name="Gone")
        gone.post(type="send", id="last-words", text="last words")
        gone.socket.close()
        witness.wait_for("last words")


def test_client_that_reads_nothing_is_told_that_it_is_behind_and_costs_the_others_nothing(
    web: WebProcess,
) -> None:
    slow = socket.create_connection(("127.0.0.1", web.port))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.sendall(
        f"GET /api/rooms/{DOOR}/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    slow.settimeout(WAIT_S)
    assert slow.recv(9) == b"HTTP/1.1 "
    hello = b'{"type":"hello","name":"Slow"}'
    slow.sendall(bytes((0x81, 0x80 | len(hello))) + bytes(4) + hello)
    text = "\N{GRINNING FACE}" * 1900
    with RoomClient(web.url, DOOR, name="Loud") as loud:
        found = loud.welcome["presence"]
        while "Slow" not in [one["name"] for one in found["members"]]:
            found = loud.until_type("presence")
        for number in range(90):
            loud.post(type="send", id=f"loud{number}", text=f"{number} {text}", ref=number)
        loud.until(lambda one: one.get("ref") == 89)
    received = bytearray()
    while b'"behind"' not in received:
        part = slow.recv(65536)
        assert part, "the client was cut instead"
        received += part
    slow.close()


def test_rooms_that_are_turned_off_are_nowhere(tmp_path: Path) -> None:
    node = SmallNode(tmp_path)
    node.add(DOOR)
    try:
        with WebProcess(tmp_path, data_dir=str(tmp_path)) as web:
            assert ask(web, "/api").json()["rooms"] is False
            assert ask(web, f"/api/rooms/{DOOR}").status_code == 404
            assert ask(web, "/rooms").status_code == 404
    finally:
        node.close()


def test_what_was_said_is_there_after_a_restart(web: WebProcess, folder: Path) -> None:
    before = ask(web, f"/api/rooms/{DOOR}/messages", params={"most": 100}).json()
    assert before["messages"]
    with WebProcess(folder, rooms=rooms_settings(folder, "write"), data_dir=str(folder)) as second:
        after = ask(second, f"/api/rooms/{DOOR}/messages", params={"most": 100}).json()
    assert after == before
