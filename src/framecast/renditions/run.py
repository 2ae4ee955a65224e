"""The loop of every rendition: read a record, convert it while the result has readers, publish it with its own times.

Runs in the main thread of the rendition's process. If the source restarts, changes its format or loses something, a new epoch
begins or a record is marked. Records are converted only while the result has readers; the first record of an epoch is
always converted, so that it is ready for the reader that caused the start.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from framecast.bus import Channel, Publisher, Record, Subscriber, TrackWriter
from framecast.clock import monotonic_ns
from framecast.errors import Ended, Invalid, NotEnoughMemory, WouldBlock
from framecast.media.opencv import use_one_thread
from framecast.model import Flag, Kind, Subscription, TrackInfo, TrackName
from framecast.renditions.converter import Converter, Output
from framecast.renditions.packets import Copy
from framecast.renditions.pictures import Convert, Jpeg, Pass
from framecast.renditions.sound import Aac, Pcm
from framecast.renditions.video import H264, Decode

# How often `stop` is looked at while nothing comes.
_POLL_S = 0.2
# A frame that has waited longer is skipped if there is a newer one: a converter that is too slow stays live.
STALE_NS = 250_000_000
# From the announcement of a track to its first reader.
_GRACE_NS = 2_000_000_000

RECIPES: Mapping[str, Callable[[TrackName, Output], Converter]] = {
    "convert": Convert,
    "jpeg": Jpeg,
    "pass": Pass,
    "decode": Decode,
    "h264": H264,
    "pcm": Pcm,
    "aac": Aac,
    "copy": Copy,
}


def run(
    publisher: Publisher,
    connect: Callable[[], Channel],
    stream: str,
    track: TrackName,
    recipe: str,
    stop: threading.Event,
) -> None:
    """Make `track` of `stream` by `recipe` until `stop` or the stream's end.

    Raises:
        Invalid: the recipe is unknown.
        FramecastError: the stream cannot be read or converted.
    """
    if recipe not in RECIPES:
        raise Invalid(f"recipe {recipe!r:.40} is not known: known are {', '.join(RECIPES)}")
    use_one_thread()
    output = Output(lambda info: _open_track(publisher, info))
    converter = RECIPES[recipe](track, output)
    subscription = Subscription(
        stream, TrackName.parse(converter.input), converter.policy, label=f"rendition {track}", rendition=True
    )
    _Loop(lambda: Subscriber(subscription, connect), converter, output, stop).run()


def _open_track(publisher: Publisher, info: TrackInfo) -> TrackWriter:
    is_new = info.name not in publisher.tracks
    writer = publisher.track(info)
    if is_new:
        publisher.ready()
    return writer


class _Loop:
    """One converter at work."""

    def __init__(
        self, subscribe: Callable[[], Subscriber], converter: Converter, output: Output, stop: threading.Event
    ) -> None:
        self._subscribe = subscribe
        self._converter = converter
        self._output = output
        self._stop = stop
        self._info: TrackInfo | None = None
        self._began_ns = 0
        self._lost = False  # something before the next record is missing
        self._paused = False
        self._parked: Record | None = None  # the newest picture of a pause: shown at once to a new reader

    def run(self) -> None:
        """Convert until the stream ends or `stop`."""
        subscriber = self._subscribe()
        try:
            while not self._stop.is_set():
                if self._paused and self._output.wanted and self._converter.needs_key:
                    # A new subscription begins with the newest key frame.
                    subscriber.close()
                    subscriber = self._subscribe()
                    self._paused = False
                self._step(subscriber)
        except Ended:
            return
        finally:
            subscriber.close()

    def _step(self, subscriber: Subscriber) -> None:
        """Convert one record, and release it before the next one is waited for."""
        record = self._next(subscriber)
        if record is None and self._output.wanted:
            record = self._parked
        if record is not None:
            self._parked = None
            self._take(record)

    def _next(self, subscriber: Subscriber) -> Record | None:
        try:
            record = subscriber.read(0)
        except WouldBlock:
            self._converter.rest()
            try:
                return subscriber.read(_POLL_S)
            except WouldBlock:
                return None
        while record.info.kind is Kind.FRAMES and monotonic_ns() - record.published_ns > STALE_NS:
            try:
                newer = subscriber.read(0)
            except WouldBlock:
                break
            record, self._lost = newer, True
        return record

    def _take(self, record: Record) -> None:
        is_first = record.info is not self._info
        if is_first:
            self._info, self._began_ns = record.info, monotonic_ns()
            self._converter.begin(record.info)
        self._lost |= bool(record.dropped)
        if not is_first and not self._is_wanted():
            self._pause(record)
            return
        self._paused = False
        flags = Flag.KEY | (record.flags & (Flag.DISCONTINUITY | Flag.CORRUPT))
        try:
            self._converter.convert(record, flags | Flag.DISCONTINUITY if self._lost else flags)
            self._lost = False
        except NotEnoughMemory:
            self._lost = True  # the track counts what it refused

    def _pause(self, record: Record) -> None:
        if not self._paused:
            self._output.writer.forget()
        self._paused = self._lost = True
        if record.info.kind is Kind.FRAMES or self._converter.policy.latest:
            self._parked = record

    def _is_wanted(self) -> bool:
        """A converter that needs a key frame keeps going until its first readers had time to come."""
        is_new = self._converter.needs_key and monotonic_ns() - self._began_ns < _GRACE_NS
        return is_new or self._output.wanted
