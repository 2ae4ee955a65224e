"""Rooms as messages of gRPC: every message of the WebSocket has its typed form, both ways. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.errors import Broken, Denied, Invalid, NotFound
from framecast.model.room import Author, Event, EventKind, Message, PlaybackState, Quote, RoomRole, Span
from framecast.model.room_settings import RoomSettings as Settings
from framecast.servers.rooms.orders import AT_ONCE, ORDERS
from framecast.servers.rpc.room_identity import guest_from
from framecast.servers.rpc.room_messages import RESPONSES, fill, order_of, play_of, settings_patch
from framecast.servers.rpc.room_outlet import MOST_BYTES, MOST_OFFERED_BYTES, CallOutlet
from framecast.v1.rooms_pb2 import (
    Guest,
    JoinRequest,
    JoinResponse,
    PlaybackAct,
    RoomEvent,
    RoomSettings,
    RoomWords,
)

ADA = Author("g:1", "ada", RoomRole.GUEST)
SAID = Message(
    seq=7,
    at=5.5,
    author=ADA,
    text="hi https://x.example",
    spans=(Span("link", 3, 20, "https://x.example"),),
    client_id="c1",
    reply_to=Quote(3, "bob", "what?"),
    media_time_s=12.25,
    edited_at=6.5,
    reactions=(("👍", 2),),
)


def encoded(**fields: Any) -> JoinResponse:
    return JoinResponse.FromString(RESPONSES.encode(fields))


def event(kind: EventKind, **fields: Any) -> RoomEvent:
    found = Event(9, 7.5, kind, by=ADA, **fields).to_json()
    (made,) = encoded(type="events", epoch="e1", events=[found]).events.events
    return made


def test_message_keeps_everything() -> None:
    message = event(EventKind.MESSAGE, message=SAID).message
    assert (message.seq, message.at, message.text, message.id) == (7, 5.5, SAID.text, "c1")
    assert (message.author.id, message.author.name, message.author.role) == ("g:1", "ada", "guest")
    assert (message.reply_to.seq, message.reply_to.name, message.reply_to.text) == (3, "bob", "what?")
    assert (message.media_time_s, message.edited_at, message.is_deleted) == (12.25, 6.5, False)
    assert [(one.kind, one.start, one.end, one.target) for one in message.spans] == [
        ("link", 3, 20, "https://x.example")
    ]
    assert [(one.emoji, one.count) for one in message.reactions] == [("👍", 2)]
    bare = event(EventKind.MESSAGE, message=Message(1, 2.0, ADA, "x")).message
    assert not any(bare.HasField(name) for name in ("reply_to", "media_time_s", "edited_at"))


def test_events_keep_what_belongs_to_their_kind() -> None:
    react = event(EventKind.REACT, target=7, data={"emoji": "👍", "on": True, "count": 2})
    assert (react.target, react.emoji, react.on, react.count) == (7, "👍", True, 2)
    clear = event(EventKind.CLEAR, data={"author": "g:2"})
    assert (clear.author, clear.target) == ("g:2", 0)
    role = event(EventKind.ROLE, data={"author": "a:3", "name": "bob", "role": "moderator"})
    assert (role.author, role.role) == ("a:3", "moderator")
    assert event(EventKind.DELETE, target=7).target == 7
    settings = event(
        EventKind.SETTINGS, data={"settings": Settings(slow_s=5).to_json(with_words=False)}
    ).settings
    assert (settings.slow_s, settings.retention_days, settings.HasField("words")) == (5, 0, False)
    playback = event(
        EventKind.PLAYBACK, data={"playback": PlaybackState(3, "v", 1.5, 2.5, 2.0, True).to_json()}
    )
    assert (playback.playback.version, playback.playback.position_s, playback.playback.is_playing) == (
        3,
        1.5,
        True,
    )


def test_welcome_and_what_the_server_says_of_the_client() -> None:
    welcome = encoded(
        type="welcome",
        room={
            "key": "stream:demo",
            "kind": "stream",
            "title": "",
            "settings": Settings(words=("x",)).to_json(),
            "pinned": None,
            "playback": None,
            "owner": None,
        },
        you={
            "id": "g:1",
            "name": "ada",
            "role": "guest",
            "may_write": True,
            "muted_until": None,
            "may_moderate": False,
            "may_play": False,
        },
        epoch="e1",
        last=9,
        is_gap=True,
        events=[],
        mine={"7": ["👍", "❤"]},
        ignored=["g:9"],
        limits={"text_characters": 2000, "rates": {"person": {"most": 10, "within_s": 30.0}, "name": "x"}},
        presence={"count": 150, "members": None, "typing": ["bob"], "stalled": []},
        server_s=123.456789,
    ).welcome
    assert list(welcome.room.settings.words.words) == ["x"]
    assert [(one.seq, list(one.emoji)) for one in welcome.mine] == [(7, ["👍", "❤"])]
    assert dict(welcome.limits.rates) == {"person.most": 10, "person.within_s": 30}
    assert (welcome.presence.count, welcome.presence.has_members) == (150, False)
    assert (welcome.is_gap, welcome.server_s, list(welcome.ignored)) == (True, 123.456789, ["g:9"])
    assert not welcome.you.HasField("muted_until")


def test_answers_carry_the_reference_and_the_fields() -> None:
    error = encoded(type="error", ref="r1", error="WouldBlock", message="wait", fields={"wait_s": 2.5})
    assert (error.ref, error.error.error, dict(error.error.fields)) == ("r1", "WouldBlock", {"wait_s": "2.5"})
    done = encoded(type="done", ref=7, seq=None, is_held=True)
    assert (done.ref, done.done.seq, done.done.is_held) == ("7", 0, True)
    assert encoded(type="behind").WhichOneof("what") == "behind"
    assert encoded(type="gone", reason="x", code=4003).gone.code == 4003
    assert encoded(type="pong", id=5, server_s=1.0).pong.id == "5"
    assert encoded(type="moderation", held=2, reports=1).moderation.held == 2


def test_every_order_of_a_member_has_a_typed_form() -> None:
    names = {field.name for field in JoinRequest.DESCRIPTOR.oneofs_by_name["what"].fields}
    assert names == {*ORDERS, *AT_ONCE, "hello"}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            JoinRequest(ref="a", send=JoinRequest.Send(id="i", text="t")),
            {"type": "send", "ref": "a", "id": "i", "text": "t"},
        ),
        (
            JoinRequest(send=JoinRequest.Send(id="i", text="t", reply_to=3, media_time_s=0)),
            {"type": "send", "id": "i", "text": "t", "reply_to": 3, "media_time_s": 0.0},
        ),
        (
            JoinRequest(react=JoinRequest.React(seq=1, emoji="x")),
            {"type": "react", "seq": 1, "emoji": "x", "on": False},
        ),
        (JoinRequest(typing=JoinRequest.Typing()), {"type": "typing"}),
        (
            JoinRequest(hello=JoinRequest.Hello(room="demo", epoch="e", since=0, guest=Guest(name="ada"))),
            {"type": "hello", "since": 0, "epoch": "e", "name": "ada", "is_watching": False},
        ),
        (
            JoinRequest(moderate=JoinRequest.Moderate(action="pin", seq=4)),
            {"type": "moderate", "action": "pin", "seq": 4},
        ),
        (
            JoinRequest(
                moderate=JoinRequest.Moderate(
                    action="settings", settings=RoomSettings(slow_s=0, retention_days=0)
                )
            ),
            {"type": "moderate", "action": "settings", "settings": {"slow_s": 0, "retention_days": None}},
        ),
        (
            JoinRequest(play=PlaybackAct(source=PlaybackAct.Source(video="v", position_s=3))),
            {"type": "play", "action": "video", "video": "v", "position_s": 3.0},
        ),
    ],
)
def test_requests_become_orders(request_: JoinRequest, expected: dict[str, Any]) -> None:
    assert order_of(request_) == expected


def test_acts_of_the_playback_have_the_names_of_the_room() -> None:
    assert play_of(PlaybackAct(unpause=PlaybackAct.Unpause())) == {"action": "play"}
    assert play_of(PlaybackAct(pause=PlaybackAct.Pause(position_s=2))) == {
        "action": "pause",
        "position_s": 2.0,
    }
    assert play_of(PlaybackAct(lead=PlaybackAct.Lead())) == {"action": "lead"}
    assert play_of(PlaybackAct(lead=PlaybackAct.Lead(to="g:1"))) == {"action": "lead", "target": "g:1"}
    with pytest.raises(Invalid):
        play_of(PlaybackAct())
    with pytest.raises(Invalid):
        order_of(JoinRequest())


def test_settings_go_there_and_back() -> None:
    settings = Settings(guests="read", slow_s=9, words=("a", "b"), retention_days=30, is_open=False)
    message = fill(RoomSettings(), settings.to_json())
    assert Settings().changed(settings_patch(message)) == settings
    assert settings_patch(RoomSettings(words=RoomWords())) == {"words": []}


def test_guest_is_known_by_its_secret_which_nobody_else_sees() -> None:
    one, again = (guest_from(Guest(name="ada", secret="s" * 16)) for _ in range(2))
    assert one == again
    assert "s" * 16 not in one.id
    assert guest_from(Guest(name="ada")).id != guest_from(Guest(name="ada")).id
    for wrong in ("short", "x" * 257):
        with pytest.raises(Invalid, match="16 to 256"):
            guest_from(Guest(secret=wrong))


def test_what_waits_for_one_call_is_bounded() -> None:
    outlet = CallOutlet()
    part = b"x" * 1000
    taken = sum(outlet.offer(part) for _ in range(2 * MOST_OFFERED_BYTES // 1000))
    assert taken == MOST_OFFERED_BYTES // 1000
    outlet.send(part)
    assert outlet._error is None
    for _ in range(MOST_BYTES // 1000):
        outlet.send(part)
    assert isinstance(outlet._error, Broken)


def test_end_of_a_call_says_why() -> None:
    for code, kind in ((4001, NotFound), (4003, Denied)):
        outlet = CallOutlet()
        outlet.close(code, "because")
        assert isinstance(outlet._error, kind)
