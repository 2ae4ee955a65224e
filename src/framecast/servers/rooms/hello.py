"""What a client says when it comes into a room, checked. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from framecast.errors import Invalid
from framecast.model.room import Visitor
from framecast.model.text import check_text, described
from framecast.servers.rooms.crowd import Crowd

LONGEST_NAME = 40
MOST_NEWEST = 100
_LONGEST_EPOCH = 64
_MOST_SEQ = 1 << 53
NAMELESS = "Guest"


@dataclass(frozen=True, slots=True)
class Hello:
    """`since` is the newest event that the client has, of the numbering `epoch`; None: it has none."""

    since: int | None
    epoch: str
    name: str
    is_watching: bool = False
    newest: int = MOST_NEWEST

    def named(self, visitor: Visitor, crowd: Crowd) -> Visitor:
        """Return a guest with the name that it has in a room: one that nobody else there has."""
        name = self.name or visitor.name or NAMELESS
        return replace(visitor, name=crowd.free_name(name, visitor.id))


def parse_hello(fields: Mapping[str, Any]) -> Hello:
    """Return what a client says.

    Raises:
        Invalid: it is not a hello.
    """
    if fields.get("type") != "hello":
        raise Invalid(
            f"the first message in a room must have the type 'hello', got {fields.get('type')!r:.40}"
        )
    since, epoch = fields.get("since"), fields.get("epoch")
    if since is not None and (
        isinstance(since, bool) or not isinstance(since, int) or not 0 <= since < _MOST_SEQ
    ):
        raise Invalid(f"'since' must be the number of an event, or null, got {described(since)}")
    if epoch is not None and (not isinstance(epoch, str) or len(epoch) > _LONGEST_EPOCH):
        raise Invalid(
            f"'epoch' must be a text of at most {_LONGEST_EPOCH} characters, got {described(epoch)}"
        )
    return Hello(since, epoch or "", check_guest_name(fields.get("name")), fields.get("is_watching") is True)


def check_guest_name(given: object) -> str:
    """Return the name that a guest wants, '' for none.

    Raises:
        Invalid: it is no text, too long, or has characters that nobody sees.
    """
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Invalid(f"the name of a guest must be a text, got {described(given)}")
    name = unicodedata.normalize("NFC", " ".join(given[: 4 * LONGEST_NAME].split()))
    return check_text("the name of a guest", name, LONGEST_NAME) if name else ""
