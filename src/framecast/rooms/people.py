"""The people that a room knows by name: members of a private room, moderators; and whom somebody does not want to read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from framecast.accounts.part import find_account
from framecast.errors import Conflict, Invalid, NotFound
from framecast.model.room import (
    LONGEST_ID,
    Author,
    Event,
    EventKind,
    RoomKind,
    RoomRole,
    Visitor,
)
from framecast.model.room_people import RoomMember
from framecast.rooms.part import RoomPart, actor_of, insert_of
from framecast.store.room_schema import room_ignores, room_marks, room_members
from framecast.store.schema import accounts

MOST_MEMBERS = 1000
MOST_IGNORED = 1000
_IGNORED = (
    select(room_ignores.c.author_id, room_ignores.c.ignored_id)
    .where(room_ignores.c.author_id.in_(bindparam("authors", expanding=True)))
    .order_by(room_ignores.c.author_id, room_ignores.c.at)
)


class People(RoomPart):
    """Members, roles, ignored authors."""

    def members(self, key: object, who: Visitor | None = None) -> list[RoomMember]:
        """Return the people that a room knows by name, in the order in which they came; raises as `set_role`."""
        with self._store.read() as connection:
            room = self._find(connection, key, who)
            query = select(room_members).where(room_members.c.room_id == room.id)
            rows = connection.execute(query.order_by(room_members.c.joined_at, room_members.c.author_id))
            return [RoomMember(row.author_id, row.name, RoomRole(row.role), row.joined_at) for row in rows]

    def set_role(self, key: object, by: Visitor, member: str, role: str) -> Event | None:
        """Give somebody a role: an author's id, or the id or name of an account. None: it has this role already.

        A room of a stream or a video knows its moderators alone; a private one has owners, moderators and members.

        Raises:
            NotFound: there is no such room or account. Denied: only the owner may do this.
            Invalid: no such role, or a guest. Conflict: the room belongs to this account, or is full.
        """
        wanted = _role(role)
        with self._store.write() as connection:
            row = self._lock_or_make(connection, key, by)
            standing = self._check_owner(connection, row, by)
            account = _account(connection, member)
            author = f"a:{account.id}"
            if row.owner == account.id:
                raise Conflict(f"this room belongs to {account.name}, who always has the role owner")
            if wanted is RoomRole.OWNER and row.kind != RoomKind.PRIVATE:
                raise Invalid("only a private room has other owners: choose moderator or member")
            before = self._member(connection, row.id, author)
            is_member = before is not None or row.kind != RoomKind.PRIVATE
            if is_member and wanted == (RoomRole.MEMBER if before is None else before.role):
                return None
            if row.kind != RoomKind.PRIVATE and wanted is RoomRole.MEMBER:
                _remove(connection, row.id, author)
            else:
                self._put_member(connection, row, author, account.id, account.name, wanted)
            self._note(connection, actor_of(by), "room.role", f"room {row.key}", f"{account.name}: {wanted}")
            data = {"author": author, "name": account.name, "role": str(wanted)}
            return self._role_event(connection, row, Author(by.id, by.name, standing.role), data)

    def remove_member(self, key: object, by: Visitor, member: str) -> Event | None:
        """Remove somebody (an author's id) from a private room, or from the moderators; everybody may leave. None: the room does not know it.

        Raises:
            NotFound: there is no such room. Denied: only the owner may remove others. Conflict: the room belongs to this account.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            standing = self._standing(connection, row, by)
            if member != by.id:
                standing = self._check_owner(connection, row, by)
            if row.owner is not None and member == f"a:{row.owner}":
                raise Conflict("the room belongs to this account: delete the room instead")
            before = self._member(connection, row.id, member)
            if before is None:
                return None
            _remove(connection, row.id, member)
            mark = (room_marks.c.room_id == row.id) & (room_marks.c.author_id == member)
            if row.kind == RoomKind.PRIVATE:
                connection.execute(delete(room_marks).where(mark))
            self._note(connection, actor_of(by), "room.remove-member", f"room {row.key}", before.name)
            data = {"author": member, "name": before.name, "role": None}
            return self._role_event(connection, row, Author(by.id, by.name, standing.role), data)

    def ignore(self, who: Visitor, author: str, on: bool = True) -> None:
        """Note that somebody does not want to read an author, in any room, or wants to again.

        Raises:
            Invalid: it is no author, or oneself. Conflict: it ignores 1,000 already.
        """
        if not 2 < len(author) <= LONGEST_ID or author[:2] not in ("a:", "g:") or author == who.id:
            raise Invalid("author must be the id of another author, such as a:0123456789abcdef")
        mine = room_ignores.c.author_id == who.id
        with self._store.write() as connection:
            if not on:
                connection.execute(delete(room_ignores).where(mine, room_ignores.c.ignored_id == author))
                return
            if connection.execute(select(func.count()).where(mine)).scalar_one() >= MOST_IGNORED:
                raise Conflict(f"you ignore {MOST_IGNORED} people already: read some of them again")
            values = {"author_id": who.id, "ignored_id": author, "account_id": who.account, "at": self._now()}
            connection.execute(insert_of(connection)(room_ignores).values(**values).on_conflict_do_nothing())

    def ignored(self, who: Visitor) -> list[str]:
        """Return the ids of the authors that somebody does not want to read."""
        return self.ignored_by([who.id]).get(who.id, [])

    def ignored_by(self, authors: Collection[str]) -> dict[str, list[str]]:
        """Return whom each of some authors does not want to read; who ignores nobody is left out."""
        found: dict[str, list[str]] = {}
        with self._store.read() as connection:
            for author, ignored in connection.execute(_IGNORED, {"authors": sorted(set(authors))}):
                found.setdefault(author, []).append(ignored)
        return found

    def _put_member(
        self,
        connection: Connection,
        row: Row[Any],
        author: str,
        account: str | None,
        name: str,
        role: RoomRole,
    ) -> None:
        """Let a locked room know somebody, or give it another role."""
        here = room_members.c.room_id == row.id
        mine = here & (room_members.c.author_id == author)
        if connection.execute(update(room_members).where(mine).values(role=str(role), name=name)).rowcount:
            return
        if connection.execute(select(func.count()).where(here)).scalar_one() >= MOST_MEMBERS:
            raise Conflict(f"a room has at most {MOST_MEMBERS} members: remove some first")
        values = {"author_id": author, "account_id": account, "name": name, "role": str(role)}
        connection.execute(insert(room_members).values(room_id=row.id, joined_at=self._now(), **values))

    def _role_event(
        self, connection: Connection, row: Row[Any], by: Author, data: Mapping[str, Any]
    ) -> Event:
        seq = self._append(connection, row, EventKind.ROLE, by, data=data)
        self._raise_side(connection, row.id)
        return self._event(connection, row.id, seq)


def _remove(connection: Connection, room: int, author: str) -> None:
    mine = (room_members.c.room_id == room) & (room_members.c.author_id == author)
    connection.execute(delete(room_members).where(mine))


def _role(given: object) -> RoomRole:
    if isinstance(given, str) and given in (RoomRole.MEMBER, RoomRole.MODERATOR, RoomRole.OWNER):
        return RoomRole(given)
    raise Invalid(f"role must be member, moderator or owner, got {given!r:.40}")


def _account(connection: Connection, member: str) -> Row[Any]:
    if member.startswith("g:"):
        raise Invalid("a guest has no role of its own: only people with an account have one")
    if member.startswith("a:"):
        found = connection.execute(select(accounts).where(accounts.c.id == member[2:34])).first()
        if found is None:
            raise NotFound("there is no such account")
        return found
    return find_account(connection, member)
