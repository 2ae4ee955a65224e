"""The renditions of one stream: a process for each converted track, while somebody reads it.

Runs in the node's event loop; owned by `Stream`. A rendition stays while its source is away, and starts again with another recipe if
the source comes back with something else.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from framecast.model import StreamSpec, TrackName
from framecast.node.forks import Forks
from framecast.node.producer import Producer
from framecast.node.writer import Writer
from framecast.streams import Made, Maker, RenditionJob, Timing

_LIMIT_BYTES = 2048 << 20  # for a program's stream; a configured one has a limit of its own


class Renditions:
    """By track. `on_change` is called when a process or its state changes."""

    def __init__(self, stream: str, forks: Forks, node_socket: str, on_change: Callable[[], None]) -> None:
        self.producers: dict[str, Producer] = {}
        self._recipes: dict[str, str] = {}  # by which the next process of each converts
        self._stream = stream
        self._forks = forks
        self._node_socket = node_socket
        self._on_change = on_change

    @property
    def writers(self) -> list[Writer]:
        """The writers of all that run."""
        return [producer.writer for producer in self.producers.values() if producer.writer is not None]

    def made(self, track: str) -> Made:
        """Return the recipe of a rendition that exists."""
        if track in self._recipes:
            return Made(Maker.RENDITION, self._recipes[track])
        return Made(Maker.UNKNOWN)

    def obtain(self, track: str, recipe: str, spec: StreamSpec | None) -> Producer:
        """Return the rendition of a track, made if there is none; it starts when `pass_on_demand` says so."""
        if track not in self.producers:
            timing = Timing(spec.idle_s, spec.retry_max_s) if spec else Timing()
            limit = spec.memory_limit_mb << 20 if spec else _LIMIT_BYTES

            def job(epoch: int) -> RenditionJob:
                return RenditionJob(
                    self._stream, track, self._recipes[track], self._node_socket, epoch, limit_bytes=limit
                )

            self._recipes[track] = recipe
            self.producers[track] = Producer(
                f"{self._stream}/{track}", job, timing, self._forks, self._on_change
            )
            self._on_change()  # to pass on the demand for it
        return self.producers[track]

    def revise(self, made: Callable[[TrackName], Made]) -> None:
        """Restart those whose recipe has changed, because their source came back with something else."""
        for track, producer in self.producers.items():
            now = made(TrackName.parse(track))
            if now.by is Maker.RENDITION and now.recipe != self._recipes[track]:
                self._recipes[track] = now.recipe
                producer.restart()

    def pass_on_demand(self, wanted: Set[str], is_running: bool) -> None:
        """Start those that are `wanted`, stop the others; none runs unless its stream `is_running`."""
        for track, producer in tuple(self.producers.items()):
            needed = is_running and track in wanted
            producer.want(needed)
            if needed and producer.finished:  # its stream had ended and has come back
                producer.restart()
            elif producer.resting and track not in wanted:
                del self.producers[track], self._recipes[track]
