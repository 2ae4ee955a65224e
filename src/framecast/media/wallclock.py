"""What the sender's clock showed when a packet was captured: written by who demultiplexes, read where packets are timed.

FFmpeg's demuxers leave it in the packet's side data; our own leave it in the packet's `opaque`.
"""

from __future__ import annotations

import sys

from framecast.media.coding import Packet


def tell(packet: Packet, wall_ns: int) -> None:
    """Write down when a packet was captured, UTC nanoseconds."""
    packet.opaque = wall_ns


def wall_clock_ns(packet: Packet) -> int | None:
    """Return when a packet was captured by the sender's clock (RTCP sender reports), UTC nanoseconds; None if unknown."""
    told = packet.opaque
    if isinstance(told, int):
        return told
    if not packet.has_sidedata("prft"):
        return None
    # AVProducerReferenceTime: int64 wallclock in microseconds, int flags.
    return int.from_bytes(memoryview(packet.get_sidedata("prft"))[:8], sys.byteorder, signed=True) * 1000
