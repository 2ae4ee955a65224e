"""How long to wait before the next attempt: exponential, with jitter and a limit. For everything that reconnects. No clock, one thread."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST_S = 0.25
FACTOR = 2.0


class Backoff:
    """Counts failures. `jitter` returns numbers from 0 to 1, because many cameras behind one switch must not reconnect in step."""

    def __init__(
        self, most_s: float, jitter: Callable[[], float] = random.random, *, first_s: float = FIRST_S
    ) -> None:
        self.most_s = most_s
        self.failures = 0
        self._first_s = first_s
        self._jitter = jitter

    def next_s(self) -> float:
        """Note one more failure and return the seconds to wait: half to all of the step, `most_s` at most."""
        # The exponent is bounded, because a camera may be away for years.
        step = min(self.most_s, self._first_s * FACTOR ** min(self.failures, 32))
        self.failures += 1
        return step * (0.5 + 0.5 * self._jitter())

    def reset(self) -> None:
        """Forget all failures."""
        self.failures = 0
