"""The identity behind a credential: a session or a token in, an account with its rights out, by one query."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Row,
    Select,
    Table,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)

from framecast.accounts.naming import key_of
from framecast.accounts.part import Part, kept
from framecast.accounts.secret import SESSION, TOKEN, digest_of, is_secret
from framecast.errors import FramecastError
from framecast.model import curvekeys
from framecast.model.rights import Grant, Right, Rights, Role, Scope
from framecast.store.schema import accounts, curve_keys, grants, members, sessions, tokens, uids

log = logging.getLogger("framecast.accounts")

# How exactly the database knows when a credential was used last: not every use is a transaction.
USED_EVERY_S = 60.0


class CredentialKind(StrEnum):
    """By what an account was identified."""

    SESSION = "session"
    API = "api"
    MEDIA = "media"
    SCREEN = "screen"
    KEY = "key"  # a CURVE key
    UID = "uid"  # a user of this machine
    PROXY = "proxy"  # named by a proxy that the web server trusts


@dataclass(frozen=True, slots=True)
class Identity:
    """An account by one of its credentials, and what it may do. `expires_at` is UTC seconds, None: never."""

    account: str
    name: str
    display_name: str
    role: Role
    kind: CredentialKind
    credential: str  # the id of the session or token, the key, the uid, the id of the account
    rights: Rights
    expires_at: float | None


class Identities(Part):
    """Finds the account of a credential."""

    def identify(self, secret_text: str, address: str = "") -> Identity | None:
        """Return whose session or token this is; None for one that is unknown, has expired, or belongs to a locked account."""
        table = next((table for prefix, table in _TABLES.items() if is_secret(secret_text, prefix)), None)
        if table is None:
            return None
        now = self._now()
        live = (
            table.c.digest == digest_of(secret_text),
            or_(table.c.expires_at.is_(None), table.c.expires_at > now),
        )
        rows = self._rows(_credential(table).where(*live))
        if rows and (rows[0].used_at is None or rows[0].used_at < now - USED_EVERY_S):
            self._use(table, rows[0].credential, address, now)
        return _identity(rows)

    def key_owner(self, public_key: bytes) -> Identity | None:
        """Return whose CURVE key these 32 bytes are; None if no account has it."""
        query = _owner(curve_keys, CredentialKind.KEY, curve_keys.c.public_key, curve_keys.c.scopes)
        return _identity(self._rows(query.where(curve_keys.c.public_key == curvekeys.encode(public_key))))

    def uid_owner(self, uid: int) -> Identity | None:
        """Return the account of a user of this machine; None if there is no such account."""
        return _identity(
            self._rows(_owner(uids, CredentialKind.UID, uids.c.uid, literal("")).where(uids.c.uid == uid))
        )

    def person_named(self, name: str) -> Identity | None:
        """Return the account of a person by its name, whom somebody else has signed in; None for unknown, locked and service accounts."""
        nothing = null()
        query = _account(
            accounts,
            literal(str(CredentialKind.PROXY)).label("kind"),
            accounts.c.id.label("credential"),
            nothing.label("scopes"),
            nothing.label("only_stream"),
            nothing.label("only_video"),
            nothing.label("used_at"),
            nothing.label("expires_at"),
        )
        person = accounts.c.name_key == key_of(name), accounts.c.is_service.is_(False)
        return _identity(self._rows(query.where(*person)))

    def _rows(self, credential: Select[Any]) -> list[Row[Any]]:
        with self._store.read() as connection:
            return list(connection.execute(_with_grants(credential.cte("me"))))

    def _use(self, table: Table, credential: str, address: str, now: float) -> None:
        values: dict[str, object] = {"used_at": now}
        if table is tokens and address:  # whether somebody may stay is asked without one
            values["used_from"] = kept(address, 64)
        try:
            with self._store.write() as connection:
                connection.execute(update(table).where(table.c.id == credential).values(values))
        except FramecastError as error:  # a use that is not noted is no reason to refuse it
            log.debug("the use of a credential was not noted: %s", error)


_TABLES = {SESSION: sessions, TOKEN: tokens}


def _credential(table: Table) -> Select[Any]:
    """Select a session or a token with its account."""
    facts: tuple[ColumnElement[Any], ...]
    if table is sessions:
        facts = (literal(str(CredentialKind.SESSION)), literal(None), literal(None), literal(None))
    else:
        facts = (tokens.c.kind, tokens.c.scopes, tokens.c.stream, tokens.c.video)
    kind, scopes, stream, video = facts
    return _account(
        table,
        kind.label("kind"),
        table.c.id.label("credential"),
        scopes.label("scopes"),
        stream.label("only_stream"),
        video.label("only_video"),
        table.c.used_at.label("used_at"),
        table.c.expires_at.label("expires_at"),
    )


def _owner(
    table: Table, kind: CredentialKind, key: ColumnElement[Any], scopes: ColumnElement[str]
) -> Select[Any]:
    """Select a credential that neither expires nor is noted when used."""
    nothing = null()
    return _account(
        table,
        literal(str(kind)).label("kind"),
        key.label("credential"),
        scopes.label("scopes"),
        nothing.label("only_stream"),
        nothing.label("only_video"),
        nothing.label("used_at"),
        nothing.label("expires_at"),
    )


def _account(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    whose = (accounts.c.id, accounts.c.name, accounts.c.display_name, accounts.c.role)
    joined = table if table is accounts else table.join(accounts, accounts.c.id == table.c.account_id)
    return select(*whose, *columns).select_from(joined).where(accounts.c.locked.is_(False))


def _with_grants(me: CTE) -> Select[Any]:
    """Select the account once for each of its grants, and once if it has no grant."""
    what = (grants.c.right.label("granted"), grants.c.stream, grants.c.stream_group)
    own = select(*what).join(me, grants.c.account_id == me.c.id)
    by_group = (
        select(*what)
        .join(members, members.c.group_id == grants.c.group_id)
        .join(me, me.c.id == members.c.account_id)
    )
    everybody = select(*what).where(grants.c.subject_kind == "everybody")
    mine = union_all(own, by_group, everybody).subquery("mine")
    return select(me, mine).select_from(me.outerjoin(mine, true()))


def _identity(rows: list[Row[Any]]) -> Identity | None:
    if not rows:
        return None
    first = rows[0]
    granted = dict.fromkeys(
        Grant(Right(row.granted), row.stream, row.stream_group) for row in rows if row.granted is not None
    )
    rights = Rights(
        Role(first.role),
        first.id,
        tuple(granted),
        scopes_from_text(first.scopes),
        first.only_stream,
        first.only_video,
    )
    return Identity(
        account=first.id,
        name=first.name,
        display_name=first.display_name,
        role=Role(first.role),
        kind=CredentialKind(first.kind),
        credential=str(first.credential),
        rights=rights,
        expires_at=first.expires_at,
    )


def scopes_from_text(text: str | None) -> frozenset[Scope] | None:
    """Return the scopes in a column of the database; None for all."""
    return frozenset(map(Scope, text.split())) if text else None
