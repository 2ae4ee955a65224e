"""The sender's clock, by either way."""

from __future__ import annotations

import av

from framecast.media.coding import Packet
from framecast.media.wallclock import tell, wall_clock_ns


def test_what_was_told_is_read_and_nothing_is_unknown() -> None:
    packet: Packet = av.Packet(b"payload")
    assert wall_clock_ns(packet) is None
    tell(packet, 1_800_000_000_123_456_789)
    assert wall_clock_ns(packet) == 1_800_000_000_123_456_789
