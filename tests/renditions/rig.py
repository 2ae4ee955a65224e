"""A rendition between two publishers in one process: what the node does with three."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from framecast import renditions
from framecast.bus import Channel
from framecast.errors import FramecastError
from framecast.model import Subscription, TrackName
from framecast.renditions.converter import Output
from framecast.renditions.run import RECIPES
from tests.bus.switch import Switch


class Rig:
    """A running rendition: `source` publishes what it reads, `result` is what it publishes."""

    def __init__(self, source: Switch, recipe: str, track: str) -> None:
        self.source = source
        self.result = Switch()
        self.stop = threading.Event()
        self.connected = 0
        self.failure: FramecastError | None = None
        self._recipe = recipe
        self._track = TrackName.parse(track)
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            renditions.run(
                self.result.publisher, self.connect, "camera", self._track, self._recipe, self.stop
            )
        except FramecastError as error:
            self.failure = error

    def connect(self) -> Channel:
        """Connect the rendition to the newest source."""
        self.connected += 1
        converter = RECIPES[self._recipe](self._track, Output(self.result.publisher.track))
        track = TrackName.parse(converter.input)
        return self.source.connect(Subscription("camera", track, converter.policy, rendition=True))

    def wait_ready(self) -> None:
        """Wait until the rendition has announced its track."""
        while self.result.node_end.wait(20).fields["op"] != "ready":
            pass

    def wait_parked(self, track: str) -> None:
        """Wait until the rendition has read all of the source's `track` and holds no more than the newest."""
        writer = self.source.publisher.tracks[track]

        def is_parked() -> bool:
            with writer._lock:
                writer._collect()
                newest = writer.published_records - 1
                return all(set(outlet.leases) <= {newest} for outlet in writer._outlets.values())

        self.source.wait_for(is_parked)


@contextmanager
def rig(source: Switch, recipe: str, track: str) -> Iterator[Rig]:
    """Run a rendition of `source`."""
    running = Rig(source, recipe, track)
    running.thread.start()
    try:
        yield running
    finally:
        running.stop.set()
        running.thread.join()
        running.result.close()
        running.source.close()
