"""Finds presentation times for files that store pictures in the order of decoding and give no such times: AVI, ASF, bare streams.

Such a file numbers its packets as they are decoded, or not at all. An encoder with B-frames stores some pictures before others that are
shown first; only the decoder knows which. So the packets are decoded here in advance, without the most expensive
steps; the k-th picture that comes out is shown at the k-th time, after the delay of the decoder. Formats with presentation times pass through;
their first packets get the decoding times that they lack. Used by a demuxer of a file, in its thread. Holds back at most MAX_HELD packets.
"""

from __future__ import annotations

from collections import deque
from typing import cast

import av
import av.error
from av.bitstream import BitStreamFilterContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.stream import VideoStream

from framecast.media.coding import FFmpegPacket

MAX_HELD = 40  # no standard lets a decoder hold back more than 16 pictures
# Formats without presentation times, and the codecs whose order FFmpeg's parsers do not repair there.
_UNTIMED = ("avi", "asf", "h264", "hevc")
_REORDERING = ("h264", "hevc", "mpeg4", "vc1", "wmv3")
_QUICK = {"skip_loop_filter": "all", "skip_idct": "all"}


def is_untimed(stream: VideoStream, format: str) -> bool:
    """True if a file does not say when the pictures of this track are shown, and only a decoder knows."""
    context = stream.codec_context
    return format in _UNTIMED and context.codec.canonical_name in _REORDERING and context.reorder_depth > 0


class Timing:
    """Presentation and decoding times for one track of a file."""

    def __init__(self, stream: VideoStream, format: str, step: int) -> None:
        self._step = max(1, step)
        context = stream.codec_context
        codec, depth = context.codec.canonical_name, context.reorder_depth
        self._order = _Order(stream, depth, self._step) if is_untimed(stream, format) else None
        self._next = 0 if format in _UNTIMED else None  # of packets without any time
        # Two pictures in one packet, as DivX wrote them to fit into AVI.
        is_packed = format == "avi" and codec == "mpeg4"
        self._unpack = BitStreamFilterContext("mpeg4_unpack_bframes", stream) if is_packed else None
        self._held: list[FFmpegPacket] = []  # the first packets, while none of them has a decoding time

    def take(self, packet: FFmpegPacket) -> list[FFmpegPacket]:
        """Return the packets whose times are known now."""
        packets = self._unpack.filter(packet) if self._unpack else [packet]
        if self._order is not None:
            return [ready for one in packets for ready in self._order.take(one)]
        return [ready for one in packets for ready in self._filled(one)]

    def finish(self) -> list[FFmpegPacket]:
        """Return what is left at the end of the file."""
        held, self._held = self._held, []
        return held + (self._order.finish() if self._order is not None else [])

    def _filled(self, packet: FFmpegPacket) -> list[FFmpegPacket]:
        """Fill in the decoding times that the first packets lack (Matroska), counted back from the first packet with one."""
        if packet.dts is None and packet.pts is None and self._next is not None:
            packet.pts = packet.dts = self._next
            self._next += packet.duration or self._step
        if packet.dts is None and packet.pts is not None and len(self._held) < MAX_HELD:
            self._held.append(packet)
            return []
        held, self._held = self._held, []
        if packet.dts is not None:
            for back, one in enumerate(reversed(held), 1):
                one.dts = packet.dts - back * self._step
        return [*held, packet]


class _Order:
    """The order in which pictures are shown, found by decoding them."""

    def __init__(self, stream: VideoStream, depth: int, step: int) -> None:
        self._depth, self._step = depth, step
        self._decoder = _decoder_of(stream.codec_context)
        self._count = 0
        self._times: dict[int, int] = {}  # by the number of a packet: when it is decoded, as the file counts
        self._held: deque[tuple[int, FFmpegPacket]] = deque()
        self._keys: set[int] = set()
        self._places: dict[int, int] = {}  # by the number of a packet: which picture it is, as they are shown
        self._place = -1  # of the picture that was shown last
        self._shown: deque[int] = deque(maxlen=2 * MAX_HELD)

    def take(self, packet: FFmpegPacket) -> list[FFmpegPacket]:
        """Return the packets whose pictures have come out."""
        number, self._count = self._count, self._count + 1
        before = self._times.get(number - 1)
        usual = 0 if before is None else before + self._step
        self._times[number] = usual if packet.dts is None else max(packet.dts, usual - self._step + 1)
        self._held.append((number, packet))
        if packet.is_keyframe:
            self._keys.add(number)
        packet.pts = packet.dts = number
        self._decode(packet)
        return self._ready(MAX_HELD)

    def finish(self) -> list[FFmpegPacket]:
        """Return all that is left."""
        self._decode(None)
        return self._ready(0)

    def _decode(self, packet: FFmpegPacket | None) -> None:
        try:
            frames = self._decoder.decode(packet)
        except (av.error.FFmpegError, ValueError):
            return  # it keeps the place of its decoding
        for frame in frames:
            if frame.pts is not None:
                self._show(frame.pts, is_intra=frame.pict_type == PictureType.I)

    def _show(self, number: int, *, is_intra: bool) -> None:
        """Count on; a key frame counts from its own number, so that a lost picture does not move others."""
        leading = sum(1 for other in self._shown if other > number)
        self._place = number + leading if is_intra and number in self._keys else self._place + 1
        self._places[number] = self._place
        self._shown.append(number)

    def _ready(self, most: int) -> list[FFmpegPacket]:
        found: list[FFmpegPacket] = []
        while self._held and (self._is_known(self._held[0][0]) or len(self._held) > most):
            number, packet = self._held.popleft()
            packet.dts = self._times[number]
            packet.pts = max(packet.dts, self._shown_at(self._places.pop(number, number)))
            self._keys.discard(number)
            self._times.pop(number - 2 * MAX_HELD, None)
            found.append(packet)
        return found

    def _is_known(self, number: int) -> bool:
        return number in self._places and self._places[number] + self._depth < self._count

    def _shown_at(self, place: int) -> int:
        """A picture is shown at the time of the packet that brings it out of a decoder: `depth` packets later."""
        number, last = place + self._depth, self._count - 1
        if number in self._times:
            return self._times[number]
        return self._times[last] + (number - last) * self._step


def _decoder_of(given: VideoCodecContext) -> VideoCodecContext:
    decoder = cast(VideoCodecContext, av.CodecContext.create(given.codec.name, "r"))
    decoder.extradata = given.extradata
    decoder.width, decoder.height = given.width, given.height
    decoder.codec_tag = given.codec_tag
    decoder.thread_count = 1
    decoder.options = _QUICK
    return decoder
