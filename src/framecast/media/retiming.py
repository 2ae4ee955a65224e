"""Gives the packets of a file their times if the format does not store them, and the packets that are not shown theirs.

Runs in the thread of the demuxer. `reorder` and `hidden` say what each does and holds back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from av.stream import Stream
from av.video.stream import VideoStream

from framecast.media.coding import FFmpegPacket
from framecast.media.hidden import FINE_STEP, Hidden
from framecast.media.reorder import Timing
from framecast.model import TrackInfo

# A step forward of more seconds than this is checked by the next packet.
_HOLE_S = 10


def finer(stream: VideoStream, info: TrackInfo) -> int:
    """Return by how much to divide the ticks of a track so that hidden pictures fit between two shown ones."""
    step = max(1, round(1 / ((info.rate or Fraction(25)) * info.time_base)))
    if step >= FINE_STEP or not any(entry.is_discard for entry in stream.index_entries):
        return 1
    return -(-FINE_STEP // step)


class _Outliers:
    """Removes the times of a packet that jumps over a gap if the next packet does not: its times are damaged."""

    def __init__(self, time_base: Fraction) -> None:
        self._hole = max(1, round(_HOLE_S / time_base))
        self._last: int | None = None
        self._doubtful: FFmpegPacket | None = None

    def pass_on(self, packet: FFmpegPacket) -> list[FFmpegPacket]:
        """Return what may go on now that `packet` has come."""
        found = self.finish()
        time = packet.dts if packet.dts is not None else packet.pts
        if found and time is not None and self._last is not None and time < self._last + self._hole:
            found[0].pts = found[0].dts = None
        if time is not None and self._last is not None and time - self._last > self._hole and not found:
            self._doubtful = packet
            return found
        self._last = time if time is not None else self._last
        return [*found, packet]

    def finish(self) -> list[FFmpegPacket]:
        """Return what is left."""
        found, self._doubtful = [self._doubtful] if self._doubtful is not None else [], None
        return found


class _Track:
    """One track. Ticks of the video are divided by `ticks`; `step` counts in what comes out."""

    def __init__(self, stream: Stream, format: str, step: int, ticks: int) -> None:
        base = stream.time_base or Fraction(1, 1_000_000)
        self._ticks = ticks
        self._outliers = _Outliers(base)
        self._timing = Timing(stream, format, step // ticks) if isinstance(stream, VideoStream) else None
        self._hidden = Hidden(step)

    def pass_on(self, packet: FFmpegPacket) -> Iterator[FFmpegPacket]:
        for one in self._outliers.pass_on(packet):
            yield from self._timed(one)

    def finish(self) -> Iterator[FFmpegPacket]:
        for one in self._outliers.finish():
            yield from self._timed(one)
        for one in self._timing.finish() if self._timing else ():
            yield from self._hidden.pass_on(_divided(one, self._ticks))

    def _timed(self, packet: FFmpegPacket) -> Iterator[FFmpegPacket]:
        for one in self._timing.take(packet) if self._timing else (packet,):
            yield from self._hidden.pass_on(_divided(one, self._ticks))


def retimed(
    packets: Iterable[FFmpegPacket],
    streams: Iterable[Stream],
    format: str,
    steps: Mapping[int, int],
    ticks: int,
) -> Iterator[FFmpegPacket]:
    """Yield the packets of a file's tracks. `steps` says by a track's number how many ticks a packet usually lasts.

    Ticks of the video are divided by `ticks`, as its step is already.
    """
    tracks = {
        stream.index: _Track(
            stream, format, steps[stream.index], ticks if isinstance(stream, VideoStream) else 1
        )
        for stream in streams
    }
    for packet in packets:
        yield from tracks[packet.stream_index].pass_on(packet)
    for track in tracks.values():
        yield from track.finish()


def _divided(packet: FFmpegPacket, by: int) -> FFmpegPacket:
    """Count the times of a packet in ticks that are `by` times shorter."""
    if by > 1:
        packet.pts = None if packet.pts is None else packet.pts * by
        packet.dts = None if packet.dts is None else packet.dts * by
        packet.duration = (packet.duration or 0) * by
    return packet
