"""Tokens: credentials of programs, players and screens, each with scopes and, if wanted, one stream and an end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, insert, select

from framecast.accounts.account import Actor
from framecast.accounts.identity import scopes_from_text
from framecast.accounts.naming import check_label
from framecast.accounts.part import Part, count, find_account
from framecast.accounts.secret import TOKEN, digest_of, new_id, new_secret
from framecast.errors import Conflict, Invalid, NotFound
from framecast.model import number
from framecast.model.rights import Scope
from framecast.model.stream import check_name
from framecast.model.text import shown
from framecast.store.schema import accounts, tokens

MOST_OF_AN_ACCOUNT = 1000
LONGEST_S = 10 * 366 * 86400.0
_SHORTEST_S = 1.0
_VIDEO = re.compile(r"[A-Za-z0-9_-]{1,32}")


class TokenKind(StrEnum):
    """What a token is for."""

    API = "api"  # a program
    MEDIA = "media"  # a player: it watches one stream or one video
    SCREEN = "screen"  # a wall: it watches and lists


# What a kind of token has if nothing is said, and the most that it may have.
SCOPES: dict[TokenKind, frozenset[Scope]] = {
    TokenKind.API: frozenset(Scope),
    TokenKind.MEDIA: frozenset({Scope.WATCH}),
    TokenKind.SCREEN: frozenset({Scope.WATCH, Scope.READ, Scope.RELAY}),
}


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What is known about a token; the secret is not. Times are UTC seconds, None: never."""

    id: str
    account: str
    account_name: str
    kind: TokenKind
    name: str
    scopes: frozenset[Scope]
    stream: str | None
    video: str | None
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
            "kind": str(self.kind),
            "name": self.name,
            "scopes": sorted(map(str, self.scopes)),
            "stream": self.stream,
            "video": self.video,
            "created_at": self.created_at,
            "used_at": self.used_at,
            "used_from": self.used_from,
            "expires_at": self.expires_at,
        }


class Tokens(Part):
    """The tokens of all accounts."""

    def make_token(
        self,
        account: str,
        name: str,
        scopes: Iterable[Scope | str],
        *,
        stream: str | None = None,
        video: str | None = None,
        expires_s: float | None = None,
        kind: TokenKind | str = TokenKind.API,
        by: Actor | None = None,
    ) -> tuple[TokenInfo, str]:
        """Make a token of an account (by id or name); return it with its secret, which nobody can show again.

        A token never has more rights than its account has at the time of use. `expires_s` None: it does not expire.

        Raises:
            NotFound: there is no such account.
            Invalid: a scope, the name, the stream, the video or the time is not allowed.
            Conflict: the account has too many tokens.
        """
        chosen, wanted = TokenKind(kind), _scopes(scopes, TokenKind(kind))
        label = check_label("the name of a token", name)
        check_reach(chosen, stream, video)
        secret, now = new_secret(TOKEN), self._now()
        expires_at = None if expires_s is None else now + lifetime(expires_s)
        with self._store.write() as connection:
            owner = find_account(connection, account)
            if count(connection, tokens.c.account_id == owner.id) >= MOST_OF_AN_ACCOUNT:
                raise Conflict(
                    f"the account {owner.name} has {MOST_OF_AN_ACCOUNT} tokens, the limit: end some first"
                )
            token_id = new_id()
            connection.execute(
                insert(tokens).values(
                    id=token_id,
                    account_id=owner.id,
                    digest=digest_of(secret),
                    kind=chosen,
                    name=label,
                    scopes=" ".join(sorted(wanted)),
                    stream=stream,
                    video=video,
                    created_at=now,
                    expires_at=expires_at,
                )
            )
            self._note(connection, by, "token.make", f"{owner.name}: {label}", " ".join(sorted(wanted)))
            info = _info(connection.execute(_QUERY.where(tokens.c.id == token_id)).one())
        return info, secret

    def tokens(self, account: str | None = None, most: int = 10_000) -> list[TokenInfo]:
        """Return the tokens that have not expired, of one account (by id) or of all."""
        live = tokens.c.expires_at.is_(None) | (tokens.c.expires_at > self._now())
        query = _QUERY.where(live).order_by(tokens.c.created_at, tokens.c.id).limit(most)
        if account is not None:
            query = query.where(tokens.c.account_id == account)
        with self._store.read() as connection:
            return [_info(row) for row in connection.execute(query)]

    def end_token(self, token_id: str, *, account: str | None = None, by: Actor | None = None) -> None:
        """End a token now. With `account` only one of that account.

        Raises:
            NotFound: there is no such token.
        """
        with self._store.change() as connection:
            found = connection.execute(_QUERY.where(tokens.c.id == token_id)).first()
            if found is None or account not in (None, found.account_id):
                raise NotFound(f"there is no token {shown(token_id, 40)!r}")
            connection.execute(delete(tokens).where(tokens.c.id == token_id))
            self._note(connection, by, "token.end", f"{found.account_name}: {found.name}")


