"""The rule by which frames of several streams are matched; no I/O, and the times are the caller's.

The oldest frame that waits is compared with the first frame of every other stream. Those that were captured within the
tolerance of it are one match. A frame that misses a partner in a stream which is further on already is dropped; one that
misses a partner in a stream from which nothing is there yet waits for it, `wait_s` at most.

A stream that has let others wait that long, or has not been part of a match for that long although it gives frames, is
`late`: matches go out at once without it. It is waited for again when it was part of two matches within `wait_s`.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar


class Captured(Protocol):
    """Anything with a time of capture."""

    @property
    def captured_at(self) -> int:
        """UTC nanoseconds."""
        ...


F = TypeVar("F", bound=Captured)


class FrameQueue(Generic[F]):
    """The frames of one stream that wait for partners."""

    def __init__(self, depth: int, now: float) -> None:
        self.frames: deque[tuple[F, float]] = deque()  # with the time at which each came here
        self.late = False
        self.ended = False
        self.unmatched = 0  # frames that were dropped for want of partners
        self.last_match = now
        self._depth = depth

    @property
    def first(self) -> int:
        """When the first of its frames was captured."""
        return self.frames[0][0].captured_at

    @property
    def awaited(self) -> bool:
        """True if others wait for it."""
        return not (self.late or self.ended)

    def add(self, frame: F, now: float) -> None:
        """Take a new frame; the oldest goes where too many wait."""
        self.frames.append((frame, now))
        if len(self.frames) > self._depth:
            self.drop()

    def drop(self) -> None:
        """Let the oldest frame go without a match."""
        self.frames.popleft()
        self.unmatched += 1

    def take(self, now: float, wait_s: float) -> F:
        """Return the first frame as part of a match."""
        if self.late and now - self.last_match <= wait_s:
            self.late = False
        self.last_match = now
        return self.frames.popleft()[0]


class Matcher(Generic[F]):
    """Frames go in by queue, matches come out. `now` is seconds on any clock that only grows."""

    def __init__(self, count: int, tolerance_s: float, wait_s: float, depth: int, now: float) -> None:
        self.queues: list[FrameQueue[F]] = [FrameQueue(depth, now) for _ in range(count)]
        self._tolerance_ns = round(tolerance_s * 1e9)
        self._wait_s = wait_s
        self.deadline: float | None = (
            None  # when a match goes out although frames are missing; None: not by itself
        )

    @property
    def over(self) -> bool:
        """True if nothing is left and nothing can come."""
        return all(queue.ended and not queue.frames for queue in self.queues)

    def match(self, now: float) -> tuple[F | None, ...] | None:
        """Return the next match, None if more frames have to come or time has to pass."""
        self.deadline = None
        while filled := [queue for queue in self.queues if queue.frames]:
            oldest = min(filled, key=lambda queue: queue.first)
            partners = [queue for queue in filled if queue.first <= oldest.first + self._tolerance_ns]
            missing = [queue for queue in self.queues if queue.awaited and queue not in partners]
            ahead = [queue for queue in missing if queue.frames]
            if ahead:
                self._give_up(oldest, ahead, now)
            elif missing and now < (deadline := self._patience(partners, missing)):
                self.deadline = deadline
                return None
            else:
                for queue in missing:
                    queue.late = True
                return tuple(
                    queue.take(now, self._wait_s) if queue in partners else None for queue in self.queues
                )
        return None

    def _patience(self, partners: list[FrameQueue[F]], missing: list[FrameQueue[F]]) -> float:
        """Until when these partners wait: long enough themselves, and for streams that were long in no match."""
        begin = min(queue.frames[0][1] for queue in partners)
        return max(begin, *(queue.last_match for queue in missing)) + self._wait_s

    def _give_up(self, oldest: FrameQueue[F], ahead: list[FrameQueue[F]], now: float) -> None:
        """The oldest frame has no partner in streams that are ahead of it: drop it, or do without such a stream."""
        absent = [queue for queue in ahead if now - queue.last_match >= self._wait_s]
        for queue in absent:
            queue.late = True
        if not absent:
            oldest.drop()
