"""Records as a subscriber of the bus gives them, each with a number."""

from __future__ import annotations

import struct

from framecast.bus import Record
from framecast.clock import Clock
from framecast.model import Flag, TrackInfo

NUMBER = struct.Struct(">I")


def record_of(info: TrackInfo, number: int, size: int, *, is_key: bool = True) -> Record:
    """Return a record as a subscriber of the bus gives it; its payload begins with the number."""
    flags = int(Flag.KEY) if is_key else 0
    descriptor = (0, flags, int(Clock.ARRIVAL), 0, 0, 0, number, 0, size, 0, number, number, 0, 0, number)
    return Record(info, descriptor, NUMBER.pack(number) + bytes(size - NUMBER.size))


def number_in(payload: bytes) -> int:
    """Return the number of a record."""
    return int(NUMBER.unpack_from(payload)[0])
