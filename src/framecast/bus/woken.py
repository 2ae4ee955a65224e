"""A subscriber on an event loop, which wakes it for each record: one system call takes the record, and releases go now and then.

`Subscriber.read` would look whether more is there, release what it copied, and look again: four calls more, for each block of sound of each camera.
"""

from __future__ import annotations

from framecast.bus.connection import Connection
from framecast.bus.subscriber import LISTEN_EVERY, Subscriber
from framecast.bus.view import Record
from framecast.clock import monotonic_ns

# Copies are released this often at most. Until then they are lent: 0.2 s of packets.
_RELEASE_NS = 200_000_000


class WokenSubscriber(Subscriber):
    """Reads a track for a loop that waits for `fileno`."""

    _flushed_ns = 0

    def poll(self) -> Record | None:
        """Return the record that is there; None if nothing is, or something else may have happened: then `read(0)` says what.

        With policy `latest` always None. The loop is woken again for what this leaves.

        Raises:
            As `read`, but never WouldBlock.
        """
        with self._reading:
            outer, self._busy = self._busy, True
            try:
                return self._poll()
            finally:
                self._busy = outer
                if self._closed and not outer:
                    self._release()

    def _poll(self) -> Record | None:
        self._check()
        connection = self._connection
        if connection is None or self._latest or not (self._stats.records + 1) % LISTEN_EVERY:
            return None
        record = self._take(connection)
        if record is not None:
            self._flush(connection)
        return record

    def _flush(self, connection: Connection) -> None:
        now = monotonic_ns()
        if now - self._flushed_ns < _RELEASE_NS:
            connection.flush_batch()
            return
        self._flushed_ns = now
        connection.flush()
