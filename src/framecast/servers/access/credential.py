"""What a client shows to be admitted. Pure values; none appears in a `repr`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

# How the secrets of accounts begin: of tokens, and of sessions in a cookie.
TOKEN_PREFIX = "fct_"  # noqa: S105
SESSION_PREFIX = "fcs_"
# An invitation to a private room; as `accounts.secret` makes it.
_ROOM_SECRET = re.compile(r"fcm_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ShownToken:
    """The access token, a token of an account, or what a client takes for one: by Bearer, by Basic, by PLAIN, in the login form."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The value of the cookie that a browser has since its login; '' without a cookie."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkToken:
    """A token in a URL: of a share link, or of an account for one stream or video. `stream` and `video` are what the request is about.

    `stream` is None if that is not exactly one stream, `video` if it is no video.
    """

    text: str = field(repr=False)
    stream: str | None
    video: str | None = None


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A CURVE key whose secret half the client has proved to have."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class ProxyName:
    """The name of the account that a trusted proxy says is signed in there."""

    name: str


@dataclass(frozen=True, slots=True)
class LocalUser:
    """A user of this machine, as the node says. `is_own`: the user that runs the node, or root."""

    uid: int
    is_own: bool


Credential: TypeAlias = ShownToken | SessionCookie | LinkToken | PublicKey | ProxyName | LocalUser | None


def is_room_secret(text: str) -> bool:
    """Return whether a text has the form of an invitation to a room; the database is not asked about any other."""
    return _ROOM_SECRET.fullmatch(text) is not None
