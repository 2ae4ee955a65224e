"""Accounts: make, find, change, delete."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from framecast.accounts.account import Account, Actor
from framecast.accounts.naming import check_account_name, key_of
from framecast.accounts.part import Part, account_of, count, find_account
from framecast.accounts.passwords import check_password
from framecast.accounts.secret import new_id
from framecast.accounts.streams import remove_streams
from framecast.accounts.videos import count_videos, give_videos, has_library, remove_videos
from framecast.errors import Conflict, Field, Invalid
from framecast.model.naming import check_display_name
from framecast.model.rights import Role
from framecast.model.text import shown
from framecast.store.schema import accounts, sessions
from framecast.store.schema import streams as saved

PAGE = 100
MOST_PAGE = 1000


class People(Part):
    """The accounts themselves."""

    def create(
        self,
        name: str,
        *,
        role: Role,
        password: str | None = None,
        display_name: str = "",
        is_service: bool = False,
        by: Actor | None = None,
    ) -> Account:
        """Make an account. Without a password nobody signs in by one.

        Raises:
            Invalid: a name or the password is not allowed.
            Conflict: the name is taken.
            WouldBlock: too many passwords are being computed.
        """
        if is_service and password is not None:
            raise Invalid("a service account has no password: make a token for it")
        hashed = self._passwords.hash(password) if password is not None else None
        with self._store.change() as connection:
            made = insert_account(
                connection, name, role, hashed, self._now(), display_name=display_name, is_service=is_service
            )
            self._note(connection, by, "account.create", made.name, str(made.role))
        return made

    def all(self, *, after: str = "", most: int = PAGE, role: Role | None = None) -> list[Account]:
        """Return accounts in the order of their names: those behind the name `after`, at most `most`."""
        query = select(accounts).where(accounts.c.name_key > key_of(after)).order_by(accounts.c.name_key)
        if role is not None:
            query = query.where(accounts.c.role == role)
        with self._store.read() as connection:
            return [account_of(row) for row in connection.execute(query.limit(min(most, MOST_PAGE)))]

    def account(self, id_or_name: str) -> Account:
        """Return one account.

        Raises:
            NotFound: there is no such account.
        """
        with self._store.read() as connection:
            return account_of(find_account(connection, id_or_name))

    def count(self, role: Role | None = None) -> int:
        """Return how many accounts there are, in all or with one role."""
        query = select(func.count()).select_from(accounts)
        if role is not None:
            query = query.where(accounts.c.role == role)
        with self._store.read() as connection:
            return int(connection.execute(query).scalar_one())

    def change(
        self,
        id_or_name: str,
        *,
        name: str | None = None,
        display_name: str | None = None,
        role: Role | None = None,
        locked: bool | None = None,
        by: Actor | None = None,
    ) -> Account:
        """Change an account; what is None stays. Locking it ends its sessions, and its tokens open nothing while it lasts.

        Raises:
            NotFound: there is no such account.
            Invalid, Conflict: a name is not allowed, or is taken.
            Conflict: the last admin would go.
        """
        with self._store.change() as connection:
            found = find_account(connection, id_or_name)
            wanted = _changes(connection, found, name, display_name, role, locked)
            if wanted.get("role", found.role) != Role.ADMIN or wanted.get("locked", found.locked):
                check_not_last_admin(connection, found)
            if wanted:
                connection.execute(update(accounts).where(accounts.c.id == found.id).values(wanted))
            if wanted.get("locked"):
                connection.execute(delete(sessions).where(sessions.c.account_id == found.id))
            said = ", ".join(f"{key} {value}" for key, value in wanted.items() if key != "name_key")
            self._note(connection, by, "account.change", found.name, said or "nothing")
            return account_of(find_account(connection, found.id))

    def delete(
        self,
        id_or_name: str,
        *,
        streams: str | None = None,
        to: str | None = None,
        videos: str | None = None,
        by: Actor | None = None,
    ) -> list[str]:
        """Delete an account with its credentials; return the streams that went with it.

        `streams` says what becomes of those that it owns: `give` them (`to` an account, None: the admins), or `remove` them. So does `videos`
        of videos and playlists; without it they are given if the streams are.

        Raises:
            NotFound: there is no such account.
            Conflict: it is the last admin, or owns streams or videos of which nothing is said; the fields `streams` and `videos` say how many.
            Invalid: `streams` or `videos` is something else, or `to` may not own them.
        """
        for what, fate in (("streams", streams), ("videos", videos)):
            if fate not in (None, "give", "remove"):
                raise Invalid(f"{what} must be 'give' or 'remove', got {shown(fate, 40)!r}")
        videos = videos or ("give" if streams == "give" else None)
        with self._store.change() as connection:
            found = find_account(connection, id_or_name)
            check_not_last_admin(connection, found)
            owned = list(connection.execute(select(saved.c.name).where(saved.c.owner == found.id)).scalars())
            stored = count_videos(connection, found.id)
            _check_said(found.name, len(owned), streams, stored, videos)
            is_given = (owned and streams == "give") or (
                videos == "give" and has_library(connection, found.id)
            )
            heir = _heir(connection, to, found.id) if is_given else None
            if streams == "remove":
                remove_streams(connection, owned, self._now())
            else:
                connection.execute(update(saved).where(saved.c.owner == found.id).values(owner=heir))
            if videos == "give":
                give_videos(connection, found.id, heir)
            else:
                remove_videos(connection, found.id, self._now())
            connection.execute(delete(accounts).where(accounts.c.id == found.id))
            fates = [_fate("streams", len(owned), streams, to)]
            if stored:
                fates.append(_fate("videos", stored, videos, to))
            self._note(connection, by, "account.delete", found.name, ", ".join(fates))
        return owned if streams == "remove" else []


def check_not_last_admin(connection: Connection, account: Row[Any]) -> None:
    """Check that an admin other than this account remains who can come in. In a transaction of `change`, so that two cannot go at once.

    Raises:
        Conflict: no other admin remains.
    """
    if account.role != Role.ADMIN or account.locked or account.is_service:
        return
    others = (accounts.c.role == Role.ADMIN) & accounts.c.locked.is_(False) & accounts.c.is_service.is_(False)
    if not count(connection, others & (accounts.c.id != account.id)):
        raise Conflict(
            f"{account.name} is the last admin: make another account an admin first", reason="last-admin"
        )


def _changes(
    connection: Connection,
    found: Row[Any],
    name: str | None,
    display_name: str | None,
    role: Role | None,
    locked: bool | None,
) -> dict[str, Any]:
    """Return the columns that change."""
    wanted: dict[str, Any] = {}
    if name is not None:
        wanted |= _named(connection, name, but=found.id)
    if display_name is not None:
        wanted["display_name"] = _label(display_name)
    if role is not None:
        wanted["role"] = str(Role(role))
    if locked is not None:
        wanted["locked"] = locked
    return {key: value for key, value in wanted.items() if getattr(found, key) != value}


def _check_said(name: str, owned: int, streams: str | None, stored: int, videos: str | None) -> None:
    """Check that something was said about whatever the account owns."""
    open_ends = {"streams": owned if streams is None else 0, "videos": stored if videos is None else 0}
    counts: dict[str, Field] = {what: count for what, count in open_ends.items() if count}
    if counts:
        what = " and ".join(f"{count} {kind}" for kind, count in counts.items())
        raise Conflict(f"the account {name} owns {what}: say what becomes of them, give or remove", **counts)


def _heir(connection: Connection, to: str | None, leaving: str) -> str | None:
    if to is None:
        return None
    heir = find_account(connection, to)
    if heir.role == Role.VIEWER or heir.id == leaving:
        raise Invalid(f"{heir.name} cannot get them: choose another account that is a member or an admin")
    return str(heir.id)


def _fate(what: str, count: int, fate: str | None, to: str | None) -> str:
    if not count:
        return f"owned no {what}"
    return f"{count} {what} removed" if fate == "remove" else f"{count} {what} given to {to or 'the admins'}"


def check_new(name: str, password: str | None) -> None:
    """Check the name and the password of a new account without a database.

    Raises:
        Invalid: one is not allowed.
    """
    check_account_name(name)
    if password is not None:
        check_password(password)


def insert_account(
    connection: Connection,
    name: str,
    role: Role,
    password_hash: str | None,
    now: float,
    *,
    display_name: str = "",
    is_service: bool = False,
) -> Account:
    """Make an account in a transaction; raises as `People.create`."""
    values = {
        "id": new_id(),
        **_named(connection, name),
        "display_name": _label(display_name),
        "role": str(Role(role)),
        "is_service": is_service,
        "password_hash": password_hash,
        "password_at": now if password_hash else None,
        "created_at": now,
    }
    connection.execute(insert(accounts).values(**values))
    return account_of(find_account(connection, str(values["id"])))


def _named(connection: Connection, name: str, but: str = "") -> dict[str, str]:
    """Return the columns of a name that no account but `but` has."""
    checked = check_account_name(name)
    key = key_of(checked)
    if count(connection, (accounts.c.name_key == key) & (accounts.c.id != but)):
        raise Conflict(f"an account named {checked!r} exists: choose another name", reason="name-taken")
    return {"name": checked, "name_key": key}


def _label(display_name: str) -> str:
    try:
        return check_display_name(display_name)
    except Invalid as error:
        raise Invalid(f"display_name {error}") from None
