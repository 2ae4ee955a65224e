"""What becomes of a message before it is stored: limits, slow mode, word list, links, new authors; on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framecast.accounts import Accounts
from framecast.errors import Denied, WouldBlock
from framecast.model.room import Visitor
from framecast.model.room_limits import RoomLimits
from framecast.rooms import Rooms, open_rooms
from framecast.rooms.judgement import MOST_HELD_OF_ONE
from tests.accounts.opened import Clock
from tests.rooms.household import household
from tests.rooms.people import ANNA, ROOM, say, texts

BEN = Visitor("ben", None, "Ben", address="203.0.113.7")


def refused(rooms: Rooms, who: Visitor, text: str = "more", key: str = ROOM) -> dict[str, object]:
    """Say something that comes too soon; return the fields of the error."""
    with pytest.raises(WouldBlock) as error:
        say(rooms, text, who, key)
    return dict(error.value.fields)


def test_a_person_has_a_burst_and_then_a_rate_in_all_rooms_and_processes_together(
    rooms: Rooms, database: str, clock: Clock
) -> None:
    elsewhere = open_rooms(database, now=clock)
    for number in range(5):
        say((rooms, elsewhere)[number % 2], str(number), BEN, ("stream:a", "stream:b")[number % 2])
    assert refused(elsewhere, BEN, key="stream:c") == {"limit": "person", "wait_s": 1.5}
    clock.now += 1
    assert refused(rooms, BEN) == {"limit": "person", "wait_s": 0.5}
    clock.now += 0.5
    say(rooms, "after the wait", BEN)
    assert refused(rooms, BEN)["wait_s"] == 1.5  # what was refused has not counted
    say(rooms, "another person", replace(BEN, account="cat"))
    for number in range(20):
        say(rooms, f"exempt {number}", ANNA)
    elsewhere.close()


def test_an_address_has_a_limit_for_all_of_its_guests(rooms: Rooms, accounts: Accounts) -> None:
    rooms.limits = replace(RoomLimits(), address=replace(RoomLimits().address, burst=2))
    household(accounts, rooms)

    def guest(number: int, address: str) -> Visitor:
        return Visitor(None, f"g{number}", f"Guest {number}", address=address)

    say(rooms, "1", guest(1, "2001:db8::1"))
    say(rooms, "2", guest(2, "2001:db8::2"))
    assert refused(rooms, guest(3, "2001:db8::3")) == {"limit": "address", "wait_s": 0.1}
    say(rooms, "3", guest(3, "2001:db8:0:1::3"))
    say(rooms, "no address", guest(4, ""))


def test_a_room_has_a_limit_for_all_of_its_people(rooms: Rooms) -> None:
    rooms.limits = replace(RoomLimits(), room=replace(RoomLimits().room, burst=1))
    say(rooms, "1", BEN)
    assert refused(rooms, replace(BEN, account="cat"))["limit"] == "room"
    say(rooms, "elsewhere", replace(BEN, account="cat"), "stream:other")


def test_a_clock_that_was_set_back_shuts_nobody_out(rooms: Rooms, clock: Clock) -> None:
    for number in range(5):
        say(rooms, str(number), BEN)
    rooms.change_settings(ROOM, ANNA, {"slow_s": 30})
    clock.now -= 86_400
    say(rooms, "a day before", BEN)
    assert refused(rooms, BEN) == {"limit": "slow", "wait_s": 30.0}
    rooms.change_settings(ROOM, ANNA, {"slow_s": 0})
    for number in range(4):
        say(rooms, str(number), BEN)
    assert refused(rooms, BEN) == {"limit": "person", "wait_s": 1.5}


def test_slow_mode_counts_from_the_last_message_held_or_not(rooms: Rooms, clock: Clock) -> None:
    say(rooms, "before", BEN)
    rooms.change_settings(ROOM, ANNA, {"slow_s": 30, "words": ["darn"]})
    clock.now += 10
    assert refused(rooms, BEN) == {"limit": "slow", "wait_s": 20.0}
    clock.now += 20
    assert rooms.send(ROOM, BEN, "darn", client_id="held").is_held
    assert refused(rooms, BEN)["wait_s"] == 30.0
    assert rooms.send(ROOM, BEN, "darn", client_id="held").is_repeat  # a repetition is no second message
    say(rooms, "elsewhere there is none", BEN, "stream:other")
    rooms.change_settings(ROOM, ANNA, {"slow_s": 5})
    clock.now += 5
    say(rooms, "a shorter one holds at once", BEN)
    say(rooms, "exempt", ANNA)
    say(rooms, "exempt", ANNA)


def test_the_word_list_holds_or_refuses_and_edits_do_not_go_around_it(rooms: Rooms) -> None:
    rooms.change_settings(ROOM, ANNA, {"words": ["darn"]})
    assert rooms.send(ROOM, BEN, "well, DARN!", client_id="1").is_held
    fine = say(rooms, "a fine day", BEN)
    with pytest.raises(Denied) as held:
        rooms.edit(ROOM, BEN, fine.seq, "a darn day")
    assert held.value.fields["reason"] == "held"
    rooms.change_settings(ROOM, ANNA, {"words_action": "refused"})
    with pytest.raises(Denied) as word:
        say(rooms, "darn", BEN)
    assert word.value.fields["reason"] == "word"
    with pytest.raises(Denied, match="does not take a word"):
        rooms.edit(ROOM, BEN, fine.seq, "darn")
    say(rooms, "darn", ANNA)
    assert texts(rooms) == ["a fine day", "darn"]


def test_links_are_for_all_for_members_held_or_refused(rooms: Rooms, accounts: Accounts) -> None:
    people = household(accounts, rooms)
    link = "see https://example.com"
    say(rooms, link, people.guest)
    rooms.change_settings(ROOM, people.owner, {"links": "members"})
    say(rooms, link, people.member)
    with pytest.raises(Denied, match="from members only"):
        say(rooms, "see example.com", people.guest)
    rooms.change_settings(ROOM, people.owner, {"links": "held"})
    assert rooms.send(ROOM, people.member, link, client_id="x").is_held
    say(rooms, link, people.moderator)
    rooms.change_settings(ROOM, people.owner, {"links": "refused"})
    with pytest.raises(Denied, match="takes no links"):
        say(rooms, link, people.member)
    say(rooms, "a plain text", people.member)


def test_messages_of_guests_and_of_young_accounts_wait_for_a_moderator(
    rooms: Rooms, accounts: Accounts, clock: Clock
) -> None:
    people = household(accounts, rooms)
    rooms.change_settings(ROOM, people.owner, {"hold_new_s": 3600})
    assert rooms.send(ROOM, people.member, "new here", client_id="1").is_held
    clock.now += 3600
    say(rooms, "not any more", people.member)
    assert rooms.send(ROOM, people.guest, "guests stay new", client_id="1").is_held


def test_one_person_fills_only_a_part_of_the_queue(rooms: Rooms, clock: Clock) -> None:
    rooms.change_settings(ROOM, ANNA, {"words": ["darn"]})
    for number in range(MOST_HELD_OF_ONE):
        clock.now += 10
        assert rooms.send(ROOM, BEN, "darn", client_id=str(number)).is_held
    with pytest.raises(Denied) as full:
        rooms.send(ROOM, BEN, "darn", client_id="one-more")
    assert full.value.fields["reason"] == "queue"
    assert rooms.send(ROOM, replace(BEN, account="cat"), "darn", client_id="1").is_held


def test_reactions_and_edits_have_a_limit_of_their_own(rooms: Rooms, clock: Clock) -> None:
    message = say(rooms, "hello", BEN)
    for number in range(20):
        rooms.react(ROOM, BEN, message.seq, "\U0001f44d", number % 2 == 0)
    with pytest.raises(WouldBlock) as error:
        rooms.react(ROOM, BEN, message.seq, "\U0001f44d")
    assert error.value.fields == {"limit": "acts", "wait_s": 0.5}
    with pytest.raises(WouldBlock):
        rooms.edit(ROOM, BEN, message.seq, "hello again")
    say(rooms, "a message is something else", BEN)
    clock.now += 0.5
    rooms.edit(ROOM, BEN, message.seq, "hello again")
