"""One track on its way from a source to the bus, as `Relay` has it. The source's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from framecast.bus import TrackWriter
from framecast.model import EncodedPacket, Flag, Meta
from framecast.sources.discipline import Discipline
from framecast.sources.stamps import Stamp, Stamps
from framecast.sources.unpublished import Unpublished

# Pictures before the first key frame are useless; some cameras never mark a key frame.
PATIENCE = 300


@dataclass(slots=True, eq=False)
class Carried:
    """The state of a track between two of its packets."""

    number: int
    writer: TrackWriter | Unpublished
    stamps: Stamps
    consume: Callable[[EncodedPacket, Meta, Stamp], None]
    timeless: bool
    held: list[EncodedPacket]
    discipline: Discipline | None
    waiting: bool = False  # for a key frame: the first one, or because a packet before it was lost
    patience: int = PATIENCE
    lost: bool = False

    @property
    def is_usual(self) -> bool:
        """True if nothing is awaited, lost or held: each packet goes on as it comes."""
        return not (self.waiting or self.lost or self.held or self.timeless) and self.patience == PATIENCE

    def flags(self, packet: EncodedPacket, stamp: Stamp) -> Flag:
        """Return the marks of a packet on the bus."""
        flags = Flag.KEY if packet.is_key else Flag.NONE
        if stamp.jumped or self.lost:
            flags |= Flag.DISCONTINUITY
        if packet.is_corrupt:
            flags |= Flag.CORRUPT
        if packet.is_hidden:
            flags |= Flag.HIDDEN
        return flags
