"""A track that waits for its one reader: that of a file which one program has opened for itself.

Used by the source's thread. `reserve` waits until everything before it has been sent and credit for one more is there, so the source
runs ahead by the reader's credits and no further, and the reader gets every record once. The wait ends when the reader releases
something, leaves, wants another place in the file, or the source is asked to stop. Readers that are not awaited are passed by as ever.
"""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from framecast.bus import wire
from framecast.bus.outlet import Outlet
from framecast.bus.pool import Slot
from framecast.bus.track import TrackWriter
from framecast.errors import Closed, NotEnoughMemory
from framecast.model import Meta, TrackInfo

# How often a wait looks for what wakes nobody: `stop`, and what the publisher's thread has read meanwhile.
_LOOK_UP_MS = 100


class Sought(Exception):
    """The reader wants to go on at another place. Ends whatever the source's thread does; `order` is what the reader said."""

    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__(order)
        self.order = order


class Deserted(Exception):
    """The reader that was waited for has left."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a source waits. `stop` ends every wait.

    `on_demand`: the source works for its reader only. It skips what the reader does not read, obeys its SEEK, and notices when
    it has left.
    """

    stop: threading.Event
    on_demand: bool


class PatientTrack(TrackWriter):
    """The writing end of a track whose source waits."""

    def __init__(
        self,
        info: TrackInfo,
        stream: str,
        limit_bytes: int,
        on_change: Callable[[TrackWriter], None],
        patience: Patience,
    ) -> None:
        super().__init__(info, stream, limit_bytes, on_change)
        self._stop = patience.stop
        self._on_demand = patience.on_demand
        self._was_awaited = False

    def reserve(self, size: int) -> Slot:
        """Return a slot as soon as the reader has room for one more.

        Raises:
            Sought, Deserted: see there.
            Closed: the source was stopped.
            NotEnoughMemory: there is no room although the reader holds nothing.
        """
        if not self._has_room(size):
            self._wait_for(lambda outlet: outlet.cursor == self._seq and outlet.has_credit(size))
        while True:
            try:
                return super().reserve(size)
            except NotEnoughMemory:
                held = sum(len(outlet.leases) for outlet in self._awaited())
                if not held:
                    raise
                self._wait_for(lambda outlet, held=held: len(outlet.leases) < held)  # type: ignore[misc]

    def send(self, payload: bytes | bytearray | memoryview, meta: Meta) -> int:
        """Publish a copy of `payload`; of a source on demand only while somebody reads it.

        Raises:
            As `reserve`.
        """
        if self._on_demand and not self.wanted:
            if self._was_awaited:  # `publish` noticed that the reader has left
                self._was_awaited = False
                raise Deserted
            return self._seq
        return super().send(payload, meta)

    @property
    def awaited(self) -> tuple[str, ...]:
        """The tracks that the reader of this one reads in step; empty while nobody is waited for."""
        return next((outlet.wish.awaited for outlet in self._awaited()), ())

    def begin(self) -> None:
        """Get ready for the next reader: the end of the last one is forgotten."""
        self._was_awaited = False

    def tell(self, message: bytes) -> None:
        """Send the reader a message between two records, behind all that were published.

        Raises:
            As `reserve`, without NotEnoughMemory.
        """
        told: set[int] = set()

        def is_told(outlet: Outlet) -> bool:
            if outlet.cursor != self._seq:
                return False
            if outlet.number not in told and outlet.say(message):
                told.add(outlet.number)
            return outlet.number in told

        self._wait_for(is_told)

    def skip_to_end(self) -> None:
        """Leave out what was published and not sent yet: the reader does not want it any more."""
        with self._lock:
            self._kept.clear()
            for outlet in self._awaited():
                outlet.request = None
                outlet.cursor = self._seq

    def rest(self) -> None:
        """Wait for what the reader does next.

        Raises:
            Sought, Deserted, Closed: that it was.
        """
        self._wait_for(lambda _outlet: False)

    def _has_room(self, size: int) -> bool:
        """The usual case, quickly: one reader, and it has everything and credit."""
        if len(self._outlets) != 1:
            return False
        for outlet in tuple(self._outlets.values()):
            if outlet.leaving or outlet.request is not None or outlet.cursor != self._seq:
                return False
            self._was_awaited = bool(outlet.wish.awaited)
            return outlet.has_credit(size)
        return False

    def _wait_for(self, is_ready: Callable[[Outlet], bool]) -> None:
        while lagging := self._lagging(is_ready):
            if self._stop.is_set():
                raise Closed(f"track {self.info.name} was asked to end")
            poller = select.poll()
            for number in lagging:
                poller.register(number, select.POLLIN)
            poller.poll(_LOOK_UP_MS)

    def _lagging(self, is_ready: Callable[[Outlet], bool]) -> list[int]:
        """The sockets of readers that are not ready. Each of them says something before it can be: it releases."""
        with self._lock:
            found = []
            for outlet in self._awaited():
                self._was_awaited = True
                try:
                    if is_ready(outlet) and outlet.request is None:
                        continue
                    self._pump_or_drop(outlet, drain=True)
                    if outlet.request is not None and self._on_demand:
                        raise Sought(outlet.request)
                    outlet.request = None
                    if outlet.number in self._outlets and not is_ready(outlet):
                        found.append(outlet.number)
                except OSError:
                    self.drop(outlet.number)
            if self._was_awaited and not self._awaited():
                self._was_awaited = False
                if self._on_demand:
                    raise Deserted
            return found

    def _awaited(self) -> list[Outlet]:
        return [outlet for outlet in self._outlets.values() if outlet.wish.awaited and not outlet.leaving]


def tell_all(tracks: list[PatientTrack], message: dict[str, Any] | None) -> None:
    """Send SOUGHT with these fields, or END, to the reader of these tracks."""
    packed = wire.END_MESSAGE if message is None else wire.pack_json(wire.SOUGHT, message)
    for track in tracks:
        track.tell(packed)
