"""Several streams at once, their frames matched by the time at which they were captured.

Runs in the thread that iterates; `close` may come from any. The rule is in `matcher`.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Self

from framecast.client.frame import Frame
from framecast.client.matcher import Matcher
from framecast.client.opening import open
from framecast.client.reader import Reader
from framecast.errors import Closed, Ended, Invalid, WouldBlock

Match = tuple[Frame | None, ...]

# Frames of each stream that may wait for partners: 0.6 s at 25 frames a second.
_DEPTH = 16
# A blocking wait looks up this often: for a `close` in another thread, and for a node that comes back.
_LOOK_UP_S = 0.5


class Matched:
    """Iterates over matches: a tuple with one frame for each stream, in their order. Made by `framecast.matched`.

    None stands for a stream that is late or has ended. A context manager; ends when all streams have ended.
    """

    def __init__(
        self, readers: Sequence[Reader], own: Sequence[Reader], tolerance_s: float, wait_s: float
    ) -> None:
        self.readers = tuple(readers)
        self._own = tuple(own)
        self._matcher: Matcher[Frame] = Matcher(len(readers), tolerance_s, wait_s, _DEPTH, monotonic())
        self._closed = False
        self._epoll = select.epoll()  # closed with the last reference: another thread may be waiting in it
        for reader in readers:
            self._epoll.register(reader.fileno(), select.EPOLLIN)

    @property
    def late(self) -> tuple[bool, ...]:
        """For each stream whether matches go out without waiting for it."""
        return tuple(queue.late for queue in self._matcher.queues)

    @property
    def unmatched(self) -> tuple[int, ...]:
        """For each stream how many frames found no partner and were dropped."""
        return tuple(queue.unmatched for queue in self._matcher.queues)

    def read(self, timeout_s: float | None = None) -> Match:
        """Return the next match.

        Raises:
            WouldBlock: none came in time.
            Ended: all streams have ended.
            Closed: this was closed.
        """
        deadline = None if timeout_s is None else monotonic() + timeout_s
        while True:
            self._collect()
            match = self._matcher.match(monotonic())
            if match is not None:
                return match
            if self._matcher.over:
                raise Ended("all the streams have ended")
            now = monotonic()
            if deadline is not None and now >= deadline:
                raise WouldBlock(f"no match came within {timeout_s} s")
            instants = [instant for instant in (deadline, self._matcher.deadline) if instant is not None]
            self._epoll.poll(max(0.0, min([now + _LOOK_UP_S, *instants]) - now))

    def close(self) -> None:
        """Close the readers that were opened for this; those that were given stay open. Idempotent."""
        self._closed = True
        for reader in self._own:
            reader.close()

    def __iter__(self) -> Iterator[Match]:
        while True:
            try:
                yield self.read()
            except (Ended, Closed):
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _collect(self) -> None:
        """Take over every frame that is there."""
        if self._closed:
            raise Closed("these matched streams were closed")
        for reader, queue in zip(self.readers, self._matcher.queues, strict=True):
            try:
                while not queue.ended:
                    queue.add(reader.read(0), monotonic())
            except WouldBlock:
                continue
            except (Ended, Closed):
                queue.ended = True


def matched(
    streams: Sequence[str | os.PathLike[str] | Reader],
    *,
    tolerance_s: float = 0.02,
    wait_s: float = 0.5,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    node: str | os.PathLike[str] | None = None,
) -> Matched:
    """Return an iterator over frames of several streams that were captured at the same time.

        with framecast.matched(["left", "right"], tolerance_s=0.02) as pairs:
            for left, right in pairs:
                if left and right:
                    print(left.captured_at - right.captured_at)

    `streams` are names or addresses, opened as by `framecast.open` with `format` and `size`, or readers, which stay the
    caller's. `tolerance_s` is best half the time between two frames. Nothing waits for a stream longer than `wait_s`;
    what is then missing is None (see `framecast.client.matcher` for the whole rule).

    Raises:
        Invalid: fewer than two streams, or a time is out of range.
        As `open`.
    """
    if len(streams) < 2:
        raise Invalid(f"matched() needs two or more streams, got {len(streams)}")
    if tolerance_s <= 0 or wait_s <= 0:
        raise Invalid(f"tolerance_s {tolerance_s} and wait_s {wait_s} must be more than 0")
    readers: list[Reader] = []
    own: list[Reader] = []
    try:
        for stream in streams:
            if isinstance(stream, Reader):
                readers.append(stream)
            else:
                own.append(open(stream, format=format, size=size, policy=f"queue({_DEPTH})", node=node))
                readers.append(own[-1])
        return Matched(readers, own, tolerance_s, wait_s)
    except BaseException:
        for reader in own:
            reader.close()
        raise
