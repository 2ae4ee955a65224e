"""The bytes on the bus: what publisher and subscriber say to each other on their socket pair.

Written down for other languages in docs/bus-protocol.md; change both together and raise VERSION. Every message
is one SOCK_SEQPACKET packet, little-endian, and begins with its type byte. Pictures never travel here: a RECORD
says where they lie in a segment of shared memory.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from framecast.errors import Broken

VERSION = 1

# Publisher to subscriber.
RECORD = 1  # a record is lent: where it lies, and its times
SEGMENT = 2  # a new piece of the pool; the packet carries its memfd
EPOCH = 3  # JSON of a TrackInfo: what the records from here on are
STARVED = 4  # no credit is left; newer records exist and follow as soon as something is released
DISCARD = 5  # a segment will not be used any more: unmap it when the last view is gone
CARRIER = 7  # the next message carries a descriptor: receive it with room for ancillary data
REFUSED = 6  # JSON {error, message}: this subscription cannot be served; the socket closes
SOUGHT = 8  # JSON {number, ...}: what follows begins where the SEEK of that number wanted
END = 9  # all was sent: the source waits for a SEEK, or for the end of the socket
# Subscriber to publisher.
RELEASE = 16  # any number of (sequence, CLOCK_MONOTONIC ns when it was handed to the program)
LEAVE = (
    17  # as RELEASE, but of what is still held: send nothing more, and keep only these until the socket ends
)
# JSON {number, frame} or {number, time_s}: go on at another place. Only for a source that waits for this reader.
SEEK = 18

MAX_MESSAGE = 65536

_RECORD = struct.Struct("<BBBxIIIQQIIqqqqq")
_SEGMENT = struct.Struct("<BxxxIQ")
_DISCARD = struct.Struct("<BxxxI")
_PAIR = struct.Struct("<QQ")
_ONE_RELEASE = struct.Struct("<B7xQQ")
# One packet carries at most this many releases.
MAX_RELEASES = 512

STARVED_MESSAGE = bytes([STARVED])
CARRIER_MESSAGE = bytes([CARRIER])
END_MESSAGE = bytes([END])
pack_record = _RECORD.pack
record_size = _RECORD.size
_DROPPED = slice(12, 16)  # where a RECORD says how many were lost before it


# What `unpack_record` gives, in this order.
RECORD_FIELDS = (
    "type",
    "flags",
    "clock",
    "segment",
    "epoch",
    "dropped",
    "seq",
    "offset",
    "length",
    "duration",
    "pts",
    "dts",
    "captured_at",
    "arrived_ns",
    "published_ns",
)
unpack_record = _RECORD.unpack_from


def with_dropped(record: bytes, dropped: int) -> bytes:
    """Return a RECORD message that says how many records its reader lost before it."""
    count = min(dropped, 0xFFFFFFFF).to_bytes(4, "little")
    return record[: _DROPPED.start] + count + record[_DROPPED.stop :]


def pack_segment(segment: int, size: int) -> bytes:
    """Return a SEGMENT message; its memfd goes with it as ancillary data."""
    return _SEGMENT.pack(SEGMENT, segment, size)


def unpack_segment(message: bytes) -> tuple[int, int]:
    """Return (segment number, size in bytes) of a SEGMENT message."""
    try:
        _, segment, size = _SEGMENT.unpack(message)
    except struct.error as error:
        raise Broken("a SEGMENT message has the wrong length") from error
    return segment, size


def pack_discard(segment: int) -> bytes:
    """Return a DISCARD message."""
    return _DISCARD.pack(DISCARD, segment)


def unpack_discard(message: bytes) -> int:
    """Return the segment number of a DISCARD message."""
    try:
        return int(_DISCARD.unpack(message)[1])
    except struct.error as error:
        raise Broken("a DISCARD message has the wrong length") from error


def pack_json(kind: int, fields: dict[str, Any]) -> bytes:
    """Return an EPOCH, REFUSED, SOUGHT or SEEK message."""
    return bytes([kind]) + json.dumps(fields, separators=(",", ":")).encode()


def unpack_json(message: bytes) -> dict[str, Any]:
    """Return the fields of an EPOCH, REFUSED, SOUGHT or SEEK message."""
    try:
        fields = json.loads(message[1:])
    except (ValueError, RecursionError) as error:
        raise Broken("a message of the bus is not JSON") from error
    if not isinstance(fields, dict):
        raise Broken("a message of the bus is not a JSON object")
    return fields


def pack_releases(pairs: list[tuple[int, int]], kind: int = RELEASE) -> bytes:
    """Return a RELEASE or LEAVE message for at most MAX_RELEASES pairs of (sequence, handed over at)."""
    return bytes((kind, 0, 0, 0, 0, 0, 0, 0)) + b"".join([_PAIR.pack(*pair) for pair in pairs])


def pack_release(seq: int, handed_ns: int) -> bytes:
    """Return a RELEASE message for one record: what a reader that keeps up sends with each."""
    return _ONE_RELEASE.pack(RELEASE, seq, handed_ns)


def unpack_releases(message: bytes | memoryview) -> list[tuple[int, int]]:
    """Return the pairs of a RELEASE or LEAVE message.

    Raises:
        Broken: it is anything else; the sender is not a subscriber.
    """
    if message[0] not in (RELEASE, LEAVE) or len(message) % 8 or (len(message) - 8) % _PAIR.size:
        raise Broken(
            f"a message of type {message[0]} and {len(message)} bytes came where a RELEASE was expected"
        )
    return list(_PAIR.iter_unpack(message[8:]))
