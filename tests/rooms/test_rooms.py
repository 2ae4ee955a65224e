"""The whole of a room: said, numbered, read again, on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from framecast.accounts import Accounts
from framecast.errors import Invalid, NotFound
from framecast.model.room import EventKind, RoomRole
from framecast.rooms import Rooms, open_rooms
from framecast.store.room_schema import room_marks
from tests.accounts.opened import Clock
from tests.rooms.people import ANNA, BEN, LOCAL, ROOM, account, say, texts


def test_what_was_said_is_numbered_and_read_again(rooms: Rooms, database: str, clock: Clock) -> None:
    assert rooms.find(ROOM) is None
    assert rooms.tail(ROOM).epoch == ""
    assert rooms.events(ROOM, 0) == []
    first = say(rooms, "Hello")
    clock.now += 1
    second = say(rooms, "Hi Anna", BEN, reply_to=first.seq, media_time_s=12.5)
    assert (first.seq, second.seq) == (1, 2)
    assert second.kind is EventKind.MESSAGE
    message = second.message
    assert message is not None
    assert (message.author.id, message.author.name, message.author.role) == ("g:ben", "Ben", RoomRole.OWNER)
    assert message.reply_to is not None
    assert (message.reply_to.seq, message.reply_to.name, message.reply_to.text) == (1, "Anna", "Hello")
    assert message.media_time_s == 12.5
    other = open_rooms(database, now=clock)
    assert other.events(ROOM, 0) == [first, second]
    assert other.events(ROOM, 1) == [second]
    assert other.events(ROOM, 2) == []
    tail = other.tail(ROOM, most=1)
    assert tail.events == (second,)
    room = other.find("demo")
    assert room is not None
    assert (tail.epoch, tail.last, tail.side) == (room.epoch, 2, 0)
    assert other.positions([room.id, 999]) == {room.id: (room.epoch, 2, 0)}
    assert texts(other) == ["Hello", "Hi Anna"]
    assert texts(other, before=2) == ["Hello"]
    assert texts(other, after=1) == ["Hi Anna"]
    other.close()


def test_numbers_that_no_log_has_find_nothing(rooms: Rooms) -> None:
    say(rooms, "one")
    for huge in (1 << 63, 1 << 200, -(1 << 200)):
        is_low = huge < 0
        assert len(rooms.events(ROOM, huge)) == len(rooms.history(ROOM, after=huge)) == is_low
        assert len(rooms.history(ROOM, before=huge)) == (not is_low)
        assert len(rooms.said_between(ROOM, 0, 1, after=huge)) == 0
        assert rooms.my_reactions(ROOM, ANNA, [huge]) == {}
        assert rooms.mark_read(ROOM, BEN, huge) == (not is_low)
        with pytest.raises(NotFound):
            rooms.message(ROOM, huge)
        with rooms._store.write() as connection:
            connection.execute(delete(room_marks))


def test_message_that_is_sent_again_is_the_first_one(rooms: Rooms) -> None:
    first = rooms.send(ROOM, ANNA, "once", client_id="one")
    again = rooms.send(ROOM, ANNA, "once", client_id="one")
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert again.event == first.event
    rooms.send(ROOM, BEN, "of somebody else", client_id="one")
    rooms.send("stream:other", ANNA, "elsewhere", client_id="one")
    assert texts(rooms) == ["once", "of somebody else"]


def test_room_is_opened_once(rooms: Rooms) -> None:
    room = rooms.open("video:abc", "A video")
    assert rooms.open("video:abc", "Another title") == room
    assert room.title == "A video"
    assert room.settings.guests == "off"
    with pytest.raises(NotFound):
        rooms.open("room:abc")
    with pytest.raises(NotFound):
        say(rooms, "nowhere", key="room:abc")


def test_reply_is_to_a_message_of_the_room(rooms: Rooms) -> None:
    say(rooms, "elsewhere", key="stream:other")
    for wrong in (1, 0, -1, True, "1", 1 << 70):
        with pytest.raises(Invalid, match="reply_to"):
            say(rooms, "text", reply_to=wrong)
    assert texts(rooms) == []


def test_mark_of_what_was_read_never_goes_back(rooms: Rooms) -> None:
    for number in range(3):
        say(rooms, f"{number}", LOCAL)
    assert rooms.mark_read(ROOM, ANNA, 2) == 2
    assert rooms.mark_read(ROOM, ANNA, 1) == 2
    assert rooms.mark_read(ROOM, ANNA, 99) == 3
    assert (rooms.marked(ROOM, ANNA), rooms.marked(ROOM, BEN)) == (3, 0)
    say(rooms, "I have read all of it", BEN)
    assert rooms.marked(ROOM, BEN) == 4


def test_marks_of_many_people_are_made_together(rooms: Rooms, accounts: Accounts) -> None:
    anna, ben, gone = (account(accounts, name) for name in ("anna", "ben", "gone"))
    key = str(rooms.make_private("Room", anna).key)
    for _ in range(3):
        say(rooms, "hi", LOCAL, key)
        say(rooms, "hi", LOCAL)
    rooms.mark_all([])
    rooms.mark_all([(ROOM, BEN, 2), (ROOM, anna, 9), (key, anna, 1), (key, ben, 3), ("video:x", BEN, 1)])
    accounts.delete("gone")
    rooms.mark_all([(ROOM, BEN, 1), (ROOM, gone, 3), (ROOM, ben, 1)])
    found = {who.name: (rooms.marked(ROOM, who), rooms.marked(key, anna)) for who in (BEN, anna, ben, gone)}
    assert found == {"Ben": (2, 1), "anna": (3, 1), "ben": (1, 1), "gone": (0, 1)}


def test_messages_about_a_part_of_the_media(rooms: Rooms) -> None:
    for place in (30, 10, 10, 20, None):
        say(rooms, f"{place}", media_time_s=place)
    found = rooms.said_between(ROOM, 10, 30)
    assert [one.text for one in found] == ["10", "10", "20"]
    assert [one.text for one in rooms.said_between(ROOM, 10, 31, after=found[1].seq)] == ["20", "30"]