def check_scopes(given: Iterable[Scope | str]) -> frozenset[Scope]:
    """Return scopes by their names.

    Raises:
        Invalid: one does not exist.
    """
    known = {str(one): one for one in Scope}
    names = [str(one) for one in given]
    for name in names:
        if name not in known:
            raise Invalid(f"a scope must be one of {', '.join(known)}, got {shown(name, 40)!r}")
    return frozenset(known[name] for name in names)


def check_reach(kind: TokenKind, stream: str | None, video: str | None) -> None:
    """Check what a token is bound to.

    Raises:
        Invalid: it is no name of a stream or id of a video; it is both; or a media token is bound to nothing.
    """
    if stream is not None and video is not None:
        raise Invalid("a token must be for a stream or for a video, got both")
    if stream is not None:
        check_name(stream)
    if video is not None and kind is not TokenKind.MEDIA:
        raise Invalid(f"a token for one video must be of the kind media, got {kind}")
    if video is not None and not _VIDEO.fullmatch(video):
        raise Invalid(f"the id of a video must be 1 to 32 letters, digits, - and _, got {shown(video, 40)!r}")
    if kind is TokenKind.MEDIA and stream is None and video is None:
        raise Invalid("a media token needs a stream or a video: it opens exactly one")


def _scopes(given: Iterable[Scope | str], kind: TokenKind) -> frozenset[Scope]:
    scopes = check_scopes(given) or (SCOPES[kind] if kind is not TokenKind.API else frozenset())
    if not scopes:
        raise Invalid(f"a token needs a scope: one or more of {', '.join(Scope)}")
    if not scopes <= SCOPES[kind]:
        allowed = ", ".join(sorted(SCOPES[kind]))
        raise Invalid(
            f"a token of the kind {kind} has at most the scopes {allowed}, got {', '.join(sorted(scopes))}"
        )
    return scopes


def lifetime(expires_s: float) -> float:
    """Return for how many seconds a token counts.

    Raises:
        Invalid: less than a second, or more than ten years.
    """
    try:
        return number.real(expires_s, _SHORTEST_S, LONGEST_S)
    except ValueError:
        raise Invalid(f"a token must expire after 1 second to ten years, got {expires_s!r:.40} s") from None


# Shared pages are rows of the same table: see `shares`.
_QUERY = (
    select(tokens, accounts.c.name.label("account_name"))
    .select_from(tokens.join(accounts, accounts.c.id == tokens.c.account_id))
    .where(tokens.c.share_digest.is_(None))
)


def _info(row: Row[Any]) -> TokenInfo:
    return TokenInfo(
        id=row.id,
        account=row.account_id,
        account_name=row.account_name,
        kind=TokenKind(row.kind),
        name=row.name,
        scopes=scopes_from_text(row.scopes) or frozenset(),
        stream=row.stream,
        video=row.video,
        created_at=row.created_at,
        used_at=row.used_at,
        used_from=row.used_from,
        expires_at=row.expires_at,
    )
