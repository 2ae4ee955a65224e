"""Searching what was said in a room, the newest first. The index is kept in the transaction that changes a message.

SQLite finds a message by one number that has its room and its seq, so FTS5 reads the part of its lists that is this room's, from the newest on. In
PostgreSQL the room is one more word of the vector. There the newest rows of the room are asked for the words first, which is enough for words that
many messages have; then the index is asked, and if it has too many, the whole room is read from its newest message on, which then ends soon.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, column, select, table, text

from framecast.errors import NotFound
from framecast.model.folding import words_asked, words_of
from framecast.model.room import Message
from framecast.rooms.part import RoomPart, within
from framecast.rooms.rows import message_of, message_query
from framecast.store.room_schema import room_messages
from framecast.store.word_index import is_sqlite, matches, set_local, stored_words

PAGE, MOST_PAGE = 50, 200
FEW = 2000
NEWEST = 5000  # messages that are looked at before the index is asked
_SEQ_BITS = 40
_SEARCH = table("room_search", column("rowid"), column("room_id"), column("seq"), column("words"))
_BY_WORDS = {"enable_sort": "on", "enable_bitmapscan": "on"}
_IN_ORDER = {"jit": "off", "enable_seqscan": "off", "enable_sort": "off", "enable_bitmapscan": "off"}


class Search(RoomPart):
    """The index of the words."""

    def search(self, key: object, query: str, before: int | None = None, most: int = PAGE) -> list[Message]:
        """Return the messages that have every word of a query, the last one as the beginning of a word; the newest first.

        `before` is the number of a message: older ones are returned. A query without words finds nothing.
        """
        words = words_asked(query)
        most = max(1, min(most, MOST_PAGE))
        with self._store.read() as connection:
            try:
                room = self._find(connection, key)
            except NotFound:
                return []
            end = room.last + 1 if before is None else within(before, room.last)
            seqs = _found(connection, room.id, words, end, most) if words and end else []
            here = (room_messages.c.room_id == room.id) & room_messages.c.seq.in_(seqs)
            rows = connection.execute(message_query().where(here))
            found = [message_of(row) for row in rows if not row.is_deleted]
            return sorted(found, key=lambda one: -one.seq)


def index(connection: Connection, room: int, seq: int, said: str) -> None:
    """Make a new message found by its words."""
    words = words_of([said])
    if not words:
        return
    if is_sqlite(connection):
        values: dict[str, Any] = {"number": number_of(room, seq), "words": stored_words(words)}
        connection.execute(text("INSERT INTO room_search (rowid, words) VALUES (:number, :words)"), values)
    else:
        statement = (
            "INSERT INTO room_search (room_id, seq, words) VALUES (:room, :seq, array_to_tsvector(:words))"
        )
        connection.execute(text(statement), {"room": room, "seq": seq, "words": [_room_word(room), *words]})


def unindex(connection: Connection, room: int, seqs: Sequence[int]) -> None:
    """Remove messages from the index. PostgreSQL does that by itself when the row of a message goes."""
    if is_sqlite(connection):
        statement = text("DELETE FROM room_search WHERE rowid = :number")
        given = [{"number": number_of(room, seq)} for seq in seqs]
    else:
        statement = text("DELETE FROM room_search WHERE room_id = :room AND seq = :seq")
        given = [{"room": room, "seq": seq} for seq in seqs]
    if given:
        connection.execute(statement, given)


def number_of(room: int, seq: int) -> int:
    """Return the one number of a message in SQLite's index: 8 million rooms, a million million messages in each."""
    return room << _SEQ_BITS | seq


def _found(connection: Connection, room: int, words: Sequence[str], end: int, most: int) -> list[int]:
    """Return the numbers of the newest messages before `end` that have every word."""
    if is_sqlite(connection):
        rowid: ColumnElement[int] = _SEARCH.c.rowid
        part = (rowid > number_of(room, 0)) & (rowid < number_of(room, end))
        query = select(rowid).where(matches(connection, "room_search", words), part)
        rows = connection.execute(query.order_by(rowid.desc()).limit(most)).scalars()
        return [number & ((1 << _SEQ_BITS) - 1) for number in rows]
    seq: ColumnElement[int] = _SEARCH.c.seq
    part = (_SEARCH.c.room_id == room) & (seq < end)
    condition = matches(connection, "room_search", words, more=[_room_word(room)])
    in_order = select(seq).where(condition, part).order_by(_SEARCH.c.room_id.desc(), seq.desc()).limit(most)
    set_local(connection, _IN_ORDER)
    newest = list(connection.execute(in_order.where(seq >= end - NEWEST)).scalars())
    set_local(connection, _BY_WORDS)
    if len(newest) == most or end <= NEWEST:
        return newest
    found = list(connection.execute(select(seq).where(condition, part).limit(FEW + 1)).scalars())
    if len(found) <= FEW:
        return sorted(found, reverse=True)[:most]
    set_local(connection, _IN_ORDER)
    found = list(connection.execute(in_order).scalars())
    set_local(connection, _BY_WORDS)
    return found


def _room_word(room: int) -> str:
    return f"#{room}"
