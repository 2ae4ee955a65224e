"""What depacketisers share: the access unit they make, the error they raise, and their shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

# An 8K key frame is a few MiB. What is kept for one access unit is never more than this.
MAX_BYTES = 8 << 20
# What a part costs beside its bytes, so that a flood of tiny ones is bounded too.
PART_BYTES = 64


class Damaged(Exception):
    """A packet, or an access unit, that cannot be what it says it is; the next one may be."""


class Unit(NamedTuple):
    """One access unit: a picture or a block of sound. `ticks` is its RTP time, unwrapped; `duration` is 0 where unknown."""

    payload: bytes
    ticks: int
    duration: int = 0
    is_key: bool = True
    is_corrupt: bool = False


class Depacketiser(Protocol):
    """Makes units of the payloads of one track, in the order of their sequence numbers."""

    def take(self, payload: bytes, ticks: int, marker: bool, lost: bool) -> Sequence[Unit]:
        """Return the units that a payload completes. `lost` where packets before it are missing.

        Raises:
            Damaged: it is no such payload. What was complete before is not harmed.
        """
        ...
