"""What is removed with time, and what a removed room leaves: nothing."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select, text

from framecast.accounts import Accounts
from framecast.errors import Denied
from framecast.library import open_library
from framecast.model.room import Visitor
from framecast.model.video import LOCAL
from framecast.rooms import Rooms, export, retention
from framecast.store.schema import metadata
from tests.accounts.opened import Clock
from tests.library.made import ready
from tests.rooms.people import ANNA, BEN, ROOM, account, say, texts

DAY = 86400.0
TABLES = [table for name, table in metadata.tables.items() if name.startswith("room")]


def rows(rooms: Rooms) -> dict[str, int]:
    with rooms._store.read() as connection:
        counted = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in TABLES
        }
        counted["room_search"] = connection.execute(text("SELECT count(*) FROM room_search")).scalar_one()
    return {name: count for name, count in counted.items() if count}


def test_messages_go_after_the_time_of_their_room(rooms: Rooms, clock: Clock) -> None:
    rooms.change_settings(ROOM, ANNA, {"retention_days": 2})
    for day in range(4):
        event = say(rooms, f"day {day}", media_time_s=day)
        rooms.react(ROOM, BEN, event.seq, "👍")
        say(rooms, f"day {day}", key="stream:other")
        clock.now += DAY
    tail = rooms.tail(ROOM)
    assert rooms.prune() > 0
    assert texts(rooms) == ["day 2", "day 3"]
    assert texts(rooms, "stream:other") == [f"day {day}" for day in range(4)]
    after = rooms.tail(ROOM)
    assert (after.epoch, after.last, after.first) == (tail.epoch, tail.last, 6)
    assert [event.seq for event in rooms.events(ROOM, 0)] == [6, 7, 8, 9]
    assert [one.text for one in rooms.search(ROOM, "day")] == ["day 3", "day 2"]
    assert rooms.prune() == 0
    assert say(rooms, "next").seq == 10
    room = rooms.find(ROOM)
    assert room is not None
    assert room.first == 6


def test_wrong_clock_neither_stops_the_upkeep_nor_takes_what_is_young(rooms: Rooms, clock: Clock) -> None:
    rooms.change_settings(ROOM, ANNA, {"retention_days": 1})
    now = clock.now
    for name, at in (("old", 0), ("future", 1e8), ("old too", 60), ("young", 2 * DAY), ("past", -1e8)):
        clock.now = now + at
        say(rooms, name)
    clock.now = now + 2 * DAY
    rooms.prune()
    assert texts(rooms) == ["young", "past"]


def test_edit_of_a_message_that_has_gone_stays_without_it(rooms: Rooms, clock: Clock) -> None:
    rooms.change_settings(ROOM, ANNA, {"retention_days": 1})
    first = say(rooms, "old")
    clock.now += DAY
    rooms.edit(ROOM, ANNA, first.seq, "new")
    reply = say(rooms, "reply", reply_to=first.seq)
    clock.now += 1
    rooms.prune()
    edit, answer = rooms.events(ROOM, 0)
    assert (edit.message, edit.target) == (None, first.seq)
    assert "message" not in edit.to_json()
    assert answer.message is not None
    assert answer.message.reply_to is not None
    assert answer.message.reply_to.text == ""
    assert reply.seq == answer.seq


def test_removed_room_leaves_no_row(
    rooms: Rooms, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 20)
    anna = account(accounts, "anna")
    key = str(rooms.make_private("Room", anna).key)
    rooms.invite(key, anna)
    for number in range(55):
        say(rooms, f"number {number} @anna", anna, key)
    rooms.react(key, anna, 5, "👍")
    rooms.mark_read(key, anna, 5)
    rooms.delete_room(key, anna)
    assert rooms.prune(30) >= 30  # in portions: the rest goes with the next upkeep
    assert rows(rooms)["room_events"] > 0
    rooms.prune()
    assert rows(rooms) == {}
    assert rooms.prune() == 0


def test_room_goes_with_its_video(rooms: Rooms, database: str, clock: Clock) -> None:
    library = open_library(database, now=clock)
    video = ready(library)
    key = f"video:{video.id}"
    say(rooms, "nice", key=key)
    library.delete_video(video.id, LOCAL)
    rooms.prune()
    assert texts(rooms, key) == ["nice"]  # from the bin it may come back
    library.purge_video(video.id, LOCAL)
    rooms.prune()
    assert rooms.find(key) is None
    assert rows(rooms) == {}
    library.close()


def test_room_goes_with_its_saved_stream(rooms: Rooms, accounts: Accounts) -> None:
    anna = account(accounts, "anna")
    accounts.save_stream("demo", "{}", anna.account)
    accounts.save_stream("other", "{}", anna.account)
    for key in (ROOM, "stream:other"):
        say(rooms, "of the first owner", key=key)
    accounts.remove_stream("demo")
    assert rooms.find(ROOM) is None
    say(rooms, "of the next one")
    assert texts(rooms) == ["of the next one"]
    accounts.delete("anna", streams="remove")
    assert rooms.find("stream:other") is None
    rooms.prune()
    assert rows(rooms)["room_messages"] == 1


def test_export_is_the_whole_room_in_lines(
    rooms: Rooms, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_PAGE", 10)
    anna, owner = account(accounts, "anna"), account(accounts, "owner", is_owner=True)
    first = say(rooms, "Ünï\nline", anna)
    rooms.edit(ROOM, anna, first.seq, "new")
    gone = say(rooms, "sekret", anna)
    rooms.delete_message(ROOM, anna, gone.seq)
    rooms.change_settings(ROOM, owner, {"words": ["bad"]})
    rooms.set_role(ROOM, owner, "anna", "moderator")
    for number in range(25):
        say(rooms, f"{number}", anna)
    lines = list(rooms.export(ROOM, owner))
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    head, member, *events = (json.loads(line) for line in lines)
    assert (head["type"], head["key"], head["settings"]["words"]) == ("room", ROOM, ["bad"])
    assert member == {"type": "member", "id": anna.id, "name": "anna", "role": "moderator"}
    assert [event["seq"] for event in events] == list(range(1, head["last"] + 1))
    assert events[0]["message"]["text"] == "new"
    assert "message" not in events[1]
    assert "sekret" not in "".join(lines)
    with pytest.raises(Denied):
        rooms.export(ROOM, Visitor("x", None, "x"))
    assert [one.what for one in accounts.audit(what="room.export")] == ["room.export"]
