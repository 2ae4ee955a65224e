"""When each decoded picture of a file is shown: times that grow, from 0 on, at most 60 pictures a second. Pure but for the frames.

A file may begin late, repeat a time or leave it out, and phones record 240 pictures a second; the times between pictures are kept as they are (VFR).
"""

from __future__ import annotations

from fractions import Fraction

from av.video.frame import VideoFrame

from framecast.media.picturefilter import TIME_BASE

MAX_RATE = 60
# Two pictures at 60 a second lie 16.7 ms apart, or a millisecond less in a file that counts in milliseconds.
_LEAST_APART = round(Fraction(1, MAX_RATE) / TIME_BASE) - 90


class PictureTimes:
    """Places pictures on the time line that begins at `zero_s` of the file."""

    def __init__(self, zero_s: Fraction, rate: Fraction) -> None:
        self._zero = round(zero_s / TIME_BASE)
        self._usual = max(1, round(1 / (rate * TIME_BASE)))
        self._last: int | None = None

    def place(self, frame: VideoFrame) -> bool:
        """Set the frame's pts in `TIME_BASE`; False if the picture is left out."""
        pts = self._of(frame)
        if self._last is None:
            pts = 0  # the first picture is shown from the beginning
        elif pts - self._last < _LEAST_APART:
            return False
        frame.pts, frame.time_base = pts, TIME_BASE
        self._last = pts
        return True

    def _of(self, frame: VideoFrame) -> int:
        if frame.pts is None or frame.time_base is None:
            return (self._last or 0) + self._usual
        return round(frame.pts * frame.time_base / TIME_BASE) - self._zero
