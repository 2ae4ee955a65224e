"""H.264 in RTP (RFC 6184): single NAL units, STAP-A, FU-A. Interleaved units (packetization-mode 2) are not supported."""

from __future__ import annotations

from framecast.protocols.rtp.nal import NalDepacketiser
from framecast.protocols.rtp.unit import Damaged

_STAP_A, _FU_A = 24, 28
_SLICES = range(1, 6)
_IDR, _SEI = 5, 6
_PARTITIONS = (3, 4)  # they say nothing of where they stand
# SEI, SPS, PPS, delimiter: they never follow a slice of their picture (H.264, 7.4.1.2.3).
_BEGINNINGS = (6, 7, 8, 9)
_RECOVERY_POINT = 6  # H.264, D.1.8
_SEI_BYTES = 4096  # as far as one is read


class H264(NalDepacketiser):
    """A track of H.264. A picture is a key frame if it is IDR or decoding may begin there (recovery point)."""

    def __init__(self) -> None:
        super().__init__()
        self._may_recover = False

    def _unpack(self, payload: bytes) -> None:
        if not payload or (len(payload) < 2 and payload[0] & 31 == _FU_A):
            raise Damaged("too short for a NAL unit")
        kind = payload[0] & 31
        if kind == _FU_A:
            flags = payload[1]
            if flags & 0xC0 == 0 and self._fragment_at is not None and flags & 31 == self._fragment_kind:
                self._go_on(payload[2:])
                return
            header = bytes((payload[0] & 0xE0 | flags & 31,))
            self._fragment(flags & 31, header, payload[2:], bool(flags & 0x80), bool(flags & 0x40))
        elif 0 < kind < _STAP_A:
            self._unit(payload)
        elif kind == _STAP_A:
            self._aggregate(payload, 1)
        else:
            raise Damaged("a packet type of another packetization mode")

    def _kind(self, unit: bytes) -> int:
        return unit[0] & 31

    def _is_slice(self, kind: int) -> bool:
        return kind in _SLICES

    def _look(self, kind: int, head: bytes) -> bool:
        if kind in _SLICES:
            # first_mb_in_slice is 0 if its Exp-Golomb code is a single 1.
            first = kind not in _PARTITIONS and len(head) > 1 and head[1] >= 0x80
            self._slice(first=first, key=kind == _IDR or self._may_recover)
            self._may_recover = False
            return True
        if kind in _BEGINNINGS:
            self._beginning()
            if kind == _SEI and is_recovery_point(head):
                self._may_recover = True
        return False


def is_recovery_point(unit: bytes) -> bool:
    """True if an SEI unit says that decoding may begin with its picture."""
    body = unit[1:_SEI_BYTES].replace(b"\x00\x00\x03", b"\x00\x00")
    at = 0
    while at + 2 < len(body):
        kind, at = _sei_number(body, at)
        size, at = _sei_number(body, at)
        if kind == _RECOVERY_POINT:
            return True
        at += size
    return False


def _sei_number(body: bytes, at: int) -> tuple[int, int]:
    """A number of SEI (7.3.2.3.1): bytes of 255 and a last one."""
    value = 0
    while at < len(body) and body[at] == 255:
        value += 255
        at += 1
    return (value + body[at], at + 1) if at < len(body) else (value, at)
