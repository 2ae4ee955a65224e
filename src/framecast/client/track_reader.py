"""Reads one track: a subscriber of the bus whose records are handed out as what the program knows.

Belongs to the thread that reads; `close` may come from any. It has its own cursor: nothing that it does or
leaves undone changes what others get.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from framecast.bus import Record, SeekingSubscriber, StreamStatus, Subscriber
from framecast.bus.forked import close_in_child
from framecast.client.place import Place
from framecast.client.readable import Readable
from framecast.errors import Closed, SourceError, WouldBlock
from framecast.model import State, Subscription, TrackInfo, in_words

T = TypeVar("T")
StateCallback = Callable[[State, str], None]


@dataclass(frozen=True, slots=True)
class ReaderStats:
    """What one reader has seen since it was opened."""

    records: int = 0  # frames, packets, ... handed out
    dropped: int = 0  # missed because this reader was slow or asked for fewer
    copied: int = 0  # copied because the program keeps more views than a reader may
    reconnects: int = 0  # times that the stream came from a new process


class TrackReader(Readable[T], Generic[T]):
    """Reads one track of the stream at `place`; `wrap` makes of a record what `read` returns.

    The node is asked at the first use, not before: asking is what makes a camera connect and a decoder decode.
    `patient` false lets the first failure of the source raise SourceError instead of waiting for it to come back.
    """

    def __init__(
        self,
        place: Place,
        subscription: Subscription,
        wrap: Callable[[Record], T],
        *,
        timeout_s: float | None = None,
        patient: bool = True,
        on_state: StateCallback | None = None,
    ) -> None:
        self.timeout_s = timeout_s
        self.subscription = subscription
        self.on_state = on_state
        self._place = place
        self._wrap = wrap
        self._patient = patient
        self._opening = threading.RLock()
        self._subscriber: Subscriber | None = None
        self._closed = False
        self._told = State.CONNECTING
        self._detail = ""
        self._info: TrackInfo | None = None
        close_in_child(self)

    @property
    def name(self) -> str:
        """The stream's name in its node."""
        return self._place.title or self.subscription.stream

    @property
    def info(self) -> TrackInfo | None:
        """What the newest record is: format, size, rate. None before the first one has come."""
        return self._info

    @property
    def state(self) -> State:
        """The stream's state as it was at the last read; `on_state` is called with each change, then."""
        return self._told

    @property
    def detail(self) -> str:
        """Why the state is what it is, in words; '' if all is well."""
        return self._detail

    @property
    def node_connected(self) -> bool:
        """False while the node is gone."""
        return self._subscriber is None or self._subscriber.status.node_connected

    def read(self, timeout_s: float | None = None) -> T:
        """Return the next one; see `Readable.read`."""
        subscriber = self._subscriber
        if subscriber is None or self._closed:
            subscriber = self._ask()
        wait_s = self.timeout_s if timeout_s is None else timeout_s
        try:
            record = subscriber.read(wait_s)
        except WouldBlock as error:
            if wait_s == 0:
                raise
            raise self.nothing_came(wait_s) from error
        except SourceError:
            self.close()
            raise
        self._info = record.info
        return self._wrap(record)

    def nothing_came(self, wait_s: float | None) -> WouldBlock:
        """Return the error for a reader that has waited too long: it says how the stream is."""
        why = f"{self._told}: {self._detail}" if self._detail else str(self._told)
        return WouldBlock(f"nothing came from {self.name} within {wait_s or 0:g} s ({why})")

    def fileno(self) -> int:
        """A descriptor for select; see `Readable.fileno`."""
        return self._ask().fileno()

    def stats(self) -> ReaderStats:
        """Return the counters so far."""
        if self._subscriber is None:
            return ReaderStats()
        seen = self._subscriber.stats()
        return ReaderStats(seen.records, seen.dropped, seen.copied, max(0, seen.introductions - 1))

    def close(self) -> None:
        """Stop reading. Idempotent, from any thread; a `read` in another thread raises Closed."""
        self._closed = True
        if self._subscriber is not None:
            self._subscriber.close()
        self._say_closed()

    def after_fork(self) -> None:
        """In a forked child: another thread of the parent may be opening this."""
        self._opening = threading.RLock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.subscription.track} {self._told}>"

    def _ask(self) -> Subscriber:
        """The subscriber, made at the first use."""
        with self._opening:
            if self._has_closed():
                raise Closed(f"this reader of {self.name} was closed")
            if self._subscriber is None:
                subscription = self.subscription
                kind = SeekingSubscriber if subscription.awaited else Subscriber
                self._subscriber = kind(subscription, lambda: self._place.connect(subscription), self._hear)
            if self._has_closed():  # by another thread meanwhile, which found nothing to close yet
                self._subscriber.close()
                raise Closed(f"this reader of {self.name} was closed")
            return self._subscriber

    def _has_closed(self) -> bool:
        return self._closed

    def _hear(self, status: StreamStatus) -> None:
        """Take the node's messages, in the thread that reads."""
        detail = in_words(status.reason, status.detail)
        changed, self._told, self._detail = status.state is not self._told, status.state, detail
        if changed and self.on_state is not None:
            self.on_state(status.state, detail)
        if status.state is State.OFFLINE and not self._patient and self._info is None:
            raise SourceError(status.reason, f"{self.name}: {detail}")
