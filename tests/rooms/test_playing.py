"""Shared playback in the database: the remote, the leader, waiting, processes at once; on SQLite and PostgreSQL."""

from __future__ import annotations

from functools import partial

import pytest

from framecast.errors import Denied, Invalid, NotFound
from framecast.model.room import Event, EventKind, PlaybackState, RoomRole, Visitor
from framecast.model.room_playback import LONGEST_WAIT_S
from framecast.model.room_presence import LEASE_S, PresenceRow, Stalled
from framecast.rooms import Rooms, open_rooms
from tests.accounts.opened import Clock
from tests.rooms.household import at_once
from tests.rooms.people import ANNA, ROOM

VIDEO = "video:v1"
OLGA = Visitor("olga", None, "Olga", is_owner=True)
BEN = Visitor("ben", None, "Ben")
CAT = Visitor("cat", None, "Cat")


def state(rooms: Rooms, key: str = VIDEO) -> PlaybackState:
    room = rooms.find(key)
    assert room is not None
    assert room.playback is not None
    return room.playback


def played(event: Event | None) -> dict[str, object]:
    """Return the playback in an event of the log."""
    assert event is not None
    assert event.kind is EventKind.PLAYBACK
    found: dict[str, object] = event.to_json()["playback"]
    return found


def test_what_one_presses_is_an_event_and_the_state_for_those_who_come_late(
    rooms: Rooms, clock: Clock, database: str
) -> None:
    first = rooms.play(VIDEO, OLGA, "play")
    assert played(first) == {
        "version": 1,
        "video": "v1",
        "position_s": 0.0,
        "at_s": clock.now,
        "speed": 1.0,
        "is_playing": True,
        "leader": OLGA.id,
        "waiting_for": [],
    }
    assert first is not None
    assert first.by is not None
    assert (first.by.name, first.by.role) == ("Olga", RoomRole.OWNER)
    clock.now += 10
    elsewhere = open_rooms(database, now=clock)
    assert state(elsewhere).position(clock.now) == 10.0
    assert elsewhere.play(VIDEO, OLGA, "play") is None
    assert played(elsewhere.play(VIDEO, OLGA, "speed", speed=2))["position_s"] == 10.0
    clock.now += 5
    assert played(rooms.play(VIDEO, OLGA, "pause"))["position_s"] == 20.0
    assert [event.seq for event in elsewhere.events(VIDEO, 0)] == [1, 2, 3]
    assert state(elsewhere).version == 3
    elsewhere.close()


def test_commands_at_once_are_one_after_the_other(rooms: Rooms, database: str) -> None:
    others = [open_rooms(database, now=rooms._now) for _ in range(3)]
    rooms.play(VIDEO, OLGA, "play")
    at_once(*(partial(one.play, VIDEO, OLGA, "seek", position_s=10.0 * n) for n, one in enumerate(others, 1)))
    events = rooms.events(VIDEO, 0)
    assert [played(event)["version"] for event in events] == [1, 2, 3, 4]
    assert state(rooms).position_s == played(events[-1])["position_s"]
    for one in others:
        one.close()


def test_the_remote_belongs_to_moderators_everyone_or_a_leader(rooms: Rooms, clock: Clock) -> None:
    with pytest.raises(Denied, match="only the moderators"):
        rooms.play(VIDEO, BEN, "play")
    rooms.change_settings(VIDEO, OLGA, {"remote": "everyone"})
    rooms.play(VIDEO, BEN, "play")
    rooms.change_settings(VIDEO, OLGA, {"remote": "leader"})
    for who in (CAT, OLGA):
        with pytest.raises(Denied, match="somebody else has the remote"):
            rooms.play(VIDEO, who, "pause")
    with pytest.raises(Denied):
        rooms.play(VIDEO, CAT, "lead")
    rooms.play(VIDEO, BEN, "lead", target=CAT.id)
    rooms.play(VIDEO, CAT, "pause")
    rooms.play(VIDEO, OLGA, "lead")  # an owner takes it at any time
    assert state(rooms).leader == OLGA.id
    rooms.restrict(VIDEO, OLGA, BEN.id, "timeout", 60, name="Ben")
    rooms.change_settings(VIDEO, OLGA, {"remote": "everyone"})
    with pytest.raises(Denied, match="time-out"):
        rooms.play(VIDEO, BEN, "play")


