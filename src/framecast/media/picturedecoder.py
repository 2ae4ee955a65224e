"""The pictures of a stored file with the times at which they are shown: they grow, from 0 on, at most 60 pictures a second.

A file may begin late, repeat a time or leave it out, and phones record 240 pictures a second; the times between pictures are kept as they are (VFR). A damaged
packet gives no picture. One thread; FFmpeg's decoder has threads of its own.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import av.error
from av.video.frame import VideoFrame

from framecast.media.coding import FFmpegPacket
from framecast.media.packetcopy import has_decoding_times_only
from framecast.media.picturefilter import TIME_BASE
from framecast.media.storedfile import StoredFile

MAX_RATE = 60
# Two pictures at 60 a second lie 16.7 ms apart, or a millisecond less in a file that counts in milliseconds.
_LEAST_APART = round(Fraction(1, MAX_RATE) / TIME_BASE) - 90


class PictureDecoder:
    """Decodes the video of a file whose zero is found."""

    def __init__(self, source: StoredFile, threads: int = 0) -> None:
        assert source.video is not None
        self._zero = round(source.zero_s / TIME_BASE)
        self._usual = max(1, round(1 / (source.rate * TIME_BASE)))
        self._last: int | None = None
        # The n-th picture that comes out is shown at the n-th time that went in.
        self._waiting: deque[int] | None = deque() if has_decoding_times_only(source.video) else None
        context = source.video.codec_context
        if not context.is_open:
            context.thread_type = "AUTO"
            context.thread_count = threads

    def decode(self, packet: FFmpegPacket) -> list[VideoFrame]:
        """Return the pictures that a packet completes. Their pts counts in `TIME_BASE`."""
        if self._waiting is not None and packet.pts is not None:
            self._waiting.append(packet.pts)
        return [frame for frame in decoded(packet) if self._place(frame)]

    def _place(self, frame: VideoFrame) -> bool:
        if self._waiting:
            frame.pts = self._waiting.popleft()
        pts = self._time(frame)
        if self._last is None:
            pts = 0  # the first picture is shown from the beginning
        elif pts - self._last < _LEAST_APART:
            return False
        frame.pts, frame.time_base = pts, TIME_BASE
        self._last = pts
        return True

    def _time(self, frame: VideoFrame) -> int:
        if frame.pts is None or frame.time_base is None:
            return (self._last or 0) + self._usual
        return round(frame.pts * frame.time_base / TIME_BASE) - self._zero


def decoded(packet: FFmpegPacket) -> list[VideoFrame]:
    """Return the pictures that a packet completes; none if it is damaged."""
    try:
        return list(packet.decode())
    except (av.error.FFmpegError, ValueError):
        return []
