"""A file at the pace of its only reader: as fast as it reads, every picture once, and from any place that it asks for.

Runs in the source's thread. It starts when the reader has come, waits for it before each record (`framecast.bus.patient`), and at the
end of the file for its next request. When it has left, the file starts again for the next reader. Tracks without readers are neither
decoded nor copied. Times are those of the file; in a loop they go on.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction
from typing import Any

from framecast.bus import Deserted, Patience, PatientTrack, Publisher, Sought, tell_all
from framecast.clock import NS
from framecast.errors import SourceError
from framecast.media.demux import Demuxer
from framecast.media.filefacts import facts_of
from framecast.media.frameindex import FrameIndex, Place
from framecast.media.opening import Opening
from framecast.model import StreamSpec, number
from framecast.sources.every import EveryPicture
from framecast.sources.pacing import Unpaced
from framecast.sources.playback import Pass
from framecast.sources.pull import carry
from framecast.sources.relay import Relay
from framecast.sources.video_data import VideoData

# How often `stop` is looked at while no reader is there.
_READER_S = 0.1
# How far before a key frame to seek if seeking goes past it, in seconds.
_RUN_UPS_S = (0, 1, 5, 30)
# The largest number of a picture, and of a second, that a reader may ask for.
_MOST = 1 << 40


def deliver(publisher: Publisher, spec: StreamSpec, stop: threading.Event, opening: Opening) -> None:
    """Deliver the file to its reader until `stop`.

    Raises:
        SourceError: it cannot be opened or read.
    """
    publisher.wait_for_reader(Patience(stop, on_demand=True))
    with _Delivery(publisher, spec, stop, opening) as delivery:
        delivery.run()


class _Delivery:
    """A file on its way to readers, one after the other."""

    def __init__(
        self, publisher: Publisher, spec: StreamSpec, stop: threading.Event, opening: Opening
    ) -> None:
        self._publisher = publisher
        self._spec = spec
        self._stop = stop
        self._opening = opening
        self._file = _described(Demuxer(opening))
        gap_ns = round(self._file.longest_gap_s * NS)
        self._relay = Relay(publisher, spec, Unpaced(), gap_ns=gap_ns, pictures=EveryPicture.of(spec))
        reading = spec.reading
        self._data = VideoData(publisher, reading.data) if reading.data else None
        self._is_used = False  # its first packets were read
        self._index: FrameIndex | None = None
        self._shift: Fraction | None = None  # what was added to the file's own times at its beginning
        self._came = threading.Event()  # a reader, or one has left
        self._is_beyond = False  # the reader has asked for a place after the end
        self._cut = self._file.video_end if spec.loop else None

    def __enter__(self) -> _Delivery:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()
        if self._index is not None:
            self._index.close()

    def run(self) -> None:
        """Serve readers until `stop`."""
        self._relay.bind(self._file)
        self._publisher.hear_demand(self._came.set)
        self._publisher.ready()
        self._publisher.note(format=self._file.format)
        while self._await_reader():
            try:
                self._serve()
            except Deserted:
                continue

    def _tracks(self) -> list[PatientTrack]:
        return [track for track in self._publisher.tracks.values() if isinstance(track, PatientTrack)]

    def _read_tracks(self) -> list[PatientTrack]:
        return [track for track in self._tracks() if track.awaited]

    def _await_reader(self) -> bool:
        """Wait until the reader has subscribed to all tracks that it wants; False if `stop` came first."""
        for track in self._tracks():
            track.begin()
        while not self._stop.is_set():
            self._came.clear()
            wanted = {name for track in self._tracks() for name in track.awaited}
            if wanted and all(track.wanted for track in self._tracks() if track.info.name in wanted):
                return True
            self._came.wait(_READER_S)
        return False

    # --- one reader

    def _serve(self) -> None:
        """Deliver the file, from the beginning and then from each place that the reader asks for, until it has left or `stop`."""
        order: dict[str, Any] | None = None
        while not self._stop.is_set():
            try:
                if order is not None:
                    self._go_on(order)
                elif self._is_used:
                    self._go_to(None)
                if order is None or not self._is_beyond:
                    self._play()
                self._rest()
            except Sought as sought:
                order = sought.order

    def _rest(self) -> None:
        """Tell the reader that the file has ended, and wait for its next request."""
        read = self._read_tracks()
        tell_all(read, None)
        while read and not self._stop.is_set():
            for track in read:
                track.rest()

    def _go_on(self, order: dict[str, Any]) -> None:
        """Go to the place that the reader asks for, and tell it which place that is."""
        for track in self._tracks():
            track.skip_to_end()
        place = self._find(order)
        if not self._is_beyond:
            self._go_to(place)
        number, before = (place.number, place.before) if place is not None else (0, None)
        if self._is_beyond and self._index is not None and (last := self._index.last()) is not None:
            number, before = last.number + 1, last.pts
        if before is not None:
            before = self._placed(before)
        answer = {"number": order.get("number"), "frame": number, "before": before, "end": self._is_beyond}
        tell_all(self._read_tracks(), answer)

    def _find(self, order: dict[str, Any]) -> Place | None:
        """The place, None if it is the beginning of the file, or after its end."""
        frame, time_s = _wanted(order)
        self._is_beyond = False
        if self._file.video_index < 0 or (frame <= 0 and time_s <= 0):
            return None
        if self._index is None:
            self._index = FrameIndex(lambda: Demuxer(replace(self._opening, audio=False)))
        place = self._index.by_number(frame) if frame > 0 else self._index.by_time(time_s)
        self._is_beyond = place is None
        return place

    # --- the file

    def _go_to(self, place: Place | None) -> None:
        """Go to a place (None is the beginning), with the times of the file."""
        if place is None or not self._lands(place.key_dts):
            self._reopen()
        if self._shift is None:
            self._shift = self._relay.shift
        self._relay.begin(self._shift)
        self._relay.restart()
        pictures = self._relay.pictures
        if isinstance(pictures, EveryPicture):
            pictures.restart(None if place is None else self._placed(place.pts))
        if self._data is not None:
            self._data.restart(0 if place is None else self._time_of(place.pts))

    def _time_of(self, pts: int) -> int:
        """Return a time stamp of the file as nanoseconds from its beginning."""
        base = self._file.time_base(self._file.video_index)
        return round((self._file.placed(pts) * base - self._file.start) * NS)

    def _placed(self, pts: int) -> int:
        """Return a time stamp of the file as records have it."""
        return self._relay.placed(self._file.video_index, self._file.placed(pts))

    def _lands(self, key_dts: int) -> bool:
        """Go to a key frame, or a place before it; False if the file cannot be searched."""
        file = self._file
        for run_up_s in _RUN_UPS_S if file.can_seek else ():
            dts = key_dts - int(run_up_s / (file.video_stream.time_base or 1))
            if not file.seek(dts):
                return False
            first = next((one for one in file.stored() if one.track == file.video_index), None)
            if first is not None and first.dts is not None and first.dts <= key_dts:
                return file.seek(dts)
        return False

    def _reopen(self) -> None:
        self._file = _described(self._file.reopened())
        self._relay.bind(self._file)

    def _play(self) -> None:
        """Carry the file from where it is to its end, again and again if it loops."""
        begin: Fraction | None = None  # where the pass begins, in seconds
        while True:
            self._is_used = True
            one_pass = Pass(self._file, self._cut)
            data = self._data
            packets = one_pass if data is None else data.beside(one_pass, self._file, self._relay)
            carry(self._publisher, self._relay, packets, self._stop)
            self._relay.finish()
            if self._stop.is_set() or not self._spec.loop:
                return
            if one_pass.length <= 0:
                raise SourceError("unsupported", "the source ended before its first packet")
            if self._shift is None:
                self._shift = self._relay.shift
            begin = (self._file.start + self._shift if begin is None else begin) + one_pass.length
            self._cut = one_pass.video_end or self._cut
            self._reopen()
            if data is not None:
                data.restart()
            self._relay.begin(begin - self._file.start)


def _wanted(order: dict[str, Any]) -> tuple[int, Fraction]:
    """Return the number of a picture, and the time, that a request names; those of the beginning if it is not valid."""
    try:
        frame = number.whole(order.get("frame", 0), 0, _MOST)
        time_s = number.real(order.get("time_s", 0), 0, _MOST)
    except ValueError:
        return 0, Fraction(0)
    # In microseconds: 0.06 s is meant as 6/100, not as the nearest binary fraction.
    return frame, Fraction(round(time_s * 1_000_000), 1_000_000)


def _described(file: Demuxer) -> Demuxer:
    """Add the facts about the pictures of a file to the details of its track."""
    if file.video is not None:
        file.video = replace(file.video, details=file.video.details | facts_of(file.video_stream))
    return file
