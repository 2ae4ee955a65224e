"""Links that work once: an invitation makes an account, a reset sets a new password. What one offers is kept, its secret is not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from framecast.accounts.account import Account, Actor
from framecast.accounts.groups import LOCAL, add_member
from framecast.accounts.part import Part, account_of, find_account, find_group
from framecast.accounts.password_changes import put_password
from framecast.accounts.people import insert_account
from framecast.accounts.secret import INVITATION, RESET, digest_of, is_secret, new_id, new_secret
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.model import number
from framecast.model.rights import Role
from framecast.model.text import shown
from framecast.store.schema import accounts, groups
from framecast.store.schema import links as offers

INVITATION_S = 7 * 86400.0
RESET_S = 86400.0
LONGEST_S = 90 * 86400.0
_SHORTEST_S = 60.0
MOST = 1000


class OfferKind(StrEnum):
    """What a link does."""

    INVITATION = "invitation"
    RESET = "reset"


_PREFIXES = {OfferKind.INVITATION: INVITATION, OfferKind.RESET: RESET}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a link offers. An invitation has `role` and the names of `groups`; a reset has the `account`. Times are UTC seconds."""

    id: str
    kind: OfferKind
    account: str | None
    account_name: str | None
    role: Role | None
    groups: tuple[str, ...]
    created_by: str | None
    created_at: float
    expires_at: float

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "account": self.account,
            "account_name": self.account_name,
            "role": None if self.role is None else str(self.role),
            "groups": list(self.groups),
            "created_by": self.created_by,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
        }


