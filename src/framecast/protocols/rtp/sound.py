"""Audio in RTP: G.711 (RFC 3551), Opus (RFC 7587), and AAC in its high bit rate mode (RFC 3640)."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.protocols.rtp.unit import Damaged, Unit

# Durations of an Opus frame at 48 kHz by the configuration number in its first byte (RFC 6716, table 2).
_OPUS_TICKS = (*(480, 960, 1920, 2880) * 3, *(480, 960) * 2, *(120, 240, 480, 960) * 4)
_OPUS_MAX_TICKS = 5760
_MAX_UNITS = 256
_MAX_UNIT_BYTES = 1 << 16


class G711:
    """PCMU and PCMA: a sample is a byte a channel, and a packet is a unit."""

    def __init__(self, channels: int = 1) -> None:
        self._channels = channels

    def take(self, payload: bytes, ticks: int, marker: bool, lost: bool) -> list[Unit]:
        """Return the payload as it is."""
        return [Unit(payload, ticks, len(payload) // self._channels)] if payload else []


class Opus:
    """A packet is a unit."""

    def take(self, payload: bytes, ticks: int, marker: bool, lost: bool) -> list[Unit]:
        """Return the payload as it is."""
        return [Unit(payload, ticks, opus_ticks(payload))] if payload else []


def opus_ticks(packet: bytes) -> int:
    """Return how long an Opus packet lasts, in 1/48000 s; 0 if it does not say."""
    code = packet[0] & 3
    count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[code]
    ticks = _OPUS_TICKS[packet[0] >> 3] * count
    return ticks if ticks <= _OPUS_MAX_TICKS else 0


@dataclass(frozen=True, slots=True)
class AacMode:
    """The unit headers of AAC as SDP describes them, in bits, and the duration of a unit in ticks of its clock."""

    size_bits: int = 13
    index_bits: int = 3
    delta_bits: int = 3
    unit_ticks: int = 1024


class Aac:
    """AAC: several units in a packet, or one unit in several packets. Interleaved units are not supported."""

    def __init__(self, mode: AacMode) -> None:
        self._mode = mode
        self._begun = b""
        self._size = 0
        self._ticks = 0

    def take(self, payload: bytes, ticks: int, marker: bool, lost: bool) -> list[Unit]:
        """Return the units that a payload completes.

        Raises:
            Damaged: its headers do not fit.
        """
        sizes, at = self._sizes(payload)
        data = payload[at:]
        if len(sizes) == 1 and len(data) < sizes[0]:
            return self._part(data, sizes[0], ticks, begins=lost)
        self._begun = b""
        if sum(sizes) > len(data):
            raise Damaged("units beyond their packet")
        units, at = [], 0
        for index, size in enumerate(sizes):
            if size:
                duration = self._mode.unit_ticks
                units.append(Unit(data[at : at + size], ticks + index * duration, duration))
            at += size
        return units

    def _sizes(self, payload: bytes) -> tuple[list[int], int]:
        """The sizes of the units, and where the first one begins."""
        mode = self._mode
        if len(payload) < 2:
            raise Damaged("too short for AAC")
        bits = payload[0] << 8 | payload[1]
        end = 2 + (bits + 7 >> 3)
        if end > len(payload):
            raise Damaged("headers beyond the packet")
        width = mode.size_bits + mode.index_bits
        delta = mode.size_bits + mode.delta_bits
        if bits < width or bits > width + _MAX_UNITS * delta:
            raise Damaged("no header of a unit, or too many")
        whole = int.from_bytes(payload[2:end], "big") >> ((end - 2) * 8 - bits)
        mask = (1 << mode.size_bits) - 1
        sizes: list[int] = []
        left = bits - width
        while True:
            sizes.append(whole >> left + (mode.delta_bits if sizes else mode.index_bits) & mask)
            if left < delta:
                return sizes, end
            left -= delta

    def _part(self, data: bytes, size: int, ticks: int, *, begins: bool) -> list[Unit]:
        """A fragment: each of them names the size of the whole unit."""
        if begins or not self._begun or ticks != self._ticks or size != self._size:
            self._begun, self._size, self._ticks = b"", size, ticks
        if not data or size > _MAX_UNIT_BYTES:
            raise Damaged("an empty fragment, or a unit that is too long")
        self._begun += data
        if len(self._begun) < size:
            return []
        unit, self._begun = self._begun[:size], b""
        return [Unit(unit, ticks, self._mode.unit_ticks)]
