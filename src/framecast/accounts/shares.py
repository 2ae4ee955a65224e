"""Shared pages: a page with one stream or one video for people without an account, until an end, behind a password if wanted.

A link has a secret of its own, which opens nothing but the question for the password. What the page then uses is a media token, made of the
secret and the password's hash by HMAC: the same for all who know both, so however many people open a link, nothing is stored. The database
has the digests of both secrets. The media token has the rights that the account of the link has at that moment, and ends with the link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, insert, select

from framecast.accounts import failures
from framecast.accounts.account import Actor
from framecast.accounts.naming import check_label
from framecast.accounts.part import Part, count, find_account
from framecast.accounts.passwords import check_password
from framecast.accounts.secret import SHARE, TOKEN, digest_of, is_secret, new_id, new_secret
from framecast.accounts.tokens import MOST_OF_AN_ACCOUNT, TokenKind, check_reach, lifetime
from framecast.errors import Conflict, Denied, Invalid, NotFound, WouldBlock
from framecast.model.rights import Scope
from framecast.model.text import shown
from framecast.store.schema import accounts, tokens


@dataclass(frozen=True, slots=True)
class ShareInfo:
    """What is known about a shared page; its secret is not. Times are UTC seconds, None: never."""

    id: str
    account: str
    account_name: str
    name: str
    stream: str | None
    video: str | None
    has_password: bool
    created_at: float
    used_at: float | None
    used_from: str
    expires_at: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "account": self.account,
            "account_name": self.account_name,
            "name": self.name,
            "stream": self.stream,
            "video": self.video,
            "has_password": self.has_password,
            "created_at": self.created_at,
            "used_at": self.used_at,
            "used_from": self.used_from,
            "expires_at": self.expires_at,
        }


@dataclass(frozen=True, slots=True)
class OpenedShare:
    """What came of opening a link: its media token, or why not. `delay_s`: for how long a server holds the answer back.

    Without `token`, `reason` is `password` (one is needed), `wrong`, or `too-many`: then `wait_s` says when it may be tried again.
    """

    share: ShareInfo | None = None
    token: str = field(default="", repr=False)
    reason: str = ""
    wait_s: float = 0.0
    delay_s: float = 0.0


class Shares(Part):
    """The shared pages of all accounts."""

    def make_share(
        self,
        account: str,
        name: str,
        *,
        stream: str | None = None,
        video: str | None = None,
        expires_s: float | None = None,
        password: str | None = None,
        by: Actor | None = None,
    ) -> tuple[ShareInfo, str]:
        """Make a link of an account (by id or name); return it with its secret, which nobody can show again.

        Raises:
            NotFound: there is no such account.
            Invalid: the name, the stream, the video, the time or the password is not allowed.
            Conflict: the account has too many links and tokens. WouldBlock: too many logins at once.
        """
        label = check_label("the name of a shared page", name)
        if (stream is None) == (video is None):
            raise Invalid("a shared page needs one stream or one video")
        check_reach(TokenKind.MEDIA, stream, video)
        if password is not None:
            check_password(password)
        hashed = None if password is None else self._passwords.hash(password)
        secret, now, share_id = new_secret(SHARE), self._now(), new_id()
        expires_at = None if expires_s is None else now + lifetime(expires_s)
        with self._store.write() as connection:
            owner = find_account(connection, account)
            if count(connection, tokens.c.account_id == owner.id) >= MOST_OF_AN_ACCOUNT:
                raise Conflict(
                    f"the account {owner.name} has {MOST_OF_AN_ACCOUNT} tokens and shared pages, the limit: end some first"
                )
            connection.execute(
                insert(tokens).values(
                    id=share_id,
                    account_id=owner.id,
                    digest=digest_of(_token(secret, hashed)),
                    share_digest=digest_of(secret),
                    password_hash=hashed,
                    kind=TokenKind.MEDIA,
                    name=label,
                    scopes=str(Scope.WATCH),
                    stream=stream,
                    video=video,
                    created_at=now,
                    expires_at=expires_at,
                )
            )
            with_password = "with password" if hashed else "without password"
            self._note(connection, by, "share.make", f"{owner.name}: {stream or video}", with_password)
            info = _info(connection.execute(_QUERY.where(tokens.c.id == share_id)).one())
        return info, secret

    def shares(
        self, account: str | None = None, *, stream: str | None = None, video: str | None = None
    ) -> list[ShareInfo]:
        """Return the links that have not expired, of one account (by id) or of all, the oldest first."""
        live = tokens.c.expires_at.is_(None) | (tokens.c.expires_at > self._now())
        query = _QUERY.where(live).order_by(tokens.c.created_at, tokens.c.id)
        for column, wanted in (
            (tokens.c.account_id, account),
            (tokens.c.stream, stream),
            (tokens.c.video, video),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._store.read() as connection:
            return [_info(row) for row in connection.execute(query)]

    def open_share(self, secret: str, password: str | None, address: str = "") -> OpenedShare:
        """Return the media token of a link, or why it is not given. A wrong password is counted and slowed as one of a login.

        Raises:
            Denied: no link has this secret, or it has ended or expired, or its account is locked.
            WouldBlock: too many logins at once.
        """
        row = self._found(secret)
        info = _info(row)
        if row.password_hash is None:
            return OpenedShare(info, _token(secret, None))
        if not password:
            return OpenedShare(reason="password")
        with self._store.write() as connection:
            counted = failures.reserve(connection, self._now(), address, f"share {row.id}", None)
        if counted.wait_s:
            return OpenedShare(reason="too-many", wait_s=counted.wait_s)
        try:
            is_right = self._passwords.verify(row.password_hash, password)
        except WouldBlock:
            with self._store.write() as connection:
                failures.release(connection, counted, was_right=False)
            raise
        with self._store.write() as connection:
            if is_right:
                failures.release(connection, counted, was_right=True)
            else:
                target = f"{row.account_name}: {row.stream or row.video}"
                self._note(connection, Actor(None, address, "shared page"), "share.open", target, "refused")
        if not is_right:
            return OpenedShare(reason="wrong", delay_s=counted.delay_s)
        return OpenedShare(info, _token(secret, row.password_hash), delay_s=counted.delay_s)

    def end_share(self, share_id: str, *, account: str | None = None, by: Actor | None = None) -> None:
        """End a link now. With `account` only one of that account.

        Raises:
            NotFound: there is no such link.
        """
        with self._store.change() as connection:
            found = connection.execute(_QUERY.where(tokens.c.id == share_id)).first()
            if found is None or account not in (None, found.account_id):
                raise NotFound(f"there is no shared page {shown(share_id, 40)!r}")
            connection.execute(delete(tokens).where(tokens.c.id == share_id))
            self._note(connection, by, "share.end", f"{found.account_name}: {found.stream or found.video}")

    def _found(self, secret: str) -> Row[Any]:
        found = None
        if is_secret(secret, SHARE):
            with self._store.read() as connection:
                found = connection.execute(
                    _QUERY.where(tokens.c.share_digest == digest_of(secret), accounts.c.locked.is_(False))
                ).first()
        if found is None or (found.expires_at is not None and found.expires_at <= self._now()):
            raise Denied("this link does not exist, has expired, or was ended", reason="share")
        return found


def _token(secret: str, password_hash: str | None) -> str:
    """Return the media token of a link. The hash has random salt, so the secret of the link alone does not lead to it."""
    made = hmac.new(secret.encode(), b"framecast share\0" + (password_hash or "").encode(), hashlib.sha256)
    return TOKEN + base64.urlsafe_b64encode(made.digest()).rstrip(b"=").decode()


_QUERY = (
    select(tokens, accounts.c.name.label("account_name"))
    .select_from(tokens.join(accounts, accounts.c.id == tokens.c.account_id))
    .where(tokens.c.share_digest.is_not(None))
)


def _info(row: Row[Any]) -> ShareInfo:
    return ShareInfo(
        id=row.id,
        account=row.account_id,
        account_name=row.account_name,
        name=row.name,
        stream=row.stream,
        video=row.video,
        has_password=row.password_hash is not None,
        created_at=row.created_at,
        used_at=row.used_at,
        used_from=row.used_from,
        expires_at=row.expires_at,
    )
