"""The streams that people have added, with their owners: rows that the node reads and writes. What stands in one is the node's matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Part, count, find_account
from framecast.accounts.rooms import remove_rooms
from framecast.errors import Invalid, NotFound
from framecast.model.rights import Role
from framecast.store.room_schema import rooms
from framecast.store.schema import accounts, grants, streams

MOST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class SavedStream:
    """One row. `owner` is the id of an account, None: it belongs to the admins. `spec` is text of the node's."""

    name: str
    owner: str | None
    spec: str = field(repr=False)


class Streams(Part):
    """The saved streams."""

    def saved_streams(self, after: str = "", most: int = MOST_PAGE) -> list[SavedStream]:
        """Return saved streams in the order of their names: those behind `after`, at most `most`."""
        query = (
            select(streams.c.name, streams.c.owner, streams.c.spec)
            .where(streams.c.name > after)
            .order_by(streams.c.name)
        )
        with self._store.read() as connection:
            rows = connection.execute(query.limit(min(most, MOST_PAGE)))
            return [SavedStream(row.name, row.owner, row.spec) for row in rows]

    def admins(self) -> list[str]:
        """Return the ids of the admins: only their addresses may lead anywhere."""
        with self._store.read() as connection:
            return list(
                connection.execute(select(accounts.c.id).where(accounts.c.role == Role.ADMIN)).scalars()
            )

    def streams_of(self, account: str) -> list[str]:
        """Return the names of the saved streams that an account (by id) owns."""
        query = select(streams.c.name).where(streams.c.owner == account).order_by(streams.c.name)
        with self._store.read() as connection:
            return list(connection.execute(query).scalars())

    def save_stream(self, name: str, spec: str, owner: str | None, by: Actor | None = None) -> None:
        """Save a stream, or change one that is there, which keeps its owner.

        Raises:
            Conflict: there is no account `owner`.
        """
        now = self._now()
        with self._store.change() as connection:
            changed = connection.execute(
                update(streams).where(streams.c.name == name).values(spec=spec, changed_at=now)
            )
            if not changed.rowcount:
                values = {"name": name, "owner": owner, "spec": spec, "created_at": now, "changed_at": now}
                connection.execute(insert(streams).values(**values))
            self._note(connection, by, "stream.change" if changed.rowcount else "stream.add", name)

    def remove_stream(self, name: str, by: Actor | None = None) -> None:
        """Remove a saved stream with the grants on it and its room: a later one of this name must not inherit them.

        Raises:
            NotFound: there is no saved stream of this name.
        """
        with self._store.change() as connection:
            _check_exists(connection, name)
            remove_streams(connection, [name], self._now())
            self._note(connection, by, "stream.remove", name)

    def give_stream(self, name: str, owner: str | None, by: Actor | None = None) -> None:
        """Give a saved stream to an account (by id), or to the admins (None).

        Raises:
            NotFound: there is no such stream or account.
            Invalid: the account is a viewer.
        """
        with self._store.change() as connection:
            _check_exists(connection, name)
            heir = None if owner is None else find_account(connection, owner)
            if heir is not None and heir.role == Role.VIEWER:
                raise Invalid(f"{heir.name} is a viewer and cannot own a stream: make it a member first")
            chosen = None if heir is None else heir.id
            connection.execute(update(streams).where(streams.c.name == name).values(owner=chosen))
            self._note(connection, by, "stream.give", name, "the admins" if heir is None else heir.name)

    def import_streams(self, given: Mapping[str, str], by: Actor | None = None) -> int:
        """Save streams from before there were accounts; they belong to the first admin. Names that are taken stay as they are.

        Returns how many are new.
        """
        now, added = self._now(), 0
        with self._store.change() as connection:
            first = connection.execute(
                select(accounts.c.id)
                .where(accounts.c.role == Role.ADMIN)
                .order_by(accounts.c.created_at, accounts.c.id)
                .limit(1)
            ).scalar_one_or_none()
            for name, spec in given.items():
                if count(connection, streams.c.name == name):
                    continue
                values = {"name": name, "owner": first, "spec": spec, "created_at": now, "changed_at": now}
                connection.execute(insert(streams).values(**values))
                added += 1
            self._note(connection, by, "stream.import", str(added))
        return added


def remove_streams(connection: Connection, names: Sequence[str], now: float) -> None:
    """Remove saved streams with the grants on them, and what was said about them, in a transaction."""
    connection.execute(delete(streams).where(streams.c.name.in_(names)))
    connection.execute(delete(grants).where(grants.c.stream.in_(names)))
    remove_rooms(connection, rooms.c.key.in_([f"stream:{name}" for name in names]), now)


def _check_exists(connection: Connection, name: str) -> None:
    if not count(connection, streams.c.name == name):
        raise NotFound(f"there is no saved stream {name!r:.80}")
