"""Who is in a room, by the rows of several processes, on SQLite and PostgreSQL."""

from __future__ import annotations

from framecast.model.room import Author, RoomRole
from framecast.model.room_presence import LEASE_S, MOST_MEMBERS, Presence, PresenceRow, Stalled, together
from framecast.rooms import Rooms
from tests.accounts.opened import Clock
from tests.rooms.people import ROOM

ANN = Author("a:ann", "Ann", RoomRole.MEMBER)
BEN = Author("a:ben", "Ben", RoomRole.MODERATOR)
CAT = Author("g:cat", "Cat", RoomRole.GUEST)


def row(*members: Author, key: str = ROOM, **given: object) -> PresenceRow:
    return PresenceRow(key, len(members), members, **given)  # type: ignore[arg-type]


def test_processes_are_counted_together_and_a_person_once(rooms: Rooms, clock: Clock) -> None:
    assert rooms.presence(ROOM) == Presence()
    rooms.note_presence("web", [row(ANN, BEN, typing=("Ann",))])
    rooms.note_presence(
        "rpc", [row(BEN, CAT, stalled=(Stalled("g:cat", "Cat", clock.now),)), row(ANN, key="video:v1")]
    )
    found = rooms.presence(ROOM)
    assert (found.count, set(found.members or ())) == (3, {ANN, BEN, CAT})
    assert (found.typing, found.stalled) == (("Ann",), (Stalled("g:cat", "Cat", clock.now),))
    assert rooms.presences([ROOM, "video:v1", "video:none"], but="rpc").keys() == {ROOM}
    assert rooms.presences([ROOM, "video:v1"], but="web")["video:v1"].count == 1
    rooms.note_presence("web", [row(ANN)])
    assert rooms.presences([ROOM], but="rpc") == {ROOM: Presence(1, (ANN,))}
    rooms.note_presence("web", [row()])
    assert rooms.presences([ROOM], but="rpc") == {}


def test_a_process_that_dies_is_forgotten_after_its_lease(rooms: Rooms, clock: Clock) -> None:
    rooms.note_presence("web", [row(ANN)])
    rooms.note_presence("rpc", [row(BEN)])
    clock.now += LEASE_S - 1
    rooms.note_presence("web", [])  # a sign of life is enough
    clock.now += 1
    assert rooms.presence(ROOM).members == (ANN,)
    rooms.leave_presence("web")
    assert rooms.presence(ROOM).count == 0


def test_a_leader_is_there_for_a_while_after_it_left(rooms: Rooms, clock: Clock) -> None:
    rooms.note_presence("web", [row(ANN, leads=True)])
    assert rooms.presence(ROOM).leads
    rooms.note_presence("web", [row()])
    clock.now += LEASE_S - 1
    rooms.note_presence("web", [])
    found = rooms.presences([ROOM])
    assert found == {}  # nobody is in the room
    with rooms._store.read() as connection:
        assert rooms._presence(connection, ROOM).leads
    clock.now += 1
    with rooms._store.read() as connection:
        assert not rooms._presence(connection, ROOM).leads


def test_above_the_bound_there_are_counts_and_no_list(rooms: Rooms) -> None:
    many = tuple(Author(f"a:{number}", str(number), RoomRole.MEMBER) for number in range(MOST_MEMBERS + 1))
    rooms.note_presence("web", [row(*many[:60])])
    rooms.note_presence("rpc", [row(*many[60:])])
    assert rooms.presence(ROOM) == Presence(MOST_MEMBERS + 1, None)
    rooms.note_presence("rpc", [row(*many[61:])])
    assert len(rooms.presence(ROOM).members or ()) == MOST_MEMBERS
    rooms.note_presence("rpc", [PresenceRow(ROOM, 5000, None)])
    assert rooms.presence(ROOM) == Presence(5060, None)


def test_somebody_with_two_roles_is_shown_with_the_higher_one() -> None:
    as_member = Author("a:ben", "Ben", RoomRole.MEMBER)
    assert together([row(as_member), row(BEN), row(as_member)]).members == (BEN,)
