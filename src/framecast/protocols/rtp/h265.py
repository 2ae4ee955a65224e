"""H.265 in RTP (RFC 7798): single NAL units, aggregates, fragments. Decoding order numbers (DONL) are not supported."""

from __future__ import annotations

from framecast.protocols.rtp.nal import NalDepacketiser
from framecast.protocols.rtp.unit import Damaged

_AP, _FU = 48, 49
_SLICES = range(32)
# IRAP: decoding may begin there (H.265, table 7-1).
_KEYS = range(16, 24)
# Units that begin the next picture (H.265, 7.4.2.4.4): parameter sets, delimiter, prefix SEI, reserved and unspecified ones.
_BEGINNINGS = frozenset((32, 33, 34, 35, 39, *range(41, 45), *range(48, 56)))
_HEADER_BYTES = 2


class H265(NalDepacketiser):
    """A track of H.265."""

    def _unpack(self, payload: bytes) -> None:
        if len(payload) < _HEADER_BYTES or (len(payload) == _HEADER_BYTES and payload[0] >> 1 & 63 == _FU):
            raise Damaged("too short for a NAL unit")
        kind = payload[0] >> 1 & 63
        if kind == _FU:
            flags = payload[2]
            inner = flags & 63
            if flags & 0xC0 == 0 and self._fragment_at is not None and inner == self._fragment_kind:
                self._go_on(payload[3:])
                return
            header = bytes((payload[0] & 0x81 | inner << 1, payload[1]))
            self._fragment(inner, header, payload[3:], bool(flags & 0x80), bool(flags & 0x40))
        elif kind < _AP:
            self._unit(payload)
        elif kind == _AP:
            self._aggregate(payload, _HEADER_BYTES)
        else:
            raise Damaged("a packet type that is not known")

    def _kind(self, unit: bytes) -> int:
        return unit[0] >> 1 & 63

    def _is_slice(self, kind: int) -> bool:
        return kind in _SLICES

    def _look(self, kind: int, head: bytes) -> bool:
        if head[0] & 1 or (len(head) > 1 and head[1] >> 3):
            return False  # a layer above the base: it belongs to the current picture
        if kind in _SLICES:
            # first_slice_segment_in_pic_flag is the first bit behind the header.
            first = len(head) > _HEADER_BYTES and head[_HEADER_BYTES] >= 0x80
            self._slice(first=first, key=kind in _KEYS)
            return True
        if kind in _BEGINNINGS:
            self._beginning()
        return False
