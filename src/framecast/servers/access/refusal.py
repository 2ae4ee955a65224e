"""Why a client was not admitted: a reason and its fields. A server makes its own answer of them. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from framecast.errors import Denied


class Reason(StrEnum):
    """One for each cause."""

    NO_CREDENTIAL = "no credential"
    WRONG_TOKEN = "wrong token"  # noqa: S105
    TOO_MANY_FAILURES = "too many failures"  # the address has to wait
    UNKNOWN_SESSION = "unknown session"
    UNKNOWN_KEY = "unknown key"
    UNKNOWN_NAME = "unknown name"  # a trusted proxy names somebody without an account
    UNKNOWN_USER = "unknown user"  # a user of this machine without an account
    KEY_SCOPE = "key scope"  # a key opens the media of streams only
    LINK_UNKNOWN = "link unknown"
    LINK_VERSION = "link version"
    LINK_EXPIRED = "link expired"
    LINK_ENDED = "link ended"
    LINK_STREAM = "link stream"  # it is for another stream
    LINK_SCOPE = "link scope"  # it opens the media of a stream only
    LINKS_UNREADABLE = "links unreadable"
    NOT_IN_URL = "not in a URL"  # a token of an account that is not for one stream
    NOT_ALLOWED = "not allowed"  # the client is known, and lacks the right


# For people, of links: the same words wherever a link is refused.
LINK_SENTENCES: Mapping[Reason, str] = {
    Reason.LINK_UNKNOWN: "this link is not one of this server",
    Reason.LINK_VERSION: "this link is of another version of Framecast",
    Reason.LINK_EXPIRED: "this link has expired",
    Reason.LINK_ENDED: "this link was ended",
    Reason.LINK_STREAM: "this link is for another stream",
    Reason.LINK_SCOPE: "a link opens the pictures and the sound of one stream, and nothing else",
    Reason.LINKS_UNREADABLE: "links cannot be checked now: the log of the server says why",
    Reason.NOT_IN_URL: "only a media token may be part of a URL: send this one as 'Authorization: Bearer TOKEN'",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A client was not admitted. With `wait_s` above 0 its address has guessed too often and must wait this long."""

    reason: Reason
    wait_s: float = 0.0


def link_denied(reason: Reason) -> Denied:
    """Return the error for a link that opens nothing, with its reason as a field."""
    return Denied(LINK_SENTENCES[reason], reason=reason.value)
