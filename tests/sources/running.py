"""A source in a thread of the test, with readers beside it and without a node."""

from __future__ import annotations

import select
import threading
from collections.abc import Sequence
from time import monotonic
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from framecast import sources
from framecast.bus import Record, Subscriber
from framecast.errors import Broken
from framecast.model import Source, StreamSpec
from tests.bus.switch import Switch
from tests.support.media_files import frame_number

PATIENCE_S = 60.0


class Running:
    """Runs `source` until the end of the block; keeps what it reports. `networks` are the only ones that it may reach."""

    def __init__(self, source: object, *, networks: Sequence[str] | None = None, **options: Any) -> None:
        self._networks = networks
        options = {"stall_s": 3.0, "timeout_s": 5.0, **options}
        self.spec = StreamSpec("camera", Source(str(source)), **options)
        self.switch = Switch(self.spec.name)
        self.publisher = self.switch.publisher
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self.states: list[tuple[str, str]] = []
        self.details: list[str] = []  # of the states
        self.facts: dict[str, str] = {}
        self.ready = threading.Event()
        self._heard = threading.Condition()
        self._over = threading.Event()
        self._ended = threading.Event()
        self._source = threading.Thread(target=self._run, name="source")
        self._node = threading.Thread(target=self._listen, name="node")

    def __enter__(self) -> Self:
        self._node.start()
        self._source.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.set()
        self._source.join(PATIENCE_S)
        self._over.set()
        self._node.join(PATIENCE_S)
        self.switch.close()
        assert not self._source.is_alive(), "the source did not stop"

    def read(self, track: str = "frames", policy: str = "queue(200)") -> Subscriber:
        """Return a reader of a track, once the source has announced all of them."""
        assert self.ready.wait(PATIENCE_S), f"the source announced nothing: {self.error!r}"
        return self.switch.subscribe(track, policy)

    def take(self, count: int, track: str = "frames", policy: str = "queue(200)") -> list[Record]:
        """Return the next records of a track."""
        with self.read(track, policy) as reader:
            return [reader.read(PATIENCE_S) for _ in range(count)]

    def wait_for_fact(self, name: str) -> str:
        """Return a fact when it has been told."""
        with self._heard:
            assert self._heard.wait_for(lambda: self.facts.get(name), PATIENCE_S), self.facts
            return self.facts[name]

    def wait_for_state(self, state: str) -> str:
        """Return the reason of a state when it has been reported."""
        with self._heard:
            found = self._heard.wait_for(lambda: state in dict(self.states), PATIENCE_S)
            assert found, self.states
            return dict(self.states)[state]

    def wait_for_detail(self, detail: str) -> None:
        """Wait until the newest state that was reported has this detail."""
        with self._heard:
            found = self._heard.wait_for(lambda: self.details[-1:] == [detail], PATIENCE_S)
            assert found, (self.states, self.details)

    def wait_for_end(self) -> BaseException | None:
        """Return what ended the source, None for a clean end."""
        assert self._ended.wait(PATIENCE_S), "the source goes on"
        return self.error

    def _run(self) -> None:
        try:
            sources.run(self.publisher, self.spec, self.stop, networks=self._networks)
        except Exception as error:  # noqa: BLE001
            self.error = error
        finally:
            self._ended.set()

    def _listen(self) -> None:
        channel = self.switch.node_end
        while not self._over.is_set():
            if not select.select([channel], [], [], 0.05)[0]:
                continue
            try:
                messages = channel.receive()
            except Broken:
                return
            with self._heard:
                for message in messages:
                    self._note(message.fields)
                self._heard.notify_all()

    def _note(self, fields: dict[str, Any]) -> None:
        if fields["op"] == "ready":
            self.ready.set()
        elif fields["op"] == "state":
            self.states.append((fields["state"], fields["reason"]))
            self.details.append(fields["detail"])
        elif fields["op"] == "facts":
            self.facts |= fields["facts"]


def luma(record: Record) -> NDArray[np.uint8]:
    """Return the brightness (height, width) of a picture in a planar format."""
    picture = record.info.picture
    assert picture is not None
    plane = picture.layout.planes[0]
    rows = np.asarray(record.payload, np.uint8)[: plane.stride * plane.rows].reshape(plane.rows, plane.stride)
    return rows[:, : plane.columns]


def number(record: Record) -> int:
    """Return which picture of its clip this is."""
    return frame_number(luma(record))


def seconds_since(begun: float) -> float:
    """Return how long ago CLOCK_MONOTONIC was `begun`."""
    return monotonic() - begun
