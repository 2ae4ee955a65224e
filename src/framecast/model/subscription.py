"""What a reader asks for: which track of which stream, and what may be dropped for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from framecast.errors import Invalid
from framecast.model import number
from framecast.model.stream import check_name
from framecast.model.text import LONGEST_LABEL, shown
from framecast.model.track import Kind, TrackName

# A reader may keep this many views alive without a copy; further ones are copied for it.
HELD_VIEWS = 3
MAX_DEPTH = 4096
_POLICY = re.compile(r"queue\(([0-9]{1,4})\)")


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens to a reader that falls behind: `latest` skips to the newest, `queue(n)` keeps up to n."""

    depth: int = 0  # 0 is latest

    @classmethod
    def parse(cls, text: object) -> Policy:
        """Return the policy for 'latest' or 'queue(n)'.

        Raises:
            Invalid: any other text, or n outside 1 to 4096.
        """
        if text == "latest":
            return cls(0)
        match = _POLICY.fullmatch(text) if isinstance(text, str) else None
        depth = number.integer(match[1], 0, 9999) if match else 0
        if 1 <= depth <= MAX_DEPTH:
            return cls(depth)
        raise Invalid(
            f"policy {text!r:.60} is not known: use 'latest' or 'queue(n)' with n from 1 to {MAX_DEPTH}"
        )

    @property
    def latest(self) -> bool:
        """True if only the newest record counts."""
        return self.depth == 0

    @property
    def credits(self) -> int:
        """How many records this reader may have in flight and in hand at once."""
        return HELD_VIEWS + max(1, self.depth)

    def __str__(self) -> str:
        return f"queue({self.depth})" if self.depth else "latest"


def default_policy(kind: Kind) -> Policy:
    """Frames: the newest. Everything else is useless with gaps, so it is queued."""
    return Policy(0) if kind is Kind.FRAMES else Policy(512)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one reader asks for. `label` names the reader to people who look at the node."""

    stream: str
    track: TrackName
    policy: Policy
    max_fps: float = 0.0  # 0 is all
    label: str = ""
    rendition: bool = False  # True for the node's own converters: they are not demand
    wait: bool = False  # True: wait for a stream that does not exist yet; False: NotFound
    # If the source waits for this reader: this track and all tracks that are read in step with it. Only the private
    # stream of a file has such a reader, and only one.
    awaited: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, which `from_json` reads."""
        return {
            "stream": self.stream,
            "track": str(self.track),
            "policy": str(self.policy),
            "max_fps": self.max_fps,
            "label": self.label,
            "rendition": self.rendition,
            "wait": self.wait,
            "awaited": list(self.awaited),
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Subscription:
        """Return the wish that another process sent.

        Raises:
            Invalid: a field is missing or not allowed.
        """
        try:
            max_fps = _max_fps(fields.get("max_fps", 0))
            track = TrackName.parse(fields["track"])
            policy = Policy.parse(fields["policy"]) if "policy" in fields else default_policy(track.kind)
            label = shown(str(fields.get("label", "")), LONGEST_LABEL)
            stream = check_name(fields["stream"])
            rendition = fields.get("rendition", False) is True
            wait = fields.get("wait", False) is True
            awaited = tuple(str(TrackName.parse(name)) for name in fields.get("awaited", ()))
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"a subscription cannot be read: {error}") from error
        return cls(stream, track, policy, max_fps, label, rendition, wait, awaited)


def _max_fps(given: object) -> float:
    try:
        return number.real(given, 0, 1000)
    except ValueError:
        raise Invalid(f"max_fps must be between 0 (unlimited) and 1000, got {given!r:.40}") from None
