"""What depacketisers share: the access unit that they return, the error that they raise, and their interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

# An 8K key frame is a few MiB. No more than this is kept for one access unit.
MAX_BYTES = 8 << 20
# The cost of a part beside its bytes, so that a flood of tiny parts is bounded, too.
PART_BYTES = 64


class Damaged(Exception):
    """A malformed packet or access unit; the next one may be good."""


class Unit(NamedTuple):
    """One access unit: a picture or a block of sound. `ticks` is its RTP time, unwrapped; `duration` is 0 if unknown."""

    payload: bytes
    ticks: int
    duration: int = 0
    is_key: bool = True
    is_corrupt: bool = False


class Depacketiser(Protocol):
    """Makes units of the payloads of one track, in the order of their sequence numbers."""

    def take(self, payload: bytes, ticks: int, marker: bool, lost: bool) -> Sequence[Unit]:
        """Return the units that a payload completes. `lost` is True if packets before it are missing.

        Raises:
            Damaged: the payload is malformed. What was complete before is kept.
        """
        ...
