"""The packets of a file with the times that they need: those that its format does not tell, and those of hidden ones.

In the thread of the demuxer that they come from. See `reorder` and `hidden` for what each does and holds back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from av.video.stream import VideoStream

from framecast.media.coding import Packet
from framecast.media.hidden import FINE_STEP, Hidden
from framecast.media.reorder import Timing
from framecast.model import TrackInfo


def finer(stream: VideoStream, info: TrackInfo) -> int:
    """Return by how much a track's ticks have to be divided for hidden pictures to fit between two shown ones."""
    step = max(1, round(1 / ((info.rate or Fraction(25)) * info.time_base)))
    if step >= FINE_STEP or not any(entry.is_discard for entry in stream.index_entries):
        return 1
    return -(-FINE_STEP // step)


def retimed(
    packets: Iterable[Packet], video: VideoStream | None, format: str, steps: Mapping[int, int], ticks: int
) -> Iterator[Packet]:
    """Yield the packets of a file's tracks. `steps` says by a track's number how many ticks a packet usually lasts.

    Ticks of the video are divided by `ticks`, as its step is already.
    """
    hidden = {index: Hidden(step) for index, step in steps.items()}
    timing = None if video is None else Timing(video, format, steps[video.index] // ticks)
    for packet in packets:
        index = packet.stream_index
        if timing is None or video is None or index != video.index:
            yield from hidden[index].pass_on(packet)
            continue
        for one in timing.take(packet):
            yield from hidden[index].pass_on(_divided(one, ticks))
    if timing is not None and video is not None:
        for one in timing.finish():
            yield from hidden[video.index].pass_on(_divided(one, ticks))


def _divided(packet: Packet, by: int) -> Packet:
    """Count a packet's times in ticks that are so much shorter."""
    if by > 1:
        packet.pts = None if packet.pts is None else packet.pts * by
        packet.dts = None if packet.dts is None else packet.dts * by
        packet.duration = (packet.duration or 0) * by
    return packet
