"""Several tracks read as one, without waiting. Used by programs (`client.packet`), by the gRPC server, by whatever reads two tracks.

The one guarantee: items come in the order of their publication. It is exact for tracks that one process publishes; for tracks of two
processes (a source and a rendition) it holds as far as both have been sent. The order of each track is always kept, and
no item waits for a track on which nothing comes. No thread of its own, no clock but CLOCK_MONOTONIC, which publishers use, too.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from framecast.clock import monotonic_ns
from framecast.errors import Ended, FramecastError, NotFound, WouldBlock

# A track with much to read lets the others have their turn after this many items.
BURST = 64


class Item(Protocol):
    """What a track gives: a record of the bus, or what a program makes of it."""

    @property
    def published_ns(self) -> int:
        """CLOCK_MONOTONIC when it was published."""
        ...


T = TypeVar("T", bound=Item)
T_co = TypeVar("T_co", bound=Item, covariant=True)


class Track(Protocol[T_co]):
    """One track, such as a `bus.Subscriber`."""

    def read(self, timeout_s: float | None = None) -> T_co:
        """Return the next item; WouldBlock if there is none within `timeout_s`."""
        ...

    def fileno(self) -> int:
        """Return a descriptor that is readable when `read(0)` may give something."""
        ...

    def close(self) -> None:
        """Stop reading."""


class TrackMerge(Generic[T]):
    """Reads `tracks`, each under a number. `on_left` hears of each that has ended or does not exist, but for the last one.

    It reads at most `burst` items of a track ahead of what it returns.
    """

    def __init__(
        self,
        tracks: Mapping[int, Track[T]],
        on_left: Callable[[int, FramecastError], None],
        burst: int = BURST,
    ) -> None:
        self._on_left = on_left
        self._burst = burst
        self._open: dict[int, Track[T]] = {}
        self._fds: dict[int, int] = {}
        self._held: list[tuple[int, int, T]] = []  # (when it was published, number of its track, item)
        self._ended = False  # the last track has ended, which `read` has not reported yet
        self._epoll = (
            select.epoll()
        )  # closed by `dispose` or with its last reference: another thread may wait in it
        for number, track in tracks.items():
            self._register(number, track)

    @property
    def has_more(self) -> bool:
        """True if `read` has something to say at once."""
        return bool(self._held) or self._ended

    def fileno(self) -> int:
        """Return a descriptor for select: readable when `read` may give something."""
        return self._epoll.fileno()

    def wait(self, timeout_s: float) -> None:
        """Wait until `read` may give something."""
        self._epoll.poll(timeout_s)

    def read(self) -> list[tuple[int, T]]:
        """Return what is there, each item with the number of its track; [] if nothing is.

        Raises:
            Ended, NotFound: of the last track. FramecastError: of any.
        """
        found = self._pass()
        if (
            not found and self._held
        ):  # published while the tracks were being read: by now all that is older is here
            found = self._pass()
        if not found and self._held:  # a publisher's clock is ahead: nothing waits for that
            found, self._held = [(number, item) for _, number, item in self._held], []
        return found

    def exchange(self, number: int, track: Track[T]) -> None:
        """Read another track under a number from now on; the one before is closed, and what is held of it is dropped."""
        before = self._open.pop(number)
        self._unregister(number)
        before.close()
        self._held = [one for one in self._held if one[1] != number]
        self._register(number, track)

    def close(self) -> None:
        """Close all tracks. Idempotent."""
        for track in self._open.values():
            track.close()
        self._open.clear()
        self._held.clear()

    def dispose(self) -> None:
        """Close all tracks and the descriptor of `fileno`. Only if no other thread waits for it. Idempotent."""
        self.close()
        self._epoll.close()

    def _pass(self) -> list[tuple[int, T]]:
        # What was published before the horizon is read below from every track, or the horizon is moved back. What comes
        # later may have elder siblings on a track that was read already: it is held.
        horizon = monotonic_ns()
        arrived, self._held = self._held, []
        last = {number: published_ns for published_ns, number, _ in arrived}
        for number, track in tuple(self._open.items()):
            horizon = (
                min(horizon, last[number]) if number in last else self._drain(number, track, horizon, arrived)
            )
        arrived.sort(key=lambda one: one[:2])
        if not arrived or arrived[-1][0] <= horizon:
            return [(number, item) for _, number, item in arrived]
        self._held = [one for one in arrived if one[0] > horizon]
        return [(number, item) for published_ns, number, item in arrived if published_ns <= horizon]

    def _drain(self, number: int, track: Track[T], horizon: int, arrived: list[tuple[int, int, T]]) -> int:
        """Read one track up to the horizon; return it, or where it lies now because there may be more."""
        published_ns = horizon
        for _ in range(self._burst):
            try:
                item = track.read(0)
            except WouldBlock:
                return horizon
            except (Ended, NotFound) as error:
                self._leave(number, error, is_alone=not arrived)
                return horizon
            published_ns = item.published_ns
            arrived.append((published_ns, number, item))
            if published_ns > horizon:
                return horizon
        return min(horizon, published_ns)

    def _leave(self, number: int, error: FramecastError, *, is_alone: bool) -> None:
        """A track has ended, or does not exist; the last one's reason is that of all, after what is there."""
        if len(self._open) > 1:
            del self._open[number]
            self._unregister(number)
            self._on_left(number, error)
        elif is_alone:
            raise error
        else:
            self._ended = True

    def _register(self, number: int, track: Track[T]) -> None:
        self._open[number] = track
        self._fds[number] = track.fileno()
        self._epoll.register(self._fds[number], select.EPOLLIN)

    def _unregister(self, number: int) -> None:
        with suppress(OSError):  # closed already
            self._epoll.unregister(self._fds.pop(number))
