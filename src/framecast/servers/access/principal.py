"""What a client is, what a route, call or endpoint requires, and which clients meet it. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from framecast.model.rights import Rights
from framecast.servers.access.credential import Credential
from framecast.servers.access.signed import Grant


class Requirement(StrEnum):
    """What a client needs for a route, a call or an endpoint. docs/access.md lists them all."""

    OPEN = "open"  # for everybody: signs of life, the login page and the files that it loads
    SELF = "self"  # what belongs to the account of the client itself
    WATCH = "watch"  # the pictures and the sound of one stream
    LIBRARY = "library"  # the videos that one may see; the route decides which
    ROOM = "room"  # the rooms that one may enter; the route decides which, and what may be done there
    READ = "read"  # which streams there are, and their state
    METRICS = "metrics"  # figures
    PUBLISH = "publish"  # one stream is written
    CONTROL = "control"  # one stream is changed, removed or reconnected
    ADD = "add"  # a stream is added, or its source tried
    WORK = "work"  # the jobs on stored videos
    ADMIN = "admin"  # share links, accounts, and what concerns the whole node


class Kind(StrEnum):
    """By what a client was admitted."""

    ADDRESS = "address"  # nothing was asked for
    TOKEN = "token"  # noqa: S105  the access token itself
    SESSION = "session"  # a browser that has logged in
    LINK = "link"  # a share link
    MEDIA = "media"  # a token of an account that opens one stream or one video, in a URL
    ANONYMOUS = "anonymous"  # shows nothing, where that is enough to see what is public
    KEY = "key"  # a CURVE key
    PROXY = "proxy"  # a trusted proxy says who it is
    USER = "user"  # a user of this machine, at the node's socket


# The requirements that each kind of principal meets.
MEETS: Mapping[Kind, frozenset[Requirement]] = {
    Kind.ADDRESS: frozenset(Requirement),
    Kind.TOKEN: frozenset(Requirement),
    Kind.SESSION: frozenset(Requirement),
    Kind.PROXY: frozenset(Requirement),
    Kind.LINK: frozenset({Requirement.OPEN, Requirement.WATCH, Requirement.LIBRARY, Requirement.ROOM}),
    Kind.MEDIA: frozenset({Requirement.OPEN, Requirement.WATCH, Requirement.LIBRARY, Requirement.ROOM}),
    Kind.ANONYMOUS: frozenset({Requirement.OPEN, Requirement.LIBRARY, Requirement.ROOM}),
    Kind.KEY: frozenset({Requirement.OPEN, Requirement.WATCH}),
    Kind.USER: frozenset(Requirement),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """A client that was admitted. `id` tells principals of one kind apart and is never a secret.

    It is an address, the number of a session, the id of a share link (whose `grant` says what it opens), or a public key; of a person
    or program with an account the id of the session, token or key. `rights` None: everything that the kind meets, as the shared token.
    """

    kind: Kind
    id: str = ""
    grant: Grant | None = None
    account: str | None = None
    name: str = ""  # of the account
    rights: Rights | None = None
    expires_at: float | None = None  # UTC seconds, None: never
    credential: Credential = field(default=None, repr=False, compare=False)  # to ask for the rights again

    def __hash__(self) -> int:
        """By the id alone: the hash of many grants would take longer than what it is for, twice a second for each client."""
        return hash(self.id)
