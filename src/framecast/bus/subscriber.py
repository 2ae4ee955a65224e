"""A reader's end of one track: asks the node, meets the publisher, and hands out records.

Survives everything on the other side: when the publisher dies it waits to be introduced to the next one, when the node
dies it goes on reading and looks for the node again. Only `Ended`, a refusal and `close` end it.

One thread reads at a time; records may be dropped in any thread.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Self

from framecast.bus.channel import Channel, Fields, Message
from framecast.bus.connection import Connection
from framecast.bus.forked import close_in_child
from framecast.bus.node_connection import RETRY_S, NodeConnection
from framecast.bus.seen import Seen
from framecast.bus.status import StreamStatus, SubscriberStats
from framecast.bus.view import Descriptor, Record
from framecast.errors import Broken, Closed, Ended, ForkedView, FramecastError, WouldBlock, error_from_json
from framecast.model import Kind, State, Subscription, TrackInfo

LISTEN_EVERY = 32  # records


class Subscriber:
    """Reads one track. `connect` gives a fresh channel to the node (see `to_node`)."""

    def __init__(
        self,
        wish: Subscription,
        connect: Callable[[], Channel],
        on_status: Callable[[StreamStatus], None] | None = None,
    ) -> None:
        self.wish = wish
        self._latest = wish.policy.latest
        self._on_status = on_status
        self._forked = False
        self._stats = SubscriberStats()
        self._connection: Connection | None = None
        self._fileno = -1  # the connection's
        self._seen = Seen()
        self._skipped = 0
        self._failure: FramecastError | None = None
        self._closed = False
        self._released = False
        self._inbox: deque[Message] = deque()  # of the node
        self._reading = threading.RLock()  # re-entrant: a signal handler may close while its own thread reads
        self._busy = False  # in `read`: that releases what `close` ends
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll.register(self._wake, select.EPOLLIN)
        try:
            self._node = NodeConnection(connect, self._order, self._epoll)
        except BaseException:
            self._epoll.close()
            os.close(self._wake)
            raise
        close_in_child(self)

    @property
    def info(self) -> TrackInfo | None:
        """What the records are, None before the first publisher was met."""
        return self._connection.info if self._connection else None

    @property
    def status(self) -> StreamStatus:
        """The newest that the node has said; reading keeps it fresh."""
        return self._stats.status

    def fileno(self) -> int:
        """A descriptor for select that stays the same over reconnects: readable when `read(0)` may give something.

        Raises:
            Closed, ForkedView: as `read`.
        """
        if self._closed or self._forked:
            self._check()
        return self._epoll.fileno()

    def read(self, timeout_s: float | None = None) -> Record:
        """Return the next record; with policy `latest` the newest, never one twice.

        Raises:
            WouldBlock: nothing came in time; with 0, nothing is there.
            Ended: the stream is over.
            Closed: this subscriber was closed, maybe by another thread.
            NotFound, Denied, NotEnoughMemory, ...: the node or the publisher refuses, with its sentence.
            ForkedView: this process was forked from the one that opened it.
        """
        with self._reading:
            outer, self._busy = self._busy, True
            try:
                return self._read(None if timeout_s is None else monotonic() + timeout_s)
            finally:
                self._busy = outer
                if self._closed and not outer:
                    self._release()

    def __iter__(self) -> Iterator[Record]:
        """Yield records until the stream ends or this subscriber is closed."""
        while True:
            try:
                yield self.read()
            except (Ended, Closed):
                return

    def stats(self) -> SubscriberStats:
        """Return the counters so far."""
        return self._stats

    def close(self) -> None:
        """Stop reading; a `read` in another thread raises Closed. Views that the program keeps stay valid."""
        if self._closed or self._forked:
            return
        self._closed = True
        os.eventfd_write(self._wake, 1)
        with self._reading:
            if (
                not self._busy
            ):  # else this is a signal handler or a callback, and `read` of this thread goes on after it
                self._release()

    def after_fork(self) -> None:
        """In a forked child: close the copies of the parent's sockets."""
        self._forked = True
        self._reading = threading.RLock()  # another thread of the parent may hold it
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _release(self) -> None:
        if not self._released:
            self._released = True
            if self._connection is not None and not self._forked:
                self._connection.close()
            self._node.close()
            self._epoll.close()
            os.close(self._wake)

    # --- records

    def _read(self, deadline: float | None) -> Record:
        emptied: Connection | None = None
        if not (self._stats.records + 1) % LISTEN_EVERY and not self._released:
            self._wait(0)  # a reader that never has to wait still hears the node
        while True:
            if self._closed or self._forked or self._failure is not None:
                self._check()
            record = self._take(emptied)
            if record is not None and not self._closed:
                return record
            if self._failure is not None:
                continue
            left = None if deadline is None else deadline - monotonic()
            emptied = self._connection  # one that is met while this waits may have sent more than one record
            woken = self._wait(left)
            if not woken and left is not None and left <= 0:
                raise WouldBlock(f"nothing came from {self.wish.stream} in time (it is {self.status.state})")

    def _check(self) -> None:
        if self._forked:
            raise ForkedView("reader")
        if self._closed:
            raise Closed(f"this reader of {self.wish.stream} was closed")
        if self._failure is not None:
            raise _afresh(self._failure)

    def _take(self, emptied: Connection | None) -> Record | None:
        """One record from the publisher's socket, None if nothing is there.

        `emptied` is the connection that was found empty just before, and releases were sent: what is there now is the newest.
        """
        connection = self._connection
        if connection is None:
            return None
        try:
            if connection is emptied:
                descriptor = self._next(connection)
            elif self._latest:
                descriptor = self._newest(connection)
            else:
                connection.flush_batch()
                descriptor = self._next(connection)
            if descriptor is None:
                connection.flush()
                return None
            return self._hand_out(connection, descriptor)
        except Broken:
            if not self._closed:  # by a signal handler of this thread, between two lines
                self._lose_publisher()
            return None
        except FramecastError as error:
            self._failure = error.with_traceback(None)
            return None

    def _newest(self, connection: Connection) -> Descriptor | None:
        """Skip to the newest record. If even newer ones wait for credit, give everything back for them.

        Nothing is skipped of packets that need the ones before them: what is lost is lost at the publisher, up to a key frame.
        """
        connection.flush()
        newest: Descriptor | None = None
        while (descriptor := self._next(connection)) is not None:
            if not connection.may_skip:
                return descriptor
            if newest is not None:
                self._skip(connection, newest)
            newest = descriptor
        if newest is not None and connection.starved:
            self._skip(connection, newest)
            return None
        return newest

    def _next(self, connection: Connection) -> Descriptor | None:
        """The next record in the socket that was not taken before."""
        while (descriptor := connection.next()) is not None:
            lost = self._seen.take(descriptor)
            if lost is not None:
                self._skipped += 0 if self.wish.max_fps else lost  # what is thinned is not lost
                return descriptor
            connection.give_back(descriptor)
        return None

    def _skip(self, connection: Connection, descriptor: Descriptor) -> None:
        connection.give_back(descriptor)
        self._skipped += 1 + descriptor[5]

    def _hand_out(self, connection: Connection, descriptor: Descriptor) -> Record:
        record = connection.record(descriptor)
        record.dropped = descriptor[5] + self._skipped
        self._skipped = 0
        stats = self._stats
        stats.records += 1
        stats.dropped += record.dropped
        if not record.leased and record.info.kind in (Kind.FRAMES, Kind.DATA):
            stats.copied += 1
        return record

    # --- waiting

    def _wait(self, left: float | None) -> bool:
        """Sleep until something happens or the time is over; False if nothing did."""
        if self._node.is_lost:
            if self._node.find():
                self._tell(node_connected=True)
            left = RETRY_S if left is None else min(left, RETRY_S)
        events = self._epoll.poll(None if left is None else max(0.0, left))
        for number, _ in events:
            if number == self._fileno:
                continue
            messages = self._node.take(number)
            if messages is None:
                self._tell(node_connected=False)
                continue
            self._inbox.extend(messages)
        self._obey_all()
        return bool(events)

    def _order(self) -> Fields:
        # After a restart of the node: the program that writes this stream may find it later than we do.
        wait = self.wish.wait or self._stats.introductions > 0
        return {"op": "subscribe", **self.wish.to_json(), "wait": wait}

    def _obey_all(self) -> None:
        """Take everything that the node has said, even where the program's callback fails at one of it: then raise that."""
        failure: Exception | None = None
        while self._inbox:
            try:
                self._obey(self._inbox.popleft())
            except Exception as error:  # noqa: BLE001  raised below
                failure = failure or error
        if failure is not None:
            raise failure

    def _obey(self, message: Message) -> None:
        fields = message.fields
        event = fields.get("event")
        if event == "introduce" and len(message.fds) == 1:
            self._meet(message.fds[0], int(fields.get("number", 0)))
            return
        for fd in message.fds:
            os.close(fd)
        if "error" in fields:
            self._failure = error_from_json(fields)
            if isinstance(self._failure, Ended):  # somebody removed the stream
                self._tell(state=State.ENDED, reason="", detail=str(self._failure))
        elif event == "state":
            self._on_state(fields)

    def _on_state(self, fields: Fields) -> None:
        state = State(str(fields["state"]))
        self._tell(state=state, reason=str(fields.get("reason", "")), detail=str(fields.get("detail", "")))
        # What is still in a publisher's socket is read first: its end then says Ended.
        if state is State.ENDED and self._connection is None:
            self._failure = Ended(f"stream {self.wish.stream} has ended")

    def _tell(self, **changes: object) -> None:
        for name, value in changes.items():
            setattr(self._stats.status, name, value)
        if self._on_status is not None:
            self._on_status(self._stats.status)

    def _meet(self, fd: int, number: int) -> None:
        if self._connection is not None:
            self._detach(self._connection)
        self._connection = Connection(fd, number, self.wish)
        self._seen.meet()
        self._stats.introductions += 1
        self._fileno = self._connection.sock.fileno()
        self._epoll.register(self._fileno, select.EPOLLIN)

    def _detach(self, connection: Connection) -> None:
        self._fileno = -1
        self._epoll.unregister(connection.sock)
        connection.close()

    def _lose_publisher(self) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        self._detach(connection)
        if self._stats.status.state is State.ENDED:
            self._failure = Ended(f"stream {self.wish.stream} has ended")
        # The node introduces again by itself when the publisher returns; this tells it that one is needed
        # although the publisher may still be there.
        elif not self._node.tell({"op": "again", "number": connection.number}):
            self._tell(node_connected=False)


def _afresh(failure: FramecastError) -> FramecastError:
    """The same error without a traceback: one that is raised and kept would keep the caller's frames and its pictures."""
    fresh = type(failure)(*failure.args)  # what a node or publisher refuses with is made of its message alone
    fresh.__cause__ = failure.__cause__
    return fresh


def to_node(path: Path) -> Callable[[], Channel]:
    """Return a `connect` for the node that listens at `path`."""
    return lambda: Channel.connect(path)
