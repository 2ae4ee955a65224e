"""Several tracks of a stream, read as one: a subscriber each, records in the order of their publication.

Never waits; `fileno` tells when there is something. The order is exact for tracks of one process; of two processes (a source
and a rendition) it is that of their time stamps as far as both have been sent.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence

from framecast.bus import Channel, Record, StreamStatus, Subscriber
from framecast.clock import monotonic_ns
from framecast.errors import Ended, FramecastError, NotFound, WouldBlock
from framecast.model import Subscription

# A track with much to read lets the others have their turn after so many records.
_BURST = 64

_Arrived = tuple[int, int, Record]  # when it was published, number of the track, the record


class Tracks:
    """Reads what `wishes` say. Tracks that the stream lacks are left out while there is another one."""

    def __init__(
        self,
        wishes: Sequence[Subscription],
        connect: Callable[[], Channel],
        on_status: Callable[[StreamStatus], None],
        on_absent: Callable[[int], None],
    ) -> None:
        self._on_absent = on_absent
        self._over: FramecastError | None = None
        self._held: list[_Arrived] = []
        self._open: dict[int, Subscriber] = {}
        self._epoll = select.epoll()
        try:
            for number, wish in enumerate(wishes):
                self._open[number] = Subscriber(wish, connect, on_status)
                self._epoll.register(self._open[number], select.EPOLLIN)
        except BaseException:
            self.close()
            raise

    @property
    def has_more(self) -> bool:
        """True where `read` has something to say at once."""
        return bool(self._held) or not self._open

    def fileno(self) -> int:
        """A descriptor for select: readable when `read` may give something."""
        return self._epoll.fileno()

    def read(self) -> list[tuple[int, Record]]:
        """Return what is there, each record with the number of its track.

        Raises:
            Ended: all tracks are over.
            NotFound: the stream has none of them.
            FramecastError: one is refused.
        """
        if self._over is not None and not self._open and not self._held:
            raise self._over
        # What was published before this moment is read below from every track, or the moment is moved back. What comes
        # later may have elder siblings on a track that was read already: it waits for its turn.
        horizon = monotonic_ns()
        arrived, self._held = self._held, []
        for number, subscriber in tuple(self._open.items()):
            horizon = self._drain(number, subscriber, horizon, arrived)
        arrived.sort(key=lambda one: one[:2])
        self._held = [one for one in arrived if one[0] > horizon]
        return [(number, record) for published_ns, number, record in arrived if published_ns <= horizon]

    def close(self) -> None:
        """Let go of all. Idempotent."""
        for subscriber in self._open.values():
            subscriber.close()
        self._open.clear()
        self._held.clear()
        self._epoll.close()

    def _drain(self, number: int, subscriber: Subscriber, horizon: int, arrived: list[_Arrived]) -> int:
        """Read one track up to the horizon; return it, or where it lies now because there is more."""
        for _ in range(_BURST):
            try:
                record = subscriber.read(0)
            except WouldBlock:
                return horizon
            except (Ended, NotFound) as error:
                self._leave(number, subscriber, error)
                return horizon
            arrived.append((record.published_ns, number, record))
            if record.published_ns > horizon:
                return horizon
        return min(horizon, arrived[-1][0])

    def _leave(self, number: int, subscriber: Subscriber, error: FramecastError) -> None:
        """A track is over, or is none; the last one's reason is that of all."""
        del self._open[number]
        subscriber.close()
        if not self._open:
            self._over = error.with_traceback(None)
        elif isinstance(error, NotFound):
            self._on_absent(number)
