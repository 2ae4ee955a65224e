"""The header of an RTP packet (RFC 3550 section 5.1), and which packets follow each other (appendix A.1)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from framecast.protocols.rtp.unit import Damaged

_HEAD = struct.Struct(">BBHII")
_VERSION_2 = 2
# A jump in sequence numbers this long is not a loss (RFC 3550 appendix A.1): the sender has started again, or the packet is junk.
MAX_DROPOUT = 3000
MAX_MISORDER = 1000


class Late(Damaged):
    """A packet that came already, or comes too late. Networks do that: it does not count as damage."""


class Header(NamedTuple):
    """The fields of a header. `payload_begin` and `payload_end` count from the beginning of the packet."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload_begin: int
    payload_end: int


def parse(packet: bytes) -> Header:
    """Return the header of a packet.

    Raises:
        Damaged: it is too short, or of another version.
    """
    size = len(packet)
    if size < _HEAD.size:
        raise Damaged("too short for RTP")
    first, second, sequence, timestamp, ssrc = _HEAD.unpack_from(packet)
    begin, end = _HEAD.size, size
    if first != _VERSION_2 << 6:
        begin, end = _payload_of(packet, first, size)
    return Header(second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, begin, end)


def _payload_of(packet: bytes, first: int, size: int) -> tuple[int, int]:
    """The begin and end of the payload in a packet with contributing sources, an extension or padding."""
    if first >> 6 != _VERSION_2:
        raise Damaged("not RTP version 2")
    begin, end = _HEAD.size + 4 * (first & 15), size
    if first & 0x10:
        if begin + 4 > size:
            raise Damaged("extension beyond the packet")
        begin += 4 + 4 * int.from_bytes(packet[begin + 2 : begin + 4], "big")
    if first & 0x20:
        end -= packet[-1]
    if not begin <= end <= size:
        raise Damaged("payload beyond the packet")
    return begin, end


class Numbering:
    """Which packets follow each other. If no packet overtakes another (TCP, and after a sorter), a late packet is useless."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._suspect: int | None = None  # the number that would follow a packet that jumped

    @property
    def following(self) -> int | None:
        """The number of the next packet, None before the first one."""
        return self._next

    def lost(self, number: int) -> int:
        """Return how many packets are missing before this one.

        Raises:
            Late: it is a repetition, or it came too late.
            Damaged: its number jumps; if the next packet follows it, counting starts again there.
        """
        expected = self._next
        if expected is None or number == expected:
            self._next = number + 1 & 0xFFFF
            return 0
        gap = number - expected & 0xFFFF
        if gap < MAX_DROPOUT:
            self._next = number + 1 & 0xFFFF
            return gap
        if number == self._suspect:
            self._next, self._suspect = number + 1 & 0xFFFF, None
            return 1
        if gap >= 0x10000 - MAX_MISORDER:
            raise Late("it was given up, or is here already")
        self._suspect = number + 1 & 0xFFFF
        raise Damaged("out of sequence")
