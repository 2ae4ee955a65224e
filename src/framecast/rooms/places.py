"""The rooms themselves: found, made, changed, deleted, listed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, union, update

from framecast.accounts.rooms import remove_rooms
from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.model import number
from framecast.model.naming import check_display_name
from framecast.model.room import (
    Author,
    Event,
    EventKind,
    ListedRoom,
    Room,
    RoomKey,
    RoomKind,
    RoomRole,
    Visitor,
    parse_key,
)
from framecast.model.text import check_text, described
from framecast.rooms.part import actor_of
from framecast.rooms.people import People
from framecast.rooms.rows import room_of, room_query
from framecast.store.room_schema import (
    room_ignores,
    room_marks,
    room_members,
    room_mentions,
    room_messages,
    rooms,
)

LONGEST_TITLE = 120
MOST_OF_AN_OWNER = 500
PAGE, MOST_PAGE = 50, 200
MOST_UNREAD = 100  # more are not counted
# What only the owner decides; the rest is a matter of the moderators.
_OWNERS = ("title", "guests", "remote", "retention_days")
_FOUND = room_query().where(rooms.c.key == bindparam("key"))


class Places(People):
    """The rooms."""

    def find(self, key: object) -> Room | None:
        """Return a room, None if there is no such one: of a stream or a video because nothing has happened in it."""
        with self._store.read() as connection:
            row = connection.execute(_FOUND, {"key": str(parse_key(key))}).first()
            return None if row is None else room_of(connection, row, self.defaults)

    def open(self, key: object, title: str = "", owner: str | None = None) -> Room:
        """Return a room; that of a stream or a video is made if it is not there, with a title and the account (by id) of its owner.

        Raises:
            NotFound: there is no such private room.
        """
        parsed = parse_key(key)
        found = self.find(parsed)
        if found is not None:
            return found
        if parsed.kind is RoomKind.PRIVATE:
            raise NotFound("there is no such room, or it is not open to you")
        checked = check_text("the title", title.strip(), LONGEST_TITLE)
        with self._store.write() as connection:
            self._make(connection, parsed, title=checked, owner=owner)
            return self._room(connection, rooms.c.key == str(parsed))

    def make_private(self, title: str, by: Visitor) -> Room:
        """Make a private room, whose owner is `by`.

        Raises:
            Invalid: the title is not allowed. Denied: a guest makes no rooms. Conflict: there are too many of this owner.
        """
        name = _title(title)
        if by.account is None and not by.is_local:
            raise Denied("only people with an account make private rooms: sign in first", reason="guests")
        key = RoomKey(RoomKind.PRIVATE, new_id() + new_id())
        with self._store.write() as connection:
            mine = (rooms.c.owner == by.account) & rooms.c.removed_at.is_(None)
            if by.account is not None and _count(connection, mine) >= MOST_OF_AN_OWNER:
                raise Conflict(f"you have {MOST_OF_AN_OWNER} private rooms already: delete some first")
            self._make(connection, key, title=name, owner=by.account, owner_name=by.name)
            row = self._lock(connection, key)
            self._put_member(connection, row, by.id, by.account, by.name, RoomRole.OWNER)
            self._note(connection, actor_of(by), "room.make", f"room {key}", name)
            return self._room(connection, rooms.c.id == row.id)

    def may_enter(self, key: object, who: Visitor) -> bool:
        """Return whether a private room is open to somebody. What a stream or a video shows to whom is decided elsewhere."""
        parsed = parse_key(key)
        if parsed.kind is not RoomKind.PRIVATE:
            return True
        mine = (rooms.c.key == str(parsed)) & rooms.c.removed_at.is_(None)
        with self._store.read() as connection:
            row = connection.execute(select(rooms).where(mine)).first()
            return row is not None and self._may_enter(connection, row, who)

    def change_settings(self, key: object, by: Visitor, patch: Mapping[str, Any]) -> Event | None:
        """Change settings of a room, and the title of a private one (`title`). None: nothing changes.

        Raises:
            NotFound: there is no such room. Denied: only its moderators, and for some settings its owner, may do this.
            Invalid: a key or a value is not allowed.
        """
        if not isinstance(patch, Mapping):
            raise Invalid(f"settings must be a mapping of keys, got {described(patch)}")
        given = dict(patch)
        title = _title(given.pop("title")) if "title" in given else None
        with self._store.write() as connection:
            row = self._lock_or_make(connection, key, by)
            is_owners = any(one in _OWNERS for one in patch)
            check = self._check_owner if is_owners else self._check_moderator
            standing = check(connection, row, by)
            before = self._settings(row)
            after = before.changed(given)
            title = row.title if title is None else title
            # What nobody has said goes on as the node has it.
            said = json.loads(row.settings) | {key: after.to_json()[key] for key in given}
            if said == json.loads(row.settings) and title == row.title:
                return None
            values: dict[str, Any] = {"settings": json.dumps(said, separators=(",", ":")), "title": title}
            if "retention_days" in given:
                values["retention_days"] = after.retention_days or 0
            connection.execute(update(rooms).where(rooms.c.id == row.id).values(**values))
            changed = ", ".join(sorted(map(str, patch)))
            self._note(connection, actor_of(by), "room.settings", f"room {row.key}", changed)
            data = {"settings": after.to_json(with_words=False), "title": title}
            author = Author(by.id, by.name, standing.role)
            seq = self._append(connection, row, EventKind.SETTINGS, author, data=data)
            return self._event(connection, row.id, seq)

    def delete_room(self, key: object, by: Visitor) -> None:
        """Delete a room with all that was said in it. Nobody finds it any more; its rows go with the next upkeep.

        Raises:
            NotFound: there is no such room. Denied: only its owner may do this.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            self._check_owner(connection, row, by)
            remove_rooms(connection, rooms.c.id == row.id, self._now())
            self._note(connection, actor_of(by), "room.delete", f"room {row.key}", row.title or "done")

    def rooms_of(self, who: Visitor, before: str | None = None, most: int = PAGE) -> list[ListedRoom]:
        """Return the rooms that somebody is a member of or has read in, the one in which something has happened last first.

        `before` is the cursor of the last one of the page before. The caller leaves out the rooms of what `who` may not see any more.
        """
        query = _listed(who.id).limit(max(1, min(most, MOST_PAGE)))
        if before is not None:
            at, id = _cursor(before)
            older = and_(rooms.c.changed_at == at, rooms.c.id < id)
            query = query.where(or_(rooms.c.changed_at < at, older))
        with self._store.read() as connection:
            rows = connection.execute(query).all()
            return [
                ListedRoom(room_of(connection, row, self.defaults), row.unread, row.mentions) for row in rows
            ]


