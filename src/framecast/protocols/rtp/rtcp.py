"""RTCP (RFC 3550 section 6): the reports of a sender, and the packets that a receiver sends back."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from framecast.clock import NS

# If RTP and RTCP share a port, these values of a packet's second byte mean RTCP (RFC 5761 section 4).
RTCP = range(200, 208)
_NTP_TO_UNIX_S = 2_208_988_800  # 1900 to 1970 (RFC 5905)
_SENDER_REPORT, _RECEIVER_REPORT, _DESCRIPTION, _GOODBYE = 200, 201, 202, 203
_FEEDBACK = 206  # of a payload's receiver
_REPORT = struct.Struct(">IIII")
_NAME = b"framecast"


@dataclass(frozen=True, slots=True)
class Report:
    """A sender report: the sender's wall clock in UTC nanoseconds at an RTP time stamp."""

    ssrc: int
    wall_ns: int
    timestamp: int


def report_of(packet: bytes) -> Report | None:
    """Return the sender report in an RTCP packet, None if it has no report or the report has no time."""
    for kind, at in _compound(packet):
        if kind == _SENDER_REPORT and at + 20 <= len(packet):
            ssrc, seconds, fraction, timestamp = _REPORT.unpack_from(packet, at + 4)
            wall_ns = (seconds - _NTP_TO_UNIX_S) * NS + (fraction * NS >> 32)
            return Report(ssrc, wall_ns, timestamp) if seconds else None
    return None


def has_goodbye(packet: bytes) -> bool:
    """True if an RTCP packet says that the sender ends."""
    return any(kind == _GOODBYE for kind, _ in _compound(packet))


def key_frame_request(way: str, ssrc: int, sender: int, number: int) -> bytes:
    """Return a packet that asks `sender` for a key frame: "pli" (RFC 4585 section 6.3.1) or "fir" (RFC 5104 section 4.3.1, by its number)."""
    if way == "fir":
        return struct.pack(">BBHIIII", 0x84, _FEEDBACK, 4, ssrc, 0, sender, (number & 0xFF) << 24)
    return struct.pack(">BBHII", 0x81, _FEEDBACK, 2, ssrc, sender)


def sender_of(packet: bytes) -> int:
    """Return the SSRC of the sender of an RTCP packet."""
    return int.from_bytes(packet[4:8], "big")


def _compound(packet: bytes) -> Iterator[tuple[int, int]]:
    """Types of the parts of an RTCP packet, and where they begin."""
    at = 0
    while at + 8 <= len(packet) and packet[at] >> 6 == 2:
        yield packet[at + 1], at
        at += 4 + 4 * (packet[at + 2] << 8 | packet[at + 3])


def sign_of_life(ssrc: int) -> bytes:
    """Return an empty receiver report, and the name that must go with it (sections 6.4.2 and 6.5)."""
    items = b"\x01" + bytes((len(_NAME),)) + _NAME
    items += b"\x00" * (4 - len(items) % 4)
    report = struct.pack(">BBHI", 0x80, _RECEIVER_REPORT, 1, ssrc)
    return report + struct.pack(">BBHI", 0x81, _DESCRIPTION, 1 + len(items) // 4, ssrc) + items
