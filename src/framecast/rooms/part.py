"""What the parts of `Rooms` share: how a room is found, made and locked, what somebody may do in it, and how an event gets its number.

A change of a room locks its row first: SQLite writes one transaction at a time, PostgreSQL one for each room. So the numbers of a log grow by
one in the order in which its transactions end, and a reader that has seen a number has seen all before it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.errors import Denied, NotFound
from framecast.model.room import (
    Author,
    Event,
    EventKind,
    Room,
    RoomKey,
    RoomKind,
    RoomRole,
    Standing,
    Visitor,
    parse_key,
)
from framecast.model.room_settings import RoomSettings, settings_of
from framecast.rooms.drafts import LONGEST_TEXT, Draft
from framecast.rooms.rows import event_of, event_query, room_of, room_query, spans_text
from framecast.store.room_schema import room_events, room_holds, room_members, rooms

# Built once: to build a statement costs more than to run it.
_FOUND = select(rooms).where(rooms.c.key == bindparam("key"), rooms.c.removed_at.is_(None))
_LOCKED = _FOUND.with_for_update(key_share=True)  # rows that belong to the room may be added meanwhile
_MEMBER = select(room_members).where(
    room_members.c.room_id == bindparam("room"), room_members.c.author_id == bindparam("author")
)
_ONE_MORE = (
    update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(last=rooms.c.last + 1, changed_at=bindparam("now"))
)
_LAST = select(rooms.c.last).where(rooms.c.id == bindparam("room"))
_NEW_EVENT = insert(room_events)
_EVENT = event_query().where(
    room_events.c.room_id == bindparam("room"), room_events.c.seq == bindparam("number")
)


class RoomPart(Audited):
    """One area of `Rooms`. Rooms that do not say it themselves have the settings `defaults`."""

    defaults = RoomSettings()
    longest_text = LONGEST_TEXT
    keep_s: float | None = None  # how long events are kept where a room does not say it

    def _settings(self, row: Row[Any]) -> RoomSettings:
        return settings_of(json.loads(row.settings), self.defaults)

    def _room(self, connection: Connection, which: ColumnElement[bool]) -> Room:
        row = connection.execute(room_query().where(which)).one()
        return room_of(connection, row, self.defaults)

    def _lock(self, connection: Connection, key: object, who: Visitor | None = None) -> Row[Any]:
        """Return the row of a room, which stays as it is until the end of the transaction.

        Raises:
            NotFound: there is no such room, or it is not open to `who`.
        """
        return self._entered(connection, self._locked(connection, parse_key(key)), who)

    def _lock_or_make(self, connection: Connection, key: object, who: Visitor | None = None) -> Row[Any]:
        """Return the row of a room as `_lock`; that of a stream or a video is made if it is not there."""
        parsed = parse_key(key)
        row = self._locked(connection, parsed)
        if row is None and parsed.kind is not RoomKind.PRIVATE:
            self._make(connection, parsed)
            row = self._locked(connection, parsed)
        return self._entered(connection, row, who)

    def _locked(self, connection: Connection, key: RoomKey) -> Row[Any] | None:
        return connection.execute(_LOCKED, {"key": str(key)}).first()

    def _make(self, connection: Connection, key: RoomKey, **values: object) -> None:
        """Insert a room, unless another process was faster."""
        now = self._now()
        row = {
            "key": str(key),
            "kind": str(key.kind),
            "epoch": secrets.token_hex(8),
            "created_at": now,
            "changed_at": now,
        }
        connection.execute(insert_of(connection)(rooms).values(**row, **values).on_conflict_do_nothing())

    def _find(self, connection: Connection, key: object, who: Visitor | None = None) -> Row[Any]:
        """Return the row of a room for reading; raises as `_lock`."""
        return self._entered(connection, self._row_of(connection, str(parse_key(key))), who)

    def _row_of(self, connection: Connection, key: str) -> Row[Any] | None:
        return connection.execute(_FOUND, {"key": key}).first()

    def _entered(self, connection: Connection, row: Row[Any] | None, who: Visitor | None) -> Row[Any]:
        if row is not None and (who is None or self._may_enter(connection, row, who)):
            return row
        raise NotFound("there is no such room, or it is not open to you")

    def _may_enter(self, connection: Connection, row: Row[Any], who: Visitor) -> bool:
        """Return whether a room is open to somebody. What a stream or a video shows to whom is decided before."""
        if row.kind != RoomKind.PRIVATE or who.is_admin or who.is_local:
            return True
        return _is_maker(row, who) or self._member(connection, row.id, who.id) is not None

    def _member(self, connection: Connection, room: int, author: str) -> Row[Any] | None:
        return connection.execute(_MEMBER, {"room": room, "author": author}).first()

    def _role(self, connection: Connection, row: Row[Any], who: Visitor) -> RoomRole:
        """Return the role of somebody in a room."""
        if owns(row, who):
            return RoomRole.OWNER
        member = self._member(connection, row.id, who.id)
        return role_without(who) if member is None else RoomRole(member.role)

    def _standing(self, connection: Connection, row: Row[Any], who: Visitor) -> Standing:
        """Return what somebody may do in a room now."""
        return Standing(self._role(connection, row, who))

    def _judge(
        self, connection: Connection, row: Row[Any], who: Visitor, standing: Standing, draft: Draft
    ) -> str:
        """Return why a moderator has to see a message first, "" if it may be shown at once.

        Raises:
            Denied: it is refused. WouldBlock: it comes too soon; the field `wait_s` says how long to wait.
        """
        return ""

    def _count_act(
        self, connection: Connection, who: Visitor, standing: Standing, what: str = "acts"
    ) -> None:
        """Count something that is no message against the limits.

        Raises:
            WouldBlock: it comes too soon; the field `wait_s` says how long to wait.
        """

    def _check_moderator(self, connection: Connection, row: Row[Any], who: Visitor) -> Standing:
        """Return the standing of somebody that moderates a room.

        Raises:
            Denied: it may not.
        """
        standing = self._standing(connection, row, who)
        if standing.is_banned or not standing.role.may_moderate:
            raise Denied("only the moderators and the owner of this room may do this", reason="role")
        return standing

    def _check_owner(self, connection: Connection, row: Row[Any], who: Visitor) -> Standing:
        """Return the standing of the owner of a room; raises as `_check_moderator`."""
        standing = self._standing(connection, row, who)
        if standing.is_banned or standing.role is not RoomRole.OWNER:
            raise Denied("only the owner of this room may do this", reason="role")
        return standing

    def _append(
        self,
        connection: Connection,
        row: Row[Any],
        kind: EventKind,
        by: Author | None,
        *,
        target: int | None = None,
        data: Mapping[str, Any] | None = None,
        at: float | None = None,
    ) -> int:
        """Add an event to the log of a locked room and return its number. A message is about itself. `at` None: now."""
        now = self._now() if at is None else at
        connection.execute(_ONE_MORE, {"room": row.id, "now": now})
        seq = int(connection.execute(_LAST, {"room": row.id}).scalar_one())
        values = {
            "room_id": row.id,
            "seq": seq,
            "at": now,
            "kind": str(kind),
            "author_id": None if by is None else by.id,
            "author_name": "" if by is None else by.name,
            "author_role": str(RoomRole.MEMBER if by is None else by.role),
            "target": seq if kind is EventKind.MESSAGE else target,
            "data": json.dumps(dict(data or {}), separators=(",", ":")),
        }
        connection.execute(_NEW_EVENT, values)
        return seq

    def _event(self, connection: Connection, room: int, seq: int) -> Event:
        """Return one event of a log."""
        return event_of(connection.execute(_EVENT, {"room": room, "number": seq}).one())

    def _raise_side(self, connection: Connection, room: int) -> None:
        """Say that something of a room has changed that is not in its log."""
        connection.execute(update(rooms).where(rooms.c.id == room).values(side=rooms.c.side + 1))

    def _hold(self, connection: Connection, row: Row[Any], author: Author, draft: Draft, why: str) -> None:
        """Keep a message until a moderator has seen it."""
        values = {
            "id": secrets.token_hex(8),
            "room_id": row.id,
            "at": self._now(),
            "author_id": author.id,
            "author_name": author.name,
            "author_role": str(author.role),
            "client_id": draft.client_id,
            "text": draft.text,
            "spans": spans_text(draft.spans),
            "reply_to": draft.reply_to,
            "media_time_s": draft.media_time_s,
            "reason": why[:32],
        }
        connection.execute(insert(room_holds).values(**values))
        self._raise_side(connection, row.id)


def insert_of(connection: Connection) -> Callable[[Table], sqlite.Insert | postgresql.Insert]:
    """Return the `insert` of a database that can go on when a row is there."""
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def within(seq: int, last: int) -> int:
    """Return a number of somebody's as one of a log, or one before or behind it: a database holds no larger ones."""
    return max(0, min(seq, last + 1))


def actor_of(who: Visitor) -> Actor:
    """Return somebody for the audit log."""
    return Actor(who.account, who.address, who.name)


def owns(row: Row[Any], who: Visitor) -> bool:
    """Return whether somebody is an owner of a room, whatever the rows of its members say."""
    return who.is_local or who.is_admin or who.is_owner or _is_maker(row, who)


def role_without(who: Visitor) -> RoomRole:
    """Return the role of somebody that a room does not know."""
    return RoomRole.GUEST if who.account is None else RoomRole.MEMBER


def _is_maker(row: Row[Any], who: Visitor) -> bool:
    """Return whether somebody has made a private room. The owner of a stream or a video is known elsewhere (`is_owner`)."""
    return row.kind == RoomKind.PRIVATE and who.account is not None and row.owner == who.account