def _listed(author: str) -> Select[Any]:
    """Return the query of somebody's rooms with what it has not read in each, as far as it is counted."""
    known = union(
        select(room_members.c.room_id).where(room_members.c.author_id == author),
        select(room_marks.c.room_id).where(room_marks.c.author_id == author),
    )
    mark = (
        select(room_marks.c.seq)
        .where(room_marks.c.room_id == rooms.c.id, room_marks.c.author_id == author)
        .correlate(rooms)
        .scalar_subquery()
    )
    read = func.coalesce(mark, 0)
    ignored = select(room_ignores.c.ignored_id).where(room_ignores.c.author_id == author)
    unread = (
        select(room_messages.c.seq)
        .where(
            room_messages.c.room_id == rooms.c.id,
            room_messages.c.seq > read,
            room_messages.c.author_id != author,
            room_messages.c.is_deleted.is_(False),
            room_messages.c.author_id.not_in(ignored),
        )
        .order_by(room_messages.c.seq.desc())  # by the key, or PostgreSQL may look at every message
        .limit(MOST_UNREAD)
        .correlate(rooms)
        .subquery()
    )
    about = (room_messages.c.room_id == room_mentions.c.room_id) & (
        room_messages.c.seq == room_mentions.c.seq
    )
    mentioned = (
        select(room_mentions.c.seq)
        .join(room_messages, about)
        .where(
            room_mentions.c.author_id == author,
            room_mentions.c.room_id == rooms.c.id,
            room_mentions.c.seq > read,
            room_messages.c.author_id != author,
            room_messages.c.author_id.not_in(ignored),
        )
        .order_by(room_mentions.c.seq.desc())
        .limit(MOST_UNREAD)
        .correlate(rooms)
        .subquery()
    )
    return (
        room_query()
        .add_columns(
            select(func.count()).select_from(unread).scalar_subquery().label("unread"),
            select(func.count()).select_from(mentioned).scalar_subquery().label("mentions"),
        )
        .where(rooms.c.id.in_(known))
        .order_by(rooms.c.changed_at.desc(), rooms.c.id.desc())
    )


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).where(which)).scalar_one())


def _title(given: object) -> str:
    try:
        title = check_display_name(given)
    except Invalid as error:
        raise Invalid(f"the title {error}") from None
    if not title:
        raise Invalid("the title must not be empty")
    return title


def _cursor(text: str) -> tuple[float, int]:
    at, _, id = text.partition("/")
    try:
        return number.decimal(at, 0, 1e12), number.integer(id, 0, 1 << 40)
    except ValueError:
        raise Invalid("before must be the cursor of a room of this list") from None
