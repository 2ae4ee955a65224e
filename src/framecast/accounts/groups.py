"""Groups of people: what is granted to a group is granted to each of its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from framecast.accounts.account import Account, Actor
from framecast.accounts.naming import check_label, key_of
from framecast.accounts.part import Part, account_of, count, find_account, find_group
from framecast.accounts.secret import new_id
from framecast.errors import Conflict
from framecast.store.schema import accounts, groups, members

LOCAL = "local"  # the source of a membership that an admin made


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people."""

    id: str
    name: str
    members: int
    created_at: float

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"id": self.id, "name": self.name, "members": self.members, "created_at": self.created_at}


class Groups(Part):
    """The groups and their members."""

    def groups(self) -> list[Group]:
        """Return all groups by name."""
        return self._groups()

    def groups_of(self, account: str) -> list[Group]:
        """Return the groups of an account (by id)."""
        return self._groups(account)

    def make_group(self, name: str, by: Actor | None = None) -> Group:
        """Make a group.

        Raises:
            Invalid, Conflict: the name is not allowed, or is taken.
        """
        with self._store.change() as connection:
            group_id, now = new_id(), self._now()
            named = _named(connection, name)
            connection.execute(insert(groups).values(id=group_id, created_at=now, **named))
            self._note(connection, by, "group.make", named["name"])
        return Group(group_id, named["name"], 0, now)

    def rename_group(self, id_or_name: str, name: str, by: Actor | None = None) -> None:
        """Give a group another name; raises as `make_group`, and NotFound."""
        with self._store.change() as connection:
            found = find_group(connection, id_or_name)
            named = _named(connection, name, but=found.id)
            connection.execute(update(groups).where(groups.c.id == found.id).values(**named))
            self._note(connection, by, "group.rename", found.name, named["name"])

    def delete_group(self, id_or_name: str, by: Actor | None = None) -> None:
        """Delete a group and what was granted to it.

        Raises:
            NotFound: there is no such group.
        """
        with self._store.change() as connection:
            found = find_group(connection, id_or_name)
            connection.execute(delete(groups).where(groups.c.id == found.id))
            self._note(connection, by, "group.delete", found.name)

    def members(self, id_or_name: str) -> list[Account]:
        """Return the members of a group by name.

        Raises:
            NotFound: there is no such group.
        """
        with self._store.read() as connection:
            found = find_group(connection, id_or_name)
            joined = accounts.join(members, members.c.account_id == accounts.c.id)
            query = select(accounts).select_from(joined).where(members.c.group_id == found.id)
            return [account_of(row) for row in connection.execute(query.order_by(accounts.c.name_key))]

    def add_to_group(self, account: str, group: str, by: Actor | None = None) -> None:
        """Make an account a member of a group. Twice is once.

        Raises:
            NotFound: there is no such account or group.
        """
        with self._store.change() as connection:
            person, found = find_account(connection, account), find_group(connection, group)
            add_member(connection, person.id, found.id, LOCAL)
            self._note(connection, by, "group.add", found.name, person.name)

    def remove_from_group(self, account: str, group: str, by: Actor | None = None) -> None:
        """End a membership, if there is one; raises as `add_to_group`."""
        with self._store.change() as connection:
            person, found = find_account(connection, account), find_group(connection, group)
            connection.execute(
                delete(members).where(members.c.account_id == person.id, members.c.group_id == found.id)
            )
            self._note(connection, by, "group.remove", found.name, person.name)

    def set_groups_from(self, account: str, source: str, names: list[str], by: Actor | None = None) -> None:
        """Let an account be in exactly these of the existing groups by the word of a provider; what admins added it to stays."""
        keys = {key_of(name[:256]) for name in names}
        with self._store.change() as connection:
            wanted = set(connection.execute(select(groups.c.id).where(groups.c.name_key.in_(keys))).scalars())
            of_source = (members.c.account_id == account) & (members.c.source == source)
            connection.execute(delete(members).where(of_source, members.c.group_id.not_in(wanted)))
            for group in sorted(wanted):
                add_member(connection, account, group, source)
            self._note(
                connection,
                by,
                "group.provider",
                find_account(connection, account).name,
                f"{len(wanted)} groups",
            )

    def _groups(self, account: str | None = None) -> list[Group]:
        size = select(func.count()).where(members.c.group_id == groups.c.id).scalar_subquery()
        query = select(groups, size.label("size")).order_by(groups.c.name_key)
        if account is not None:
            query = query.where(
                groups.c.id.in_(select(members.c.group_id).where(members.c.account_id == account))
            )
        with self._store.read() as connection:
            return [Group(row.id, row.name, row.size, row.created_at) for row in connection.execute(query)]


def add_member(connection: Connection, account: str, group: str, source: str) -> None:
    """Make an account a member in a transaction, if it is not one."""
    if not count(connection, (members.c.account_id == account) & (members.c.group_id == group)):
        connection.execute(insert(members).values(account_id=account, group_id=group, source=source))


def _named(connection: Connection, name: str, but: str = "") -> dict[str, str]:
    label = check_label("the name of a group", name)
    if count(connection, (groups.c.name_key == key_of(label)) & (groups.c.id != but)):
        raise Conflict(f"a group named {label!r} exists: choose another name", reason="name-taken")
    return {"name": label, "name_key": key_of(label)}
