"""What a person or a program may do: roles, rights on streams, scopes of tokens, and the one rule that combines them.

Pure and cheap: `Rights` is made once for each credential and asked for every request, for every row of a list. It knows nothing of
databases, of connections or of the words of an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from framecast.errors import Invalid


class Role(StrEnum):
    """What an account is."""

    VIEWER = "viewer"  # sees what is granted
    MEMBER = "member"  # and owns the streams that it adds
    ADMIN = "admin"  # may do everything


class Right(StrEnum):
    """What a grant allows on a stream. Each one allows to see the stream; otherwise none implies another."""

    SEE = "see"  # watch it and find it in lists
    PUBLISH = "publish"  # write it from a program
    CONTROL = "control"  # change, restart and remove it
    RECORD = "record"  # record it on the server
    TALK = "talk"  # send sound to its source


class Scope(StrEnum):
    """Which of its account's rights a token has."""

    WATCH = "watch"  # media of the streams that the account may see
    READ = "read"  # lists, statuses and changes, without media
    PUBLISH = "publish"  # write streams that the account may publish
    CHANGE = "change"  # add, control, record and talk
    METRICS = "metrics"  # figures of the streams that the account may see
    RELAY = "relay"  # watch and read: another node
    WORK = "work"  # work on stored videos, for an admin: another machine
    ADMIN = "admin"  # everything that the account may do


@dataclass(frozen=True, slots=True)
class Grant:
    """One right on one stream, on one group of streams, or on all streams (both None)."""

    right: Right
    stream: str | None = None
    group: str | None = None

    def __post_init__(self) -> None:
        if self.stream is not None and self.group is not None:
            raise Invalid(
                f"a grant must name a stream or a group of streams, got both: {self.stream!r:.80} and {self.group!r:.80}"
            )


# Right -> the scopes that allow it; ADMIN allows all.
_SCOPES: dict[Right, frozenset[Scope]] = {
    Right.SEE: frozenset({Scope.WATCH, Scope.RELAY}),
    Right.PUBLISH: frozenset({Scope.PUBLISH}),
    Right.CONTROL: frozenset({Scope.CHANGE}),
    Right.RECORD: frozenset({Scope.CHANGE}),
    Right.TALK: frozenset({Scope.CHANGE}),
}
_IMPLIED: dict[Scope, frozenset[Scope]] = {
    Scope.WATCH: frozenset({Scope.RELAY}),
    Scope.READ: frozenset({Scope.RELAY}),
}


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where one right is granted."""

    everywhere: bool = False
    streams: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def has(self, stream: str, groups: Sequence[str]) -> bool:
        return self.everywhere or stream in self.streams or not self.groups.isdisjoint(groups)


@dataclass(frozen=True, slots=True)
class Rights:
    """What one credential may do. `scopes` None: all that the account may; `only_stream` None: on every stream.

    With `only_video` it opens that video of the library, and nothing else.
    `grants` are those of the account, of its groups of people and of everybody.
    """

    role: Role
    account: str
    grants: tuple[Grant, ...] = ()
    scopes: frozenset[Scope] | None = None
    only_stream: str | None = None
    only_video: str | None = None
    _reach: dict[Right, _Reach] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_reach", _reach_of(self.grants))

    @property
    def is_for_all(self) -> bool:
        """True if the credential is not bound to one stream or one video."""
        return self.only_stream is None and self.only_video is None

    @property
    def is_admin(self) -> bool:
        """True for an admin, by a session or by a token that has this scope."""
        return self.role is Role.ADMIN and self.carries(Scope.ADMIN) and self.is_for_all

    def carries(self, scope: Scope) -> bool:
        """Return whether the credential has this scope, or one that includes it."""
        if self.scopes is None or Scope.ADMIN in self.scopes:
            return True
        return scope in self.scopes or not self.scopes.isdisjoint(_IMPLIED.get(scope, frozenset()))

    def may(self, right: Right, stream: str, groups: Sequence[str] = (), owner: str | None = None) -> bool:
        """Return whether the credential has a right on a stream. `groups` are the stream's; `owner` is an account, None: the admins."""
        if (
            self.scopes is not None
            and Scope.ADMIN not in self.scopes
            and self.scopes.isdisjoint(_SCOPES[right])
        ):
            return False
        return self._covers(right, stream, groups, owner)

    def may_know(self, stream: str, groups: Sequence[str] = (), owner: str | None = None) -> bool:
        """Return whether a stream may appear in answers: lists, statuses, figures, errors. It is right to see it, whatever the scopes."""
        return self._covers(Right.SEE, stream, groups, owner)

    def may_add(self, stream: str | None = None) -> bool:
        """Return whether the credential may make a new stream; `stream` None: of some name."""
        if self.only_video is not None or self.only_stream not in (None, stream):
            return False
        return self.role is not Role.VIEWER and self.carries(Scope.CHANGE)

    def to_json(self) -> dict[str, Any]:
        """Return the form that `from_json` reads."""
        return {
            "role": str(self.role),
            "account": self.account,
            "grants": [[str(one.right), one.stream, one.group] for one in self.grants],
            "scopes": None if self.scopes is None else sorted(map(str, self.scopes)),
            "only_stream": self.only_stream,
            "only_video": self.only_video,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Rights:
        """Return the rights that another process has sent."""
        return cls(
            Role(given["role"]),
            str(given["account"]),
            tuple(Grant(Right(right), stream, group) for right, stream, group in given["grants"]),
            None if given["scopes"] is None else frozenset(map(Scope, given["scopes"])),
            given["only_stream"],
            given["only_video"],
        )

    def _covers(self, right: Right, stream: str, groups: Sequence[str], owner: str | None) -> bool:
        if self.only_video is not None or self.only_stream not in (None, stream):
            return False
        if self.role is Role.ADMIN or (self.role is Role.MEMBER and owner == self.account):
            return True
        return self._reach[right].has(stream, groups)


def _reach_of(grants: Iterable[Grant]) -> dict[Right, _Reach]:
    given = tuple(grants)
    return {
        right: _reach([one for one in given if one.right is right or right is Right.SEE]) for right in Right
    }


def _reach(grants: list[Grant]) -> _Reach:
    return _Reach(
        any(one.stream is None and one.group is None for one in grants),
        frozenset(one.stream for one in grants if one.stream is not None),
        frozenset(one.group for one in grants if one.group is not None),
    )
