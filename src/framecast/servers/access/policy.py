"""What clients may do: one rule for each requirement, for all servers. Pure.

A principal without rights of an account (an open node, the shared token, a share link) may what its kind meets. One with rights may what
they say about the stream, as the stream is now: its groups and its owner. What it may not even know is hidden from it: that is answered
exactly as what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from framecast.errors import Denied, NotFound
from framecast.model.rights import Right, Rights, Role, Scope
from framecast.model.status import Status
from framecast.servers.access.principal import MEETS, Principal, Requirement

T = TypeVar("T")
Statuses = Mapping[str, Status]
_NOTHING = Status("")


class Verdict(StrEnum):
    """What the policy says of one principal, one requirement and one stream."""

    ALLOWED = "allowed"
    DENIED = "denied"
    HIDDEN = "hidden"  # it must not learn whether there is such a stream


class Sight:
    """What one principal may do with streams, whose newest statuses are `statuses`: how they are grouped, and whose they are."""

    def __init__(self, principal: Principal, statuses: Statuses) -> None:
        self.principal = principal
        self._statuses = statuses

    @property
    def is_whole(self) -> bool:
        """True if every stream may be known."""
        rights = self.principal.rights
        return rights is None or rights.is_admin

    def knows(self, name: str) -> bool:
        """Return whether a stream may appear in an answer."""
        rights = self.principal.rights
        if rights is None:
            return True
        status = self._statuses.get(name, _NOTHING)
        return rights.may_know(name, status.groups, status.owner)

    def may(self, right: Right, name: str) -> bool:
        """Return whether the principal has a right about a stream, as its newest status says."""
        rights = self.principal.rights
        if rights is None:
            return True
        status = self._statuses.get(name, _NOTHING)
        return rights.may(right, name, status.groups, status.owner)

    def known(self, named: Mapping[str, T]) -> dict[str, T]:
        """Return those of a mapping by stream that may appear in an answer."""
        return {name: value for name, value in named.items() if self.knows(name)}

    def known_of(self, statuses: Iterable[Status]) -> list[Status]:
        """Return those of the node's answer that may appear in another one."""
        rights = self.principal.rights
        return [one for one in statuses if rights is None or rights.may_know(one.name, one.groups, one.owner)]

    def verdict(self, required: Requirement, name: str) -> Verdict:
        """Return what the principal may do with a stream, as its newest status says."""
        return self.verdict_of(self._statuses.get(name) or Status(name), required)

    def verdict_of(self, status: Status, required: Requirement | None) -> Verdict:
        """Return what the principal may do with the stream of a status; with nothing required, whether it may know it."""
        rights = self.principal.rights
        if required is not None and may(self.principal, required, status):
            return Verdict.ALLOWED
        if rights is None or rights.may_know(status.name, status.groups, status.owner):
            return Verdict.DENIED if required is not None else Verdict.ALLOWED
        return Verdict.HIDDEN


def may(principal: Principal, required: Requirement, status: Status | None = None) -> bool:
    """Return whether a principal meets a requirement, for the stream of `status`; None: for some stream."""
    rights = principal.rights
    if required not in MEETS[principal.kind]:
        return False
    if rights is None:
        return True
    right = _RIGHTS.get(required)
    if right is not None and status is not None:
        return rights.may(right, status.name, status.groups, status.owner)
    return _RULES[required](rights)


def unknown_stream(name: str) -> NotFound:
    """Return the error for a stream that does not exist, or must not be known. It names no other stream."""
    return NotFound(f"there is no stream {name!r:.80}")


def not_allowed(required: Requirement) -> Denied:
    """Return the error for a client that is known and may not do this."""
    return Denied(f"your account or token may not do this: it needs the right {_WORDS[required]}")


# What a requirement about one stream asks of its rights.
_RIGHTS: Mapping[Requirement, Right] = {
    Requirement.WATCH: Right.SEE,
    Requirement.PUBLISH: Right.PUBLISH,
    Requirement.CONTROL: Right.CONTROL,
}
# What each requirement asks of a credential, whatever the stream is.
_RULES: Mapping[Requirement, Callable[[Rights], bool]] = {
    Requirement.OPEN: lambda _rights: True,
    Requirement.SELF: lambda rights: rights.carries(Scope.ADMIN) and rights.is_for_all,
    Requirement.WATCH: lambda rights: rights.carries(Scope.WATCH),
    Requirement.LIBRARY: lambda _rights: True,
    Requirement.ROOM: lambda _rights: True,
    Requirement.READ: lambda rights: rights.carries(Scope.READ),
    Requirement.METRICS: lambda rights: rights.carries(Scope.METRICS) or rights.carries(Scope.READ),
    Requirement.PUBLISH: lambda rights: rights.carries(Scope.PUBLISH),
    Requirement.CONTROL: lambda rights: rights.carries(Scope.CHANGE),
    Requirement.ADD: lambda rights: rights.may_add(),
    Requirement.WORK: lambda rights: (
        rights.role is Role.ADMIN and rights.carries(Scope.WORK) and rights.is_for_all
    ),
    Requirement.ADMIN: lambda rights: rights.is_admin,
}
_WORDS: Mapping[Requirement, str] = {
    Requirement.OPEN: "of everybody",
    Requirement.SELF: "to change its own account, which sessions have and tokens with the scope admin",
    Requirement.WATCH: "to see this stream, and as a token the scope watch",
    Requirement.LIBRARY: "of everybody",
    Requirement.ROOM: "of everybody",
    Requirement.READ: "to read lists, as a token the scope read",
    Requirement.METRICS: "to read figures, as a token the scope metrics or read",
    Requirement.PUBLISH: "to publish this stream, and as a token the scope publish",
    Requirement.CONTROL: "to change this stream, and as a token the scope change",
    Requirement.ADD: "to add streams and videos, which members and admins have, and as a token the scope change",
    Requirement.WORK: "to work on stored videos, which admins have, and as a token the scope work",
    Requirement.ADMIN: "of an admin, and as a token the scope admin",
}
