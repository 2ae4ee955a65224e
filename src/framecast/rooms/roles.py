"""The role of somebody that is not asking. Nobody acts on an equal or a higher role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from framecast.errors import Denied, NotFound
from framecast.model.rights import Role
from framecast.model.room import RoomKind, RoomRole, parse_key
from framecast.model.text import shown
from framecast.rooms.part import RoomPart
from framecast.rooms.presence import people_here
from framecast.store.library_schema import videos
from framecast.store.room_schema import room_members, room_messages, room_seen
from framecast.store.schema import accounts, streams


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows know of an author."""

    id: str
    name: str
    session: str = ""
    address: str = ""


class Roles(RoomPart):
    """Roles of authors, by their ids."""

    def _role_of_author(self, connection: Connection, row: Row[Any], author: str) -> RoomRole:
        """Return the role of an author in a room. That of a guest is the one in which it wrote last: programs of this machine are owners."""
        kind, _, id = author.partition(":")
        if kind == "a" and (id in _owners(connection, row) or _is_admin(connection, id)):
            return RoomRole.OWNER
        member = self._member(connection, row.id, author)
        if member is not None:
            return RoomRole(member.role)
        if kind == "a":
            return RoomRole.MEMBER
        last = _last_message(connection, row.id, author)
        return RoomRole.GUEST if last is None else RoomRole(last.author_role)

    def _check_lower(self, connection: Connection, row: Row[Any], author: str, than: RoomRole) -> None:
        """Check that an author has a lower role than the one that acts on it.

        Raises:
            Denied: it has not.
        """
        role = self._role_of_author(connection, row, author)
        if role.rank >= than.rank:
            raise Denied(f"a {than} may not do this to a {role} of the room", reason="rank")

    def _known(self, connection: Connection, row: Row[Any], author: str) -> Known:
        """Return what is known of an author.

        Raises:
            NotFound: nobody of that id has been here, and no account has it.
        """
        seen = connection.execute(
            select(room_seen).where(room_seen.c.room_id == row.id, room_seen.c.author_id == author)
        ).first()
        session, address = ("", "") if seen is None else (seen.session, seen.address)
        name = _name_of(connection, row.id, author)
        if name is None:
            here = people_here(connection, row.key, self._now())
            name = next((one.name for one in here if one.id == author), None)
        if name is None:
            raise NotFound(f"nobody in this room has the id {shown(author, 96)!r}")
        return Known(author, name, session, address)


def _owners(connection: Connection, row: Row[Any]) -> set[str]:
    """Return the accounts that own a room: that of its stream or video, or the maker of a private one."""
    name = parse_key(row.key).name
    owner = row.owner
    if row.kind == RoomKind.STREAM:
        owner = connection.execute(select(streams.c.owner).where(streams.c.name == name)).scalar()
    elif row.kind == RoomKind.VIDEO:
        owner = connection.execute(select(videos.c.owner).where(videos.c.id == name)).scalar()
    return {one for one in (owner, row.owner) if one}


def _is_admin(connection: Connection, account: str) -> bool:
    role = connection.execute(select(accounts.c.role).where(accounts.c.id == account)).scalar()
    return role == Role.ADMIN


def _last_message(connection: Connection, room: int, author: str) -> Row[Any] | None:
    query = select(room_messages.c.author_role, room_messages.c.author_name)
    mine = query.where(room_messages.c.room_id == room, room_messages.c.author_id == author)
    return connection.execute(mine.order_by(room_messages.c.seq.desc()).limit(1)).first()


def _name_of(connection: Connection, room: int, author: str) -> str | None:
    last = _last_message(connection, room, author)
    if last is not None:
        return str(last.author_name)
    mine = (room_members.c.room_id == room) & (room_members.c.author_id == author)
    name = connection.execute(select(room_members.c.name).where(mine)).scalar()
    if name is None and author.startswith("a:"):
        of_account = select(accounts.c.display_name, accounts.c.name).where(accounts.c.id == author[2:])
        found = connection.execute(of_account).first()
        name = None if found is None else found.display_name or found.name
    return name
