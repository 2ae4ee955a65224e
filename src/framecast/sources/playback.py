"""Plays something that has an end, at its own rate, once or in a loop.

Times go on in a loop: the next pass begins exactly at the end of the pictures of the last one, in fractions of a second,
so that nothing drifts however long it plays; audio that is longer than the pictures is cut there. Every pass opens the source
again: a file that was replaced is used at the next pass. Runs in the source's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from time import monotonic

from framecast.bus import Publisher
from framecast.clock import NS
from framecast.errors import SourceError
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.model import EncodedPacket, StreamSpec
from framecast.sources.every import EveryPicture
from framecast.sources.pacing import Paced
from framecast.sources.pictures import Pictures
from framecast.sources.pull import Packets, carry
from framecast.sources.relay import Relay
from framecast.sources.video_data import VideoData

_READER_S = 1.0
# Packets that are read before the first one is published: they show how the encoder reorders.
_LOOK_AHEAD = 32


def play(
    publisher: Publisher,
    spec: StreamSpec,
    stop: threading.Event,
    opening: Opening,
    first: Demuxer | None = None,
) -> None:
    """Play until the end, or until `stop` if the stream loops. `first` is the source if it is open already.

    Raises:
        SourceError: it cannot be opened or read.
    """
    demuxer = first or Demuxer(opening)
    pacing = Paced(stop)
    is_patient = spec.reading.pace == "patient"
    pictures = EveryPicture.of(spec) if is_patient else Pictures
    relay = Relay(publisher, spec, pacing, gap_ns=round(demuxer.longest_gap_s * NS), pictures=pictures)
    publisher.note(format=demuxer.format)
    data = VideoData(publisher, spec.reading.data) if spec.reading.data else None
    begin: Fraction | None = None  # where the pass begins, in seconds; None: where the source itself does
    cut = demuxer.video_end
    while True:
        with demuxer:
            relay.bind(demuxer)
            if begin is None:
                publisher.ready()
                if is_patient or not spec.loop:
                    _await_reader(publisher, stop)
            else:
                relay.begin(begin - demuxer.start)
                pacing.begin()
            one_pass = Pass(demuxer, cut if spec.loop else None)
            packets: Packets = _Ahead(one_pass, demuxer, pacing)
            if data is not None:
                data.restart()
                packets = data.beside(packets, demuxer, relay)
            carry(publisher, relay, packets, stop)
            relay.finish(pacing.show)
        if stop.is_set() or not spec.loop:
            pacing.show(relay.end_ns)  # the last picture has its time, too
            return
        if one_pass.length <= 0:
            raise SourceError("unsupported", "the source ended before its first packet")
        begin = (demuxer.start + relay.shift if begin is None else begin) + one_pass.length
        cut = one_pass.video_end or cut
        demuxer = _opened_again(opening)


def _opened_again(opening: Opening) -> Demuxer:
    """Open the next pass. A file that has replaced the first one is closed to this process if its folder is (`permitted`): the next attempt plays it."""
    try:
        return Demuxer(opening)
    except SourceError as error:
        if error.reason == "forbidden":
            raise SourceError("closed", "the file was replaced: it is opened again") from None
        raise


def _await_reader(publisher: Publisher, stop: threading.Event) -> None:
    """Wait for the first reader: it must not miss the beginning of something that is played once."""
    deadline = monotonic() + _READER_S
    while not publisher.wanted and monotonic() < deadline and not stop.wait(0.002):
        continue


class _Ahead:
    """The packets of a pass; before the first one, the pacing learns how early packets come before their pictures."""

    def __init__(self, packets: Packets, demuxer: Demuxer, pacing: Paced) -> None:
        self._packets, self._demuxer, self._pacing = packets, demuxer, pacing

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield the packets."""
        rest = self._packets.packets()
        head = list(islice(rest, _LOOK_AHEAD))
        for packet in head:
            if packet.pts is not None and packet.dts is not None:
                lead = (packet.pts - packet.dts) * self._demuxer.time_base(packet.track)
                self._pacing.expect(round(lead * NS))
        yield from head
        yield from rest


class Pass:
    """The packets of one pass, and its length. Audio after `cut` seconds is left out."""

    def __init__(self, demuxer: Demuxer, cut: Fraction | None) -> None:
        self._demuxer = demuxer
        self._cut = cut
        self._ends: dict[int, Fraction] = {}
        self._begins: dict[int, Fraction] = {}

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield the packets."""
        demuxer = self._demuxer
        ends: dict[int, int] = {}
        begins: dict[int, int] = {}
        usual = {index: demuxer.usual_step(index) for index in demuxer.indices}
        late = self._last_sound()
        for packet in demuxer.packets():
            index = packet.track
            if packet.pts is not None:
                if late is not None and index == demuxer.audio_index and packet.pts >= late:
                    continue
                if not packet.is_hidden:
                    begins[index] = min(begins.get(index, packet.pts), packet.pts)
                ends[index] = max(ends.get(index, packet.pts), packet.pts + (packet.duration or usual[index]))
            yield packet
        self._ends = {index: end * demuxer.time_base(index) for index, end in ends.items()}
        self._begins = {index: begin * demuxer.time_base(index) for index, begin in begins.items()}

    @property
    def video_end(self) -> Fraction | None:
        """When the pictures ended, None if there were no pictures."""
        return self._ends.get(self._demuxer.video_index)

    @property
    def length(self) -> Fraction:
        """Seconds from the first picture or sound to the end of the last one."""
        start = self._demuxer.start
        begin = max(start, min(self._begins.values(), default=start))
        return max(self._ends.values(), default=begin) - begin

    def _last_sound(self) -> int | None:
        """The time stamp from which audio is left out."""
        demuxer = self._demuxer
        if self._cut is None or demuxer.audio_index < 0 or demuxer.video_index < 0:
            return None
        return int(self._cut / demuxer.time_base(demuxer.audio_index))
