"""What moderators see, as frozen values: restrictions, held messages, reports. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from framecast.model.room import Author, Message


class RestrictionKind(StrEnum):
    """A time-out ends by itself and still shows the room; a ban shows nothing of it."""

    TIMEOUT = "timeout"
    BAN = "ban"


class Scope(StrEnum):
    """Whom a restriction is about: an account or guest; one login of it; everybody at an address, and the account or guest."""

    ACCOUNT = "account"
    SESSION = "session"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Restriction:
    """A time-out or a ban. `until` None: until it is lifted. `network` is empty for those that may not see addresses."""

    id: str
    kind: RestrictionKind
    scope: Scope
    author_id: str
    name: str
    network: str
    reason: str
    by: str
    created_at: float
    until: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "scope": str(self.scope),
            "author": self.author_id,
            "name": self.name,
            "network": self.network,
            "reason": self.reason,
            "by": self.by,
            "created_at": self.created_at,
            "until": self.until,
        }


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that nobody sees until a moderator releases it. `reason`: `word`, `link` or `new` (its author is new)."""

    id: str
    at: float
    author: Author
    text: str
    reason: str
    media_time_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "at": self.at,
            "author": self.author.to_json(),
            "text": self.text,
            "reason": self.reason,
            "media_time_s": self.media_time_s,
        }


@dataclass(frozen=True, slots=True)
class MessageReport:
    """What somebody says about a message, which is shown as it is now."""

    id: str
    at: float
    by: str
    text: str
    message: Message

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "at": self.at,
            "by": self.by,
            "text": self.text,
            "message": self.message.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for the moderators, the oldest first; the counts are of all, also those beyond the lists."""

    held: tuple[HeldMessage, ...]
    reports: tuple[MessageReport, ...]
    held_count: int
    report_count: int

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "held": [one.to_json() for one in self.held],
            "reports": [one.to_json() for one in self.reports],
            "held_count": self.held_count,
            "report_count": self.report_count,
        }
