"""Time-outs, bans, clearing, pins: who may do what to whom, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framecast.accounts import Accounts
from framecast.errors import Denied, Invalid, NotFound
from framecast.model.room import Author, EventKind, RoomRole, Standing, Visitor
from framecast.model.room_presence import PresenceRow
from framecast.rooms import Rooms, open_rooms
from framecast.rooms.restraints import LONGEST_BAN_S, LONGEST_TIMEOUT_S
from tests.accounts.opened import Clock
from tests.rooms.household import acts, household
from tests.rooms.people import ROOM, say, texts


def test_a_time_out_ends_by_itself_and_a_ban_when_it_is_lifted(
    rooms: Rooms, accounts: Accounts, clock: Clock, database: str
) -> None:
    people = household(accounts, rooms)
    say(rooms, "hello", people.member)
    side = _side(rooms)
    made = rooms.restrict(ROOM, people.moderator, people.member.id, "timeout", 60, "calm down")
    assert (made.name, made.reason, made.by, made.until) == ("Ben", "calm down", "Mia", clock.now + 60)
    assert _side(rooms) > side
    elsewhere = open_rooms(database, now=clock)  # as another process sees it
    muted = Standing(RoomRole.MEMBER, clock.now + 60, reason="calm down")
    assert elsewhere.standing(ROOM, people.member) == muted
    with pytest.raises(Denied, match="60 s") as refused:
        say(elsewhere, "no", people.member)
    assert refused.value.fields == {"reason": "timeout", "wait_s": 60.0}
    clock.now += 60
    say(elsewhere, "calm", people.member)

    rooms.restrict(ROOM, people.moderator, people.member.id, "ban", reason="enough")
    assert elsewhere.standing(ROOM, people.member) == Standing(RoomRole.MEMBER, None, True, "enough")
    with pytest.raises(Denied, match="banned"):
        say(elsewhere, "no", people.member)
    assert not elsewhere.standing(ROOM, people.same_house).is_banned
    side = _side(rooms)
    assert elsewhere.lift(ROOM, people.other_moderator, people.member.id) == 1
    assert _side(rooms) > side
    say(rooms, "back", people.member)
    assert acts(accounts)[-3:] == [
        ("Mia", "timeout", "room stream:demo Ben"),
        ("Mia", "ban", "room stream:demo Ben"),
        ("Max", "lift", "room stream:demo Ben"),
    ]
    with pytest.raises(NotFound) as gone:
        rooms.lift(ROOM, people.moderator, people.member.id)
    assert gone.value.fields["reason"] == "lifted"
    elsewhere.close()


def test_a_new_restriction_replaces_the_one_of_its_kind(
    rooms: Rooms, accounts: Accounts, clock: Clock
) -> None:
    people = household(accounts, rooms)
    for seconds in (600, 10):
        rooms.restrict(ROOM, people.moderator, people.member.id, "timeout", seconds)
    clock.now += 1
    ban = rooms.restrict(ROOM, people.moderator, people.member.id, "ban", 3600)
    assert [one.kind for one in rooms.restrictions(ROOM, people.owner)] == ["ban", "timeout"]
    assert rooms.lift(ROOM, people.moderator, ban.id) == 1
    assert rooms.standing(ROOM, people.member).muted_until == clock.now + 9


def test_nobody_acts_on_an_equal_or_a_higher_role(rooms: Rooms, accounts: Accounts) -> None:
    people = household(accounts, rooms)
    say(rooms, "mine", people.owner)
    for by, target in (
        (people.moderator, people.owner),
        (people.moderator, people.admin),
        (people.moderator, people.other_moderator),
        (people.moderator, people.moderator),
        (people.owner, people.admin),
    ):
        with pytest.raises(Denied) as refused:
            rooms.restrict(ROOM, by, target.id, "ban")
        assert refused.value.fields["reason"] == "rank"
    with pytest.raises(Denied):
        rooms.clear(ROOM, people.moderator, people.owner.id)
    for nobody in (people.member, people.guest):
        with pytest.raises(Denied):
            rooms.restrict(ROOM, nobody, people.same_house.id, "timeout", 60)
        with pytest.raises(Denied):
            rooms.pin(ROOM, nobody, 1)
        with pytest.raises(Denied):
            rooms.restrictions(ROOM, nobody)
    assert rooms.restrictions(ROOM, people.owner) == []


def test_the_owner_restrains_a_moderator_who_cannot_free_itself(rooms: Rooms, accounts: Accounts) -> None:
    people = household(accounts, rooms)
    made = rooms.restrict(ROOM, people.owner, people.moderator.id, "timeout", 60)
    for by in (people.moderator, people.other_moderator):
        with pytest.raises(Denied):
            rooms.lift(ROOM, by, made.id)
    with pytest.raises(Denied, match="time-out"):
        rooms.restrict(ROOM, people.moderator, people.member.id, "ban")
    rooms.restrict(ROOM, people.owner, people.moderator.id, "ban")
    assert rooms.standing(ROOM, people.moderator).is_banned
    with pytest.raises(Denied):
        rooms.queue(ROOM, people.moderator)
    # Somebody that becomes the owner or an admin is banned no more.
    assert not rooms.standing(ROOM, replace(people.moderator, is_admin=True)).is_banned


def test_a_ban_of_an_address_covers_its_range_but_no_moderator(rooms: Rooms, accounts: Accounts) -> None:
    people = household(accounts, rooms)
    say(rooms, "hello", people.member)
    made = rooms.restrict(ROOM, people.moderator, people.member.id, "ban", scope="address")
    assert made.network == ""  # a moderator sees no addresses
    assert [one.network for one in rooms.restrictions(ROOM, people.moderator)] == [""]
    assert [one.network for one in rooms.restrictions(ROOM, people.owner)] == ["203.0.113.7/32"]

    def banned(who: Visitor, address: str) -> bool:
        return rooms.standing(ROOM, replace(who, address=address)).is_banned

    assert banned(people.member, "192.0.2.1")  # the account itself, wherever it is
    assert banned(people.same_house, "203.0.113.7")
    assert banned(people.same_house, "::ffff:203.0.113.7")
    assert not banned(people.same_house, "203.0.113.8")
    assert not banned(people.other_moderator, "203.0.113.7")
    assert not banned(people.owner, "203.0.113.7")
    assert not banned(replace(people.guest, is_local=True), "203.0.113.7")

    say(rooms, "hi", people.guest)
    rooms.restrict(ROOM, people.moderator, people.guest.id, "ban", 60, scope="address")
    other = replace(people.guest, guest="another")
    assert banned(other, "2001:db8::1234")
    assert not banned(other, "2001:db8:0:1::7")
    rooms.restrict(ROOM, people.owner, "192.0.2.0/24", "ban", scope="address")
    assert banned(other, "192.0.2.200")
    assert rooms.lift(ROOM, people.owner, "192.0.2.0/24") == 1
    assert not banned(other, "192.0.2.200")


def test_a_ban_of_a_session_leaves_the_other_logins_of_the_account(rooms: Rooms, accounts: Accounts) -> None:
    people = household(accounts, rooms)
    say(rooms, "hello", people.member)
    rooms.restrict(ROOM, people.moderator, people.member.id, "ban", scope="session")
    assert rooms.standing(ROOM, people.member).is_banned
    assert not rooms.standing(ROOM, replace(people.member, session="another")).is_banned
    rooms.restrict(ROOM, people.moderator, "g:reads-only", "ban", scope="session", name="Rita", session="s1")
    rita = Visitor(None, "reads-only", "Rita", session="s1")
    assert [one.is_banned for one in rooms.standings(ROOM, [rita, people.guest])] == [True, False]


def test_somebody_that_only_reads_at_another_process_is_banned_from_where_it_is(
    rooms: Rooms, accounts: Accounts, database: str, clock: Clock
) -> None:
    people = household(accounts, rooms)
    elsewhere = open_rooms(database, now=clock)
    with pytest.raises(NotFound):
        rooms.restrict(ROOM, people.moderator, people.guest.id, "ban", scope="address")
    gus = Author(people.guest.id, "Gus", RoomRole.GUEST)
    elsewhere.note_presence("rpc", [PresenceRow(ROOM, 1, (gus,))])
    assert rooms.restrict(ROOM, people.moderator, gus.id, "ban", scope="address").name == "Gus"
    rooms.restrict(ROOM, people.moderator, people.member.id, "ban", scope="session")
    again = replace(people.guest, guest="another")
    assert not rooms.standing(ROOM, again).is_banned
    side = _side(rooms)
    assert [one.is_banned for one in elsewhere.standings(ROOM, [people.guest, people.member])] == [True, True]
    assert _side(rooms) > side  # everybody is judged again, by the address that is known now
    assert rooms.standing(ROOM, again).is_banned
    assert not rooms.standing(ROOM, replace(people.member, session="another")).is_banned
    side = _side(rooms)
    elsewhere.standings(ROOM, [people.guest, people.member])
    assert _side(rooms) == side
    elsewhere.close()


def test_clear_deletes_all_of_one_person_and_says_it_once(rooms: Rooms, accounts: Accounts) -> None:
    people = household(accounts, rooms)
    first = say(rooms, "one of Ben", people.member)
    say(rooms, "of Cat", people.same_house)
    say(rooms, "two of Ben", people.member, reply_to=first.seq)
    rooms.pin(ROOM, people.moderator, first.seq)
    assert len(rooms.search(ROOM, "ben")) == 2
    event = rooms.clear(ROOM, people.moderator, people.member.id)
    assert (event.kind, event.to_json()["target"]) == (EventKind.CLEAR, people.member.id)
    assert texts(rooms) == ["", "of Cat", ""]
    room = rooms.find(ROOM)
    assert room is not None
    assert room.pinned is None
    assert rooms.search(ROOM, "ben") == []
    assert acts(accounts)[-1] == ("Mia", "clear", "room stream:demo Ben")
    with pytest.raises(NotFound):
        rooms.clear(ROOM, people.moderator, "g:never-here")
    rooms.clear(ROOM, people.moderator, people.moderator.id)  # one's own


def test_one_message_is_pinned_until_another_one_or_none_is(rooms: Rooms, accounts: Accounts) -> None:
    people = household(accounts, rooms)
    first, second = say(rooms, "rules", people.owner), say(rooms, "news", people.member)
    for wanted, text in ((first.seq, "rules"), (second.seq, "news"), (None, None)):
        event = rooms.pin(ROOM, people.moderator, wanted)
        assert (event.kind, event.target) == (EventKind.PIN, wanted)
        room = rooms.find(ROOM)
        assert room is not None
        assert (room.pinned and room.pinned.text) == text
    assert [what for _, what, _ in acts(accounts)[-3:]] == ["pin", "pin", "unpin"]
    rooms.delete_message(ROOM, people.owner, first.seq)
    for missing in (first.seq, 99):
        with pytest.raises(NotFound):
            rooms.pin(ROOM, people.moderator, missing)


def test_a_room_in_which_nothing_has_happened_judges_by_what_people_are(rooms: Rooms) -> None:
    people = [
        Visitor("a1", None, "Ann"),
        Visitor(None, "g1", "Gus"),
        Visitor("a2", None, "Ada", is_admin=True),
        Visitor(None, "g2", "bot", is_local=True),
    ]
    roles = [RoomRole.MEMBER, RoomRole.GUEST, RoomRole.OWNER, RoomRole.OWNER]
    assert [one.role for one in rooms.standings("stream:new", people)] == roles
    with pytest.raises(NotFound):
        rooms.standings("room:none", people)
    # A program of this machine has written as an owner: nobody restrains it.
    say(rooms, "beep", people[3])
    with pytest.raises(Denied):
        rooms.restrict(ROOM, people[2], "g:g2", "timeout", 60)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "shout"}, "kind must be one of timeout, ban, got 'shout'"),
        ({"kind": "timeout"}, f"seconds of a timeout must be between 1 and {LONGEST_TIMEOUT_S}, got nothing"),
        ({"seconds": 0}, f"between 1 and {LONGEST_BAN_S}, got 0"),
        ({"seconds": float("nan")}, "seconds of a ban"),
        ({"seconds": 10**400}, "seconds of a ban"),
        ({"scope": "planet"}, "scope must be one of account, session, address"),
        ({"reason": "x" * 201}, "at most 200 characters"),
        ({"target": "10.0.0.0/8", "scope": "address"}, "must be /16 or smaller, got /8"),
        ({"target": "nonsense", "scope": "address"}, "must be the id of an author, or a range"),
    ],
)
def test_what_is_no_restriction_is_refused(
    sqlite_rooms: Rooms, given: dict[str, object], message: str
) -> None:
    admin = Visitor("a1", None, "Ada", is_admin=True)
    values: dict[str, object] = {"target": "g:gus", "name": "Gus", "kind": "ban"} | given
    with pytest.raises(Invalid, match=message):
        sqlite_rooms.restrict(ROOM, admin, **values)  # type: ignore[arg-type]


def _side(rooms: Rooms) -> int:
    return rooms.tail(ROOM).side
