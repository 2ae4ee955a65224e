"""Edits, deletions, replies to what has gone: nothing of an old text stays in any row."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from framecast.accounts import Accounts
from framecast.errors import Denied, Invalid, NotFound
from framecast.model.room import EventKind
from framecast.rooms import Rooms
from tests.accounts.opened import Clock
from tests.rooms.people import ANNA, BEN, ROOM, account, say


def every_value(rooms: Rooms) -> str:
    """All of the database's rows as one text, the tables behind the index for searching too."""
    with rooms._store.read() as connection:
        found = []
        for table in inspect(connection).get_table_names():
            if not table.startswith("room") or table.endswith(("_data", "_idx", "_docsize", "_config")):
                continue
            found += [str(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {table}"))]
    return "\n".join(found)


def test_author_changes_its_message(rooms: Rooms, clock: Clock) -> None:
    first = say(rooms, "The sekret: https://old.example/")
    reply = say(rooms, "what?", BEN, reply_to=first.seq)
    clock.now += 5
    event = rooms.edit(ROOM, ANNA, first.seq, " A ne\u0301w text ")
    assert event is not None
    assert (event.seq, event.kind, event.target, event.at) == (3, EventKind.EDIT, 1, clock.now)
    assert event.message is not None
    assert (event.message.text, event.message.edited_at, event.message.spans) == (
        "A ne\u0301w text".replace("e\u0301", "\xe9"),
        clock.now,
        (),
    )
    assert "message" in event.to_json()
    assert event.to_json()["target"] == 1
    assert rooms.edit(ROOM, ANNA, first.seq, "A ne\u0301w text".replace("e\u0301", "\xe9")) is None
    quoted = rooms.message(ROOM, reply.seq).reply_to
    assert quoted is not None
    assert quoted.text == "A ne\u0301w text".replace("e\u0301", "\xe9")
    assert [one.seq for one in rooms.search(ROOM, "text")] == [1]
    assert rooms.search(ROOM, "sekret") == []
    assert "sekret" not in every_value(rooms)
    assert rooms.events(ROOM, 0)[0].message == event.message
    with pytest.raises(Denied, match="only its author"):
        rooms.edit(ROOM, BEN, first.seq, "of another")
    with pytest.raises(Invalid, match="can be seen"):
        rooms.edit(ROOM, ANNA, first.seq, "\u200b")
    for wrong in (3, 99, 0, -1, 1 << 80):
        with pytest.raises(NotFound):
            rooms.edit(ROOM, ANNA, wrong, "nothing")


def test_deleted_text_is_in_no_row(rooms: Rooms, accounts: Accounts) -> None:
    anna, ben = account(accounts, "anna"), account(accounts, "ben")
    for one in (anna, ben):
        say(rooms, "here", one)
    first = say(rooms, "the sekret of @ben https://sekret.example/", anna)
    say(rooms, "aha", ben, reply_to=first.seq)
    rooms.react(ROOM, ben, first.seq, "👍")
    assert "sekret" in every_value(rooms)
    with pytest.raises(Denied, match="moderators"):
        rooms.delete_message(ROOM, ben, first.seq)
    event = rooms.delete_message(ROOM, anna, first.seq)
    assert event is not None
    assert (event.kind, event.target, event.message) == (EventKind.DELETE, first.seq, None)
    assert rooms.delete_message(ROOM, anna, first.seq) is None
    assert "sekret" not in every_value(rooms)
    gone = rooms.message(ROOM, first.seq)
    assert (gone.is_deleted, gone.text, gone.spans, gone.reactions) == (True, "", (), ())
    assert gone.author.name == "anna"
    quoted = rooms.history(ROOM)[-1].reply_to
    assert quoted is not None
    assert (quoted.seq, quoted.text) == (first.seq, "")
    with pytest.raises(NotFound):
        rooms.edit(ROOM, anna, first.seq, "again")
    with pytest.raises(NotFound):
        rooms.react(ROOM, ben, first.seq, "👍")
    assert rooms.my_reactions(ROOM, ben, [first.seq]) == {}


def test_moderator_deletes_and_the_audit_log_says_so(rooms: Rooms, accounts: Accounts) -> None:
    anna, owner = account(accounts, "anna"), account(accounts, "owner", is_owner=True)
    first = say(rooms, "bad", anna)
    event = rooms.delete_message(ROOM, owner, first.seq)
    assert event is not None
    assert event.by is not None
    assert (event.by.name, str(event.by.role)) == ("owner", "owner")
    assert rooms.delete_message(ROOM, owner, first.seq) is None
    (row,) = accounts.audit(what="room")
    assert (row.what, row.target, row.who, row.result) == (
        "room.delete-message",
        "room stream:demo",
        "owner",
        "anna",
    )


def test_deleted_message_that_is_sent_again_stays_deleted(rooms: Rooms) -> None:
    first = rooms.send(ROOM, ANNA, "once", client_id="one")
    assert first.event is not None
    rooms.delete_message(ROOM, ANNA, first.event.seq)
    again = rooms.send(ROOM, ANNA, "once", client_id="one")
    assert again.is_repeat
    assert again.event is not None
    assert again.event.message is not None
    assert again.event.message.is_deleted
    assert BEN.id != ANNA.id
