"""Leaves the packets of a live source to `framecast-native` while nobody reads the stream, and takes everything back for the first reader.

Python decides, native moves: lending begins and ends here, in the source's thread; a reader that comes ends it from the publisher's
thread. While it lasts, native stamps, times and keeps the packets exactly as `Relay` and the bus do. Whatever is not usual ends it, and the packet is
Python's: other parameters of the video, memory that is missing. After some seconds the state is brought home, so that clocks are reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any, Protocol, Self, cast

from framecast import native
from framecast.bus import LentTrack, Publisher
from framecast.bus.lent import Keeper as TrackKeeper
from framecast.clock import Timeline
from framecast.media.parameters import is_extradata
from framecast.sources.carried import Carried
from framecast.sources.discipline import Discipline
from framecast.sources.pacing import Live
from framecast.sources.relay import Relay
from framecast.sources.stamps import Shift, Stamps

_LONGEST_S = 5.0


class Keeper(TrackKeeper, Protocol):
    """What `framecast_native.Keeper` is for a source."""

    @property
    def is_over(self) -> bool:
        """True if everything that comes is Python's."""
        ...

    def end(self) -> None:
        """Keep nothing from now on. Any thread."""
        ...

    def settle(
        self, shift: Shift, timeline: Timeline, lanes: Sequence[tuple[Stamps, Discipline | None]]
    ) -> tuple[int, int]:
        """Keep nothing from now on, and bring the times home; return how many packets were kept, and the end of the last one."""
        ...


class Unattended:
    """Lends the tracks of one relay. A context: everything is back at its end."""

    def __init__(self, publisher: Publisher, relay: Relay) -> None:
        self._publisher, self._relay = publisher, relay
        self._keeper: Keeper | None = None  # read by the publisher's thread
        self._lent: dict[int, Carried] = {}
        self._until = 0.0
        publisher.hear_demand(self._attend)

    def keeper(self) -> Keeper | None:
        """Return what keeps the next packets; None if the relay has to take them."""
        if self._keeper is not None and (self._keeper.is_over or monotonic() >= self._until):
            self.end()
        if self._keeper is None and not self._has_readers() and self._relay.is_usual:
            self._lend()
        return self._keeper

    def end(self) -> None:
        """Have all tracks and their times here again. Idempotent."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        relay, tracks = self._relay, self._lent.values()
        pacing = cast("Live", relay.pacing)
        times = [(track.stamps, track.discipline) for track in tracks]
        for track in tracks:
            cast("LentTrack", track.writer).take_back()
        count, relay.end_ns = keeper.settle(relay.shared, pacing.timeline, times)
        self._lent = {}
        relay.standing.packets(count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.end()

    def _has_readers(self) -> bool:
        return any(writer.wanted for writer in tuple(self._publisher.tracks.values()))

    def _lend(self) -> None:
        relay, module = self._relay, native.look().module
        writers = [track.writer for track in relay.by_index.values()]
        if module is None or not isinstance(relay.pacing, Live):
            return
        if not all(isinstance(writer, LentTrack) and writer.is_alone for writer in writers):
            return
        lanes = [self._lane(index, track) for index, track in relay.by_index.items()]
        self._lent = dict(relay.by_index)
        self._until = monotonic() + _LONGEST_S
        keeper = module.Keeper(relay.shared, relay.pacing.timeline, relay.end_ns, lanes)
        self._keeper = keeper
        are_lent = [
            cast("LentTrack", track.writer).lend(keeper, index) for index, track in self._lent.items()
        ]
        # A reader that came meanwhile may not have seen the keeper.
        if not all(are_lent) or self._has_readers():
            self.end()

    def _lane(self, index: int, track: Carried) -> tuple[Any, ...]:
        info = track.writer.info
        # A first byte of 1 is the form for containers (ISO 14496-15), whose packets carry no parameters.
        is_watched = is_extradata(info.codec) and info.extradata[:1] != b"\x01"
        codec = info.codec if is_watched else ""
        return index, track.number, track.stamps, track.discipline, codec, self._relay.parameters

    def _attend(self) -> None:
        """Somebody may read now. The publisher's thread."""
        keeper = self._keeper
        if keeper is not None:
            keeper.end()
