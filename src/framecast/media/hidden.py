"""Pictures and sound that an edit list hides: packets that a decoder needs but that are not shown.

FFmpeg marks such packets (`is_discard`) and leaves them the times that they would have had, so they would take time of
their own, and in a loop the time of other pictures. Here the ones that a shown packet can need get times right before it;
the others are left out. Used by a demuxer, in its thread. Holds at most one group of pictures.
"""

from __future__ import annotations

from framecast.media.coding import FFmpegPacket

# More packets are not one group of pictures: they are left out, and decoding begins at the next key frame.
MAX_HELD = 2000
# The least ticks in the time of one picture, so that the hidden ones of a group fit into it.
FINE_STEP = 512


class Hidden:
    """One track's hidden packets. `step` is how many ticks a packet usually lasts."""

    def __init__(self, step: int) -> None:
        self._step = max(1, step)
        self._run: list[
            FFmpegPacket
        ] = []  # hidden packets since the last shown one, from a key frame on where there is one

    def pass_on(self, packet: FFmpegPacket) -> list[FFmpegPacket]:
        """Return what may go on now that `packet` has come: nothing while that is not known."""
        if not packet.is_discard:
            run, self._run = self._run, []
            if run:
                self._squeeze(run, packet)
            return [*run, packet]
        if packet.is_keyframe or len(self._run) >= MAX_HELD:
            self._run.clear()
        self._run.append(packet)
        return []

    def _squeeze(self, run: list[FFmpegPacket], shown: FFmpegPacket) -> None:
        """Give the packets of a run times right before the first picture that can be shown."""
        if shown.dts is None or shown.pts is None:
            return
        count = len(run)
        earlier = [packet.pts for packet in run if packet.pts is not None and packet.pts < shown.pts]
        # The cut lies behind the last hidden picture; what is shown first may only come after `shown`, by reordering.
        first = min(shown.pts, max(earlier) + self._step) if earlier else shown.pts
        for index, packet in enumerate(run):
            packet.dts = shown.dts - count + index
            packet.pts = max(packet.dts, first - count + index)
            packet.duration = 1
