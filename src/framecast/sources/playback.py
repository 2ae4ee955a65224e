"""Playing something that has an end, at its own rate, once or over and over.

Times go on over the loop: the next pass begins exactly where the pictures of the last one ended, in fractions of a second,
so that nothing drifts however long it plays; sound that is longer than the pictures is cut there. Every pass opens the source
anew: a file that was replaced shows at the next one. Runs in the source's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from time import monotonic

from framecast.bus import Publisher
from framecast.errors import SourceError
from framecast.media.coding import Packet
from framecast.media.demux import Demuxer, Opening
from framecast.model import StreamSpec
from framecast.sources.pacing import Paced
from framecast.sources.pull import carry
from framecast.sources.relay import Relay

_READER_S = 1.0


def play(
    publisher: Publisher,
    spec: StreamSpec,
    stop: threading.Event,
    opening: Opening,
    first: Demuxer | None = None,
) -> None:
    """Play until the end, or until `stop` where the stream loops. `first` is the source where it is open already.

    Raises:
        SourceError: it cannot be opened or read.
    """
    relay = Relay(publisher, spec, Paced(stop))
    demuxer = first or Demuxer(opening)
    publisher.note(format=demuxer.format)
    begin: Fraction | None = None  # where the pass begins, in seconds; None: where the source itself does
    cut = demuxer.video_end
    while True:
        with demuxer:
            relay.bind(demuxer)
            if begin is None:
                publisher.ready()
                if not spec.loop:
                    _await_reader(publisher, stop)
            else:
                relay.begin(begin - demuxer.start)
            one_pass = _Pass(demuxer, cut if spec.loop else None)
            carry(publisher, relay, one_pass, stop)
            relay.finish()
        if stop.is_set() or not spec.loop:
            return
        if one_pass.length <= 0:
            raise SourceError("unsupported", "the source ended before its first packet")
        begin = (demuxer.start + relay.shift if begin is None else begin) + one_pass.length
        cut = one_pass.video_end or cut
        demuxer = Demuxer(opening)


def _await_reader(publisher: Publisher, stop: threading.Event) -> None:
    """Who plays something once wants its beginning, and the reader it was started for is on its way."""
    deadline = monotonic() + _READER_S
    while not publisher.wanted and monotonic() < deadline and not stop.wait(0.002):
        continue


class _Pass:
    """The packets of one pass, and how long it was. Sound after `cut` seconds is left out."""

    def __init__(self, demuxer: Demuxer, cut: Fraction | None) -> None:
        self._demuxer = demuxer
        self._cut = cut
        self._ends: dict[int, Fraction] = {}

    def packets(self) -> Iterator[Packet]:
        """Yield the packets."""
        demuxer = self._demuxer
        ends: dict[int, int] = {}
        usual = {index: demuxer.usual_step(index) for index in demuxer.indices}
        late = self._last_sound()
        for packet in demuxer.packets():
            index = packet.stream_index
            if packet.pts is not None:
                if late is not None and index == demuxer.audio_index and packet.pts >= late:
                    continue
                ends[index] = max(ends.get(index, packet.pts), packet.pts + (packet.duration or usual[index]))
            yield packet
        self._ends = {index: end * demuxer.time_base(index) for index, end in ends.items()}

    @property
    def video_end(self) -> Fraction | None:
        """Where the pictures ended, None where there were none."""
        return self._ends.get(self._demuxer.video_index)

    @property
    def length(self) -> Fraction:
        """Seconds from the source's start to its end."""
        return max(self._ends.values(), default=self._demuxer.start) - self._demuxer.start

    def _last_sound(self) -> int | None:
        """The time stamp from which on sound is left out."""
        demuxer = self._demuxer
        if self._cut is None or demuxer.audio_index < 0 or demuxer.video_index < 0:
            return None
        return int(self._cut / demuxer.time_base(demuxer.audio_index))