def test_a_leader_who_leaves_hurts_nobody(rooms: Rooms, clock: Clock) -> None:
    rooms.change_settings(VIDEO, OLGA, {"remote": "leader"})
    rooms.play(VIDEO, BEN, "play")
    row = PresenceRow(VIDEO, 2, None, leads=True)
    rooms.note_presence("web", [row])
    clock.now += LEASE_S + 5
    rooms.note_presence("web", [row])
    assert rooms.settle_playback(VIDEO) is None  # it is there
    rooms.note_presence("web", [PresenceRow(VIDEO, 1, None)])
    clock.now += LEASE_S - 1
    assert rooms.settle_playback(VIDEO) is None  # it may be loading its page again
    clock.now += 1
    after = played(rooms.settle_playback(VIDEO))
    assert (after["leader"], after["is_playing"]) == (None, True)
    assert rooms.settle_playback(VIDEO) is None
    assert state(rooms).position(clock.now) == 2 * LEASE_S + 5
    assert played(rooms.play(VIDEO, CAT, "pause"))["leader"] == CAT.id


def test_the_next_one_leads_at_once_when_the_leader_is_gone(rooms: Rooms, clock: Clock) -> None:
    rooms.change_settings(VIDEO, OLGA, {"remote": "leader"})
    rooms.play(VIDEO, BEN, "play")
    clock.now += LEASE_S
    assert rooms.play(VIDEO, CAT, "play") is None  # it plays
    assert played(rooms.play(VIDEO, CAT, "pause"))["leader"] == CAT.id


def test_the_room_waits_for_the_stalled_of_all_processes_if_it_wants_to(rooms: Rooms, clock: Clock) -> None:
    rooms.play(VIDEO, OLGA, "play")
    clock.now += 10

    def look(*stalled: Stalled) -> Event | None:
        rooms.note_presence("rpc", [PresenceRow(VIDEO, 1, None, stalled=stalled)])
        return rooms.settle_playback(VIDEO)

    ben = Stalled(BEN.id, "Ben", clock.now - 2)
    assert look(ben) is None  # the room does not wait
    rooms.change_settings(VIDEO, OLGA, {"waits_for_stalled": True})
    waiting = played(look(ben))
    assert (waiting["waiting_for"], waiting["is_playing"], waiting["position_s"]) == (["Ben"], False, 10.0)
    assert look(ben) is None
    clock.now += 4
    on = played(look())
    assert (on["waiting_for"], on["is_playing"], on["position_s"]) == ([], True, 10.0)
    clock.now += 1
    again = Stalled(BEN.id, "Ben", clock.now - 1)
    look(again)
    clock.now += LONGEST_WAIT_S
    assert played(look(again))["is_playing"]
    clock.now += 5
    assert look(again) is None  # the room has gone on without it
    clock.now += 60
    look(Stalled(BEN.id, "Ben", clock.now - 1))
    rooms.change_settings(VIDEO, OLGA, {"waits_for_stalled": False})
    assert played(rooms.settle_playback(VIDEO))["is_playing"]


def test_processes_that_look_at_once_begin_one_wait(rooms: Rooms, clock: Clock, database: str) -> None:
    rooms.change_settings(VIDEO, OLGA, {"waits_for_stalled": True})
    rooms.play(VIDEO, OLGA, "play")
    clock.now += 5
    rooms.note_presence(
        "web", [PresenceRow(VIDEO, 1, None, stalled=(Stalled(BEN.id, "Ben", clock.now - 3),))]
    )
    others = [open_rooms(database, now=clock) for _ in range(3)]
    answers = at_once(*(partial(one.settle_playback, VIDEO) for one in others))
    assert sum(isinstance(one, Event) for one in answers) == 1, answers
    for one in others:
        one.close()


def test_a_video_is_chosen_in_a_private_room_and_a_live_stream_has_one_place(rooms: Rooms) -> None:
    with pytest.raises(Invalid, match="live edge"):
        rooms.play(ROOM, ANNA, "play")
    with pytest.raises(Invalid, match="belongs to its video"):
        rooms.play(VIDEO, OLGA, "video", video="v2")
    private = str(rooms.make_private("Film night", ANNA).key)
    with pytest.raises(Invalid, match="no video yet"):
        rooms.play(private, ANNA, "play")
    rooms.play(private, ANNA, "video", video="v2")
    rooms.play(private, ANNA, "play")
    assert (state(rooms, private).video, state(rooms, private).is_playing) == ("v2", True)
    with pytest.raises(NotFound):
        rooms.play(private, BEN, "play")
    with pytest.raises(NotFound):
        rooms.settle_playback("video:nobody")
