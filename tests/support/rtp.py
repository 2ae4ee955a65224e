"""RTP packets for tests: payloads as cameras cut them, and access units of a clip to cut."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import av

from framecast.media import annexb
from tests.support.media_files import Clip

MTU = 1400
START = b"\x00\x00\x00\x01"


@dataclass
class Sender:
    """One sender of RTP: numbers its packets."""

    payload_type: int = 96
    ssrc: int = 0x1234
    sequence: int = 65530  # wraps soon

    def packet(self, payload: bytes, timestamp: int, marker: bool = False) -> bytes:
        """Return the next packet (RFC 3550 section 5.1)."""
        second = self.payload_type | marker << 7
        head = struct.pack(">BBHII", 0x80, second, self.sequence, timestamp & 0xFFFFFFFF, self.ssrc)
        self.sequence = self.sequence + 1 & 0xFFFF
        return head + payload

    def picture(self, unit: bytes, timestamp: int, codec: str = "h264", mtu: int = MTU) -> list[bytes]:
        """Return an access unit of Annex B as packets, the marker on its last one."""
        payloads = [part for nal in annexb.units(unit) for part in cut(nal, codec, mtu)]
        last = len(payloads) - 1
        return [self.packet(part, timestamp, index == last) for index, part in enumerate(payloads)]


def cut(nal: bytes, codec: str = "h264", mtu: int = MTU) -> list[bytes]:
    """Return the payloads for one NAL unit: itself, or its fragments (FU-A of RFC 6184, FU of RFC 7798)."""
    if len(nal) <= mtu:
        return [nal]
    size = 1 if codec == "h264" else 2
    if codec == "h264":
        head, kind = bytes((nal[0] & 0xE0 | 28,)), nal[0] & 31
    else:
        head, kind = bytes((nal[0] & 0x81 | 49 << 1, nal[1])), nal[0] >> 1 & 63
    chunks = [nal[at : at + mtu] for at in range(size, len(nal), mtu)]
    ends = len(chunks) - 1
    return [
        head + bytes((kind | (index == 0) << 7 | (index == ends) << 6,)) + chunk
        for index, chunk in enumerate(chunks)
    ]


def interleaved(channel: int, packet: bytes) -> bytes:
    """Return a packet as it travels in an RTSP connection (RFC 2326 section 10.12)."""
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet


def report(ssrc: int, wall_s: float, timestamp: int) -> bytes:
    """Return an RTCP sender report."""
    ntp = int((wall_s + 2_208_988_800) * (1 << 32))
    return struct.pack(">BBHIQIII", 0x80, 200, 6, ssrc, ntp, timestamp & 0xFFFFFFFF, 0, 0)


def access_units(clip: Clip) -> Iterator[tuple[bytes, int, int, bool]]:
    """Yield the pictures of a clip as Annex B: payload, pts and dts in ticks of 90 kHz, and whether it is a key frame.

    All units have four-byte start codes, and a key frame has its parameter sets.
    """
    codec = {"h264": "h264", "h265": "hevc"}[clip.video]
    with av.open(str(clip.path())) as container:
        stream = container.streams.video[0]
        bsf = av.BitStreamFilterContext(f"{codec}_mp4toannexb", stream)
        for packet in container.demux(stream):
            is_last = not packet.size  # the filter empties what it is given
            for out in bsf.filter(None if is_last else packet):
                assert out.pts is not None
                assert out.dts is not None
                assert out.time_base is not None
                scale = 90_000 * out.time_base
                units = annexb.units(bytes(out))
                payload = b"".join(START + unit for unit in units)
                yield payload, int(out.pts * scale), int(out.dts * scale), out.is_keyframe
            if is_last:
                return
