"""How long a request may take to come. Event loop only.

As a whole it must be here within `request_s`. A body that its route has admitted may take as long as it likes, but something of it must come within each
`silent_s` in which the server reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from framecast.model import number

# A whole request, body included, must come within this time; so must the first one of a new connection.
REQUEST_S = 20.0
SILENT_S = 30.0
# The rest of a body of up to this size is read behind an early answer, so that its connection can be used again.
SHORT_BYTES = 64 << 10


class RequestClock:
    """The clock of one connection. `on_late` gets what to say; `is_reading` says whether the server takes bytes."""

    def __init__(
        self,
        on_late: Callable[[str], None],
        is_reading: Callable[[], bool],
        request_s: float,
        silent_s: float,
    ) -> None:
        self._on_late, self._is_reading = on_late, is_reading
        self._request_s, self._silent_s = request_s, silent_s
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at: float | None = None  # when something of an admitted body came

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let it run, if it does not yet."""
        if self._timer is None:
            self._timer = loop.call_later(self._request_s, self._ring)

    def admit(self, loop: asyncio.AbstractEventLoop) -> None:
        """Bound from now on the silence alone, until `stop`."""
        self.stop()
        self._heard_at = loop.time()
        self._timer = loop.call_later(self._silent_s, self._look, loop)

    def hear(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note that something has come."""
        if self._heard_at is not None:
            self._heard_at = loop.time()

    def stop(self) -> None:
        """Stop it. Idempotent."""
        self._heard_at = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        self._on_late(f"a request must be here within {self._request_s:g} s")

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        if self._heard_at is None or not self._is_reading():  # the client is not to blame
            self._heard_at = now
        left = self._heard_at + self._silent_s - now
        if left > 0:
            self._timer = loop.call_later(left, self._look, loop)
        else:
            self._timer = None
            self._on_late(f"nothing of the body has come for {self._silent_s:g} s")


def is_short(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether the body of a request with these headers is short enough to be read for nothing."""
    given = dict(headers)
    length = given.get(b"content-length", b"0").decode("ascii", "replace")
    is_known = b"transfer-encoding" not in given and number.is_digits(length)
    return is_known and number.integer(length, 0, 10**9) <= SHORT_BYTES
