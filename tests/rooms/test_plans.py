"""How SQLite reads a large room: by keys and indexes alone, never row by row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, event

from framecast.rooms import Rooms, open_rooms
from tests.accounts.opened import database
from tests.rooms.people import ANNA, ROOM, say


@pytest.fixture
def lite(tmp_path: object) -> Iterator[Rooms]:
    opened = open_rooms(database("sqlite", tmp_path))  # type: ignore[arg-type]
    yield opened
    opened.close()


def test_no_read_of_a_room_looks_at_every_row(lite: Rooms) -> None:
    say(lite, "hello world", media_time_s=5)
    lite.mark_read(ROOM, ANNA, 1)
    asked: list[tuple[str, object]] = []

    def note(
        _connection: object, _cursor: object, statement: str, parameters: object, *_more: object
    ) -> None:
        asked.append((statement, parameters))

    event.listen(lite._store._engine, "before_cursor_execute", note)
    room = lite.find(ROOM)
    assert room is not None
    lite.events(ROOM, 0)
    lite.tail(ROOM)
    lite.positions([room.id, 2])
    lite.history(ROOM, before=9)
    lite.history(ROOM, after=0)
    lite.said_between(ROOM, 0, 9, after=1)
    lite.search(ROOM, "hello", before=99)
    lite.my_reactions(ROOM, ANNA, [1])
    lite.rooms_of(ANNA)
    lite.members(ROOM)
    lite.ignored(ANNA)
    lite.send(ROOM, ANNA, "hello again", client_id="one", reply_to=1)
    lite.mark_read(ROOM, ANNA, 2)
    event.remove(lite._store._engine, "before_cursor_execute", note)
    assert len(asked) > 20
    with lite._store.read() as connection:
        scans = {
            statement: found for statement, given in asked if (found := _scans(connection, statement, given))
        }
    assert scans == {}


def _scans(connection: Connection, statement: str, given: object) -> list[str]:
    """Return the steps of a statement's plan that read a whole table: not the index of words, nor rows that the statement itself has made."""
    if not statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
        return []
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)  # type: ignore[arg-type]
    made = ("SCAN anon_", "SCAN (subquery", "SCAN CONSTANT", "SCAN room_search VIRTUAL TABLE INDEX")
    return [row[3] for row in rows if row[3].startswith("SCAN") and not row[3].startswith(made)]
