"""One track of the bus for all subscribers that want it: read once, one message of each record, a cursor for each subscriber.

Event loop only. It reads whatever its subscribers do. Shared memory is lent for at most three records at a time, further ones are
copied (see `framecast.bus.connection`), so a publisher never lacks a slot.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from framecast.bus import Channel, Record
from framecast.errors import FramecastError, NotFound
from framecast.fanout.cursor import Cursor
from framecast.fanout.feed import Feed
from framecast.fanout.loss import Loss, loss_of
from framecast.fanout.persistent import Listener, PersistentSubscriber
from framecast.model import Policy, Subscription
from framecast.model.subscription import MAX_DEPTH
from framecast.servers.zmq.connection import Connection
from framecast.servers.zmq.dialect import Dialect, Key
from framecast.servers.zmq.encoder import Encoder, limits_of
from framecast.servers.zmq.message import Message

log = logging.getLogger("framecast.zmq")


class TrackFeed(Feed[Message]):
    """What one track gives. `requests` are the topics because of which it is read; more connections may get it."""

    def __init__(self, key: Key, dialect: Dialect, connect: Callable[[], Channel]) -> None:
        stream, track = key
        self._loss = loss_of(track)
        super().__init__(limits_of(self._loss))
        self.key = key
        self.requests: set[tuple[Connection, bytes]] = set()
        self.cursors: dict[Connection, Cursor[Message]] = {}
        self._encoder = Encoder(self.log, key, dialect)
        policy = Policy() if self._loss is Loss.NEWEST else Policy(MAX_DEPTH)
        self._subscriber = PersistentSubscriber(
            Subscription(stream, track, policy, label="zmq", wait=True),
            connect,
            Listener(self._on_record, self._on_absent, on_ended=self._on_ended),
        )

    @property
    def wanted(self) -> bool:
        """True while a subscription names the track."""
        return bool(self.requests)

    @property
    def is_absent(self) -> bool:
        """True if the stream has no such track."""
        return self._subscriber.is_absent

    def start(self) -> None:
        """Look again for a track that was absent."""
        self._subscriber.start()

    def join(self, connection: Connection) -> None:
        """Serve a connection, beginning with what is kept; without that, what it has to wait for counts as lost."""
        had = None if self.log.start >= 0 else self.log.counts
        cursor = self.cursors[connection] = Cursor(self.log, self._loss, had)
        if had is None:
            connection.wake(cursor)

    def leave(self, connection: Connection) -> None:
        """Serve it no more."""
        cursor = self.cursors.pop(connection, None)
        if cursor is not None:
            connection.forget(cursor)
            cursor.close()

    def close(self, why: FramecastError | None = None) -> None:
        """Let go of the track. Idempotent."""
        self._subscriber.close()
        for connection in tuple(self.cursors):
            self.leave(connection)
        self.log.clear()

    def _on_record(self, record: Record) -> None:
        self._encoder.add(record)
        for connection, cursor in tuple(self.cursors.items()):
            connection.wake(cursor)

    def _on_ended(self, _error: FramecastError) -> None:
        self._encoder.cut()

    def _on_absent(self, error: NotFound) -> None:
        """A track that the stream does not have is looked for again when the stream changes: see `Feeds`."""
        log.debug("%s/%s is not there: %s", *self.key, error)
        self._encoder.cut()