class Offers(Part):
    """The invitations and resets that nobody has used yet."""

    def invite(
        self,
        role: Role,
        groups: Sequence[str] = (),
        expires_s: float = INVITATION_S,
        by: Actor | None = None,
    ) -> tuple[Offer, str]:
        """Make an invitation to an account with this role, in these groups (ids or names); return it with its secret.

        Raises:
            NotFound: there is no such group.
            Invalid: the time is not allowed.
            Conflict: there are too many.
        """
        with self._store.write() as connection:
            ids = [find_group(connection, one).id for one in groups]
            made = self._make_offer(
                connection, OfferKind.INVITATION, expires_s, by, role=Role(role), groups=ids
            )
            self._note(connection, by, "invitation.make", str(role))
        return made

    def make_reset(
        self, account: str, expires_s: float = RESET_S, by: Actor | None = None
    ) -> tuple[Offer, str]:
        """Make a link that sets a new password for an account (id or name); earlier ones end. Raises as `invite`."""
        with self._store.write() as connection:
            found = find_account(connection, account)
            if found.is_service:
                raise Invalid(f"{found.name} is a service account and has no password: make a token for it")
            connection.execute(delete(offers).where(offers.c.account_id == found.id))
            made = self._make_offer(connection, OfferKind.RESET, expires_s, by, account=found.id)
            self._note(connection, by, "reset.make", found.name)
        return made

    def offer(self, secret: str) -> Offer:
        """Return what the link with this secret offers, for the page that it opens.

        Raises:
            NotFound: it has expired, was used or ended.
        """
        with self._store.read() as connection:
            return _offer(connection, self._find_offer(connection, secret, *OfferKind))

    def accept(
        self, secret: str, name: str, password: str, display_name: str = "", address: str = ""
    ) -> Account:
        """Make the account of an invitation, which ends.

        Raises:
            NotFound: it has expired, was used or ended.
            Invalid, Conflict, WouldBlock: as `People.create`; the invitation stays.
        """
        with self._store.read() as connection:
            self._find_offer(
                connection, secret, OfferKind.INVITATION
            )  # before a password is computed for nobody
        hashed = self._passwords.hash(password)
        with self._store.change() as connection:
            found = self._find_offer(connection, secret, OfferKind.INVITATION)
            made = insert_account(
                connection, name, Role(found.role), hashed, self._now(), display_name=display_name
            )
            kept = connection.execute(select(groups.c.id).where(groups.c.id.in_(json.loads(found.groups))))
            for group in kept.scalars().all():
                add_member(connection, made.id, group, LOCAL)
            connection.execute(delete(offers).where(offers.c.id == found.id))
            self._note(connection, Actor(made.id, address), "invitation.accept", made.name, str(made.role))
        return made

    def reset(self, secret: str, password: str, address: str = "") -> Account:
        """Set a new password by a reset, which ends, as do all sessions of the account.

        Raises:
            NotFound: it has expired, was used or ended.
            Denied: the account is locked.
            Invalid, WouldBlock: as `People.create`; the reset stays.
        """
        with self._store.read() as connection:
            self._find_offer(connection, secret, OfferKind.RESET)
        hashed = self._passwords.hash(password)
        with self._store.change() as connection:
            found = self._find_offer(connection, secret, OfferKind.RESET)
            account = find_account(connection, found.account_id)
            if account.locked:
                raise Denied("this account is locked: ask an admin")
            put_password(connection, account.id, hashed, self._now())
            self._note(connection, Actor(account.id, address), "reset.use", account.name)
        return account_of(account)

    def offers(self) -> list[Offer]:
        """Return all invitations and resets that can still be used, the newest first."""
        live = select(offers).where(offers.c.expires_at > self._now()).order_by(offers.c.created_at.desc())
        with self._store.read() as connection:
            return [_offer(connection, row) for row in connection.execute(live.limit(MOST)).all()]

    def end_offer(self, offer_id: str, by: Actor | None = None) -> None:
        """End an invitation or a reset.

        Raises:
            NotFound: there is no such one.
        """
        with self._store.write() as connection:
            found = connection.execute(select(offers).where(offers.c.id == offer_id)).first()
            if found is None:
                raise NotFound(f"there is no invitation and no reset {shown(offer_id, 40)!r}")
            connection.execute(delete(offers).where(offers.c.id == offer_id))
            self._note(connection, by, f"{found.kind}.end")

    def _make_offer(
        self,
        connection: Connection,
        kind: OfferKind,
        expires_s: float,
        by: Actor | None,
        *,
        account: str | None = None,
        role: Role | None = None,
        groups: Sequence[str] = (),
    ) -> tuple[Offer, str]:
        secret, now, offer_id = new_secret(_PREFIXES[kind]), self._now(), new_id()
        connection.execute(delete(offers).where(offers.c.expires_at <= now))
        if len(connection.execute(select(offers.c.id).limit(MOST)).all()) >= MOST:
            raise Conflict(f"there are {MOST} open invitations and resets, the limit: end some first")
        connection.execute(
            insert(offers).values(
                id=offer_id,
                digest=digest_of(secret),
                kind=kind,
                account_id=account,
                role=role,
                groups=json.dumps(list(groups)),
                created_by=by.account if by else None,
                created_at=now,
                expires_at=now + _lifetime(expires_s),
            )
        )
        return _offer(
            connection, connection.execute(select(offers).where(offers.c.id == offer_id)).one()
        ), secret

    def _find_offer(self, connection: Connection, secret: str, *kinds: OfferKind) -> Row[Any]:
        if any(is_secret(secret, _PREFIXES[kind]) for kind in kinds):
            same = (offers.c.digest == digest_of(secret)) & offers.c.kind.in_(kinds)
            found = connection.execute(select(offers).where(same, offers.c.expires_at > self._now())).first()
            if found is not None:
                return found
        raise NotFound("this link has expired, was used or was ended: ask for another one")


def _offer(connection: Connection, row: Row[Any]) -> Offer:
    ids = json.loads(row.groups)
    query = select(groups.c.name).where(groups.c.id.in_(ids)).order_by(groups.c.name_key)
    names = connection.execute(query).scalars().all() if ids else ()
    whose = select(accounts.c.name).where(accounts.c.id == row.account_id)
    return Offer(
        id=row.id,
        kind=OfferKind(row.kind),
        account=row.account_id,
        account_name=connection.execute(whose).scalar_one_or_none() if row.account_id else None,
        role=Role(row.role) if row.role else None,
        groups=tuple(names),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _lifetime(expires_s: float) -> float:
    try:
        return number.real(expires_s, _SHORTEST_S, LONGEST_S)
    except ValueError:
        raise Invalid(f"a link must expire after one minute to 90 days, got {expires_s!r:.40} s") from None
