"""All tracks of one stream as their only writer has them, and the thread that meets the readers.

The thread sleeps in epoll: it wakes when the node introduces a reader, asks for figures or says stop, when a reader
leaves, and when one that had no credit releases something. While all keep up it never wakes: releases are read
by the source's thread when it publishes.

If the node dies the readers that are here stay served; `on_node_lost` says so to the owner.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from framecast.bus.channel import Channel, Fields, Message
from framecast.bus.forked import close_in_child
from framecast.bus.growth import DEFAULT_LIMIT_BYTES, READER_BYTES
from framecast.bus.lent import LentTrack
from framecast.bus.outlet import Outlet, refuse
from framecast.bus.patient import Patience, PatientTrack
from framecast.bus.track import TrackWriter
from framecast.errors import Closed, ForkedView, FramecastError, Invalid, NotFound
from framecast.model import State, Subscription, TrackInfo
from framecast.model.last_picture import LastPicture


def _nothing() -> None:
    """Do nothing: the default of the callbacks."""


@dataclass(slots=True)
class Callbacks:
    """What the owner of a publisher wants to hear, on the publisher's thread: be quick, never block."""

    on_stop: Callable[[], None] = _nothing  # the node asks it to end
    on_node_lost: Callable[[], None] = _nothing  # the node's connection broke
    on_demand: Callable[[], None] = (
        _nothing  # a reader came or left, or the node counts other readers of the stream
    )


class Publisher:
    """The writing end of a stream.

    `channel` is a connection on which the node has accepted this stream's writer. `epoch` is the first epoch number. `readers` is
    how many the node counts, those that wait for the stream included; None from a node that does not tell.
    """

    def __init__(
        self,
        channel: Channel,
        stream: str,
        *,
        epoch: int = 0,
        readers: int | None = None,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        callbacks: Callbacks | None = None,
    ) -> None:
        self.stream = stream
        self.tracks: dict[str, TrackWriter] = {}
        self._limit_bytes = limit_bytes
        self._make_track: Callable[[TrackInfo, str, int, Callable[[TrackWriter], None]], TrackWriter] = (
            TrackWriter
        )
        self._epoch = epoch
        self._counted = readers
        self._callbacks = callbacks or Callbacks()
        self._channel: Channel | None = channel
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._closed = False
        # By file descriptor, which stays open until it is forgotten here: a number never means two readers.
        # Lock order: a track's lock, then this publisher's; never the other way.
        self._readers: dict[int, tuple[TrackWriter, Outlet]] = {}
        self._watched: dict[int, int] = {}  # reader's number -> epoll events
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll = select.epoll()
        self._epoll.register(self._wake, select.EPOLLIN)
        self._epoll.register(channel, select.EPOLLIN)
        os.eventfd_write(
            self._wake, 1
        )  # the channel may hold messages already, and its socket does not tell of those
        self._thread = threading.Thread(target=self._run, name=f"bus-{stream}"[:15], daemon=True)
        self._thread.start()
        close_in_child(self)

    def track(self, info: TrackInfo) -> TrackWriter:
        """Add a track and announce it to the node; a second call with a name that exists begins a new epoch."""
        self._check()
        writer = self.tracks.get(info.name)
        if writer is not None:
            self._epoch += 1
            writer.reformat(info.at_epoch(self._epoch))
        else:
            writer = self._make_track(
                info.at_epoch(self._epoch), self.stream, self._limit_bytes, self._track_changed
            )
            self.tracks[info.name] = writer
        self._tell({"op": "track", "info": writer.info.to_json()})
        return writer

    def wait_for_reader(self, patience: Patience) -> None:
        """Let the tracks that are added from now on wait for a reader that asks for it; see `PatientTrack`."""

        def make(
            info: TrackInfo, stream: str, limit_bytes: int, on_change: Callable[[TrackWriter], None]
        ) -> TrackWriter:
            return PatientTrack(info, stream, limit_bytes, on_change, patience)

        self._make_track = make

    def lend_tracks(self) -> None:
        """Let the tracks that are added from now on be lent while nobody reads them; see `LentTrack`."""
        self._make_track = LentTrack

    def ready(self) -> None:
        """Tell the node that all tracks are announced: what is missing now will not come."""
        self._tell({"op": "ready"})

    def report(self, state: State, reason: str = "", detail: str = "") -> None:
        """Tell the node, and through it everybody, what state the source is in."""
        self._tell({"op": "state", "state": str(state), "reason": reason, "detail": detail})

    def note(self, **facts: str) -> None:
        """Tell the node facts about the source for people: decoder name, transport, clock correction."""
        self._tell({"op": "facts", "facts": facts})

    def leave_picture(self, picture: LastPicture) -> None:
        """Give the node the picture that pages show when this publisher is gone."""
        self._tell({"op": "last_picture", **picture.to_json()})

    def adopt(self, channel: Channel, readers: int | None = None, *, is_ready: bool = True) -> None:
        """Go on with a new connection to a node, after the old one was lost; `readers` as at the beginning.

        `is_ready` says that all tracks are announced by now.
        """
        with self._lock:
            self._channel = channel
            self._counted = readers
            self._epoll.register(channel, select.EPOLLIN)
            for writer in self.tracks.values():
                self._tell({"op": "track", "info": writer.info.to_json()})
            if is_ready:
                self.ready()
            os.eventfd_write(self._wake, 1)

    def hear_demand(self, on_demand: Callable[[], None]) -> None:
        """Call `on_demand` from now on, on this publisher's thread, when readers come and leave."""
        self._callbacks.on_demand = on_demand

    @property
    def wanted(self) -> bool:
        """True while somebody reads the stream or waits for it. The node counts readers; without a node, the tracks' own readers count."""
        counted = self._counted
        if counted is not None:
            return counted > 0
        return any(writer.wanted for writer in tuple(self.tracks.values()))

    @property
    def connected(self) -> bool:
        """True while the node is connected."""
        return self._channel is not None

    def close(self) -> None:
        """Let readers and memory go. Idempotent; safe from any thread."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            # Under the lock: the thread may end by itself now, and it closes this descriptor under the lock.
            os.eventfd_write(self._wake, 1)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=5)

    def after_fork(self) -> None:
        """In a forked child: close the copies of the parent's sockets."""
        for _, outlet in tuple(self._readers.values()):
            outlet.sock.close()
        if self._channel is not None:
            self._channel.close()
        self._epoll.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _check(self) -> None:
        if os.getpid() != self._pid:
            raise ForkedView("publisher")
        if self._closed:
            raise Closed(f"the publisher of {self.stream} is closed")

    def _tell(self, fields: Fields) -> None:
        with self._lock:
            if self._channel is None or self._closed:
                return
            try:
                self._channel.send(fields)
            except FramecastError:
                self._lose_node()

    # --- the thread

    def _run(self) -> None:
        try:
            while not self._closed:
                for number, _events in self._epoll.poll():
                    self._react(number)
        finally:
            self._end()

    def _react(self, number: int) -> None:
        if number == self._wake:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)
            self._hear()
            return
        reader = self._readers.get(number)
        if reader is not None:
            if not reader[0].serve(number):
                self._forget(number, reader[1])
        elif self._channel is not None and number == self._channel.fileno():
            self._hear()

    def _hear(self) -> None:
        with self._lock:  # the end of the node closes the channel: not under a thread that sends on it
            if self._channel is None:
                return
            try:
                messages: Sequence[Message] = self._channel.receive()
            except FramecastError:
                self._lose_node()
                return
        for message in messages:
            self._obey(message)

    def _obey(self, message: Message) -> None:
        op = message.fields.get("op")
        if op == "introduce" and len(message.fds) == 1:
            self._meet(message)
            return
        for fd in message.fds:
            os.close(fd)
        if op == "stats":
            tracks = [writer.stats() for writer in tuple(self.tracks.values())]
            self._tell({"op": "stats", "id": message.fields.get("id"), "tracks": tracks})
        elif op == "demand":
            readers = message.fields.get("readers")
            self._counted = readers if isinstance(readers, int) else None
            self._callbacks.on_demand()
        elif op == "stop":
            self._callbacks.on_stop()

    def _meet(self, message: Message) -> None:
        """Take a reader that the node introduces; refuse it with the reason if it is not served."""
        sock = socket.socket(fileno=message.fds[0])
        try:
            wish = Subscription.from_json(message.fields["subscription"])
            writer = self.tracks.get(str(wish.track))
            if writer is None:
                raise NotFound(f"stream {self.stream} has no track {wish.track}")
            outlet = Outlet(sock, sock.fileno(), wish, READER_BYTES[writer.info.kind])
            writer.attach(outlet)
        except (FramecastError, KeyError) as failure:
            error = (
                failure
                if isinstance(failure, FramecastError)
                else Invalid(f"the first message of a reader lacks {failure}")
            )
            refuse(sock, error)
            sock.close()
            return
        with self._lock:
            self._readers[outlet.number] = (writer, outlet)
            self._watched[outlet.number] = select.EPOLLRDHUP
            self._epoll.register(outlet.number, select.EPOLLRDHUP)
        self._track_changed(writer)
        self._callbacks.on_demand()

    def _track_changed(self, writer: TrackWriter) -> None:
        """Listen for releases only of readers that wait for credit: the others need no wake-up."""
        for number, (owner, outlet) in tuple(self._readers.items()):
            if owner is not writer:
                continue
            if writer.outlet(number) is not outlet:
                self._forget(number, outlet)
                continue
            events = select.EPOLLRDHUP | (select.EPOLLIN if outlet.starved else 0)
            with self._lock:
                if self._watched.get(number, events) != events:
                    self._watched[number] = events
                    self._epoll.modify(number, events)

    def _forget(self, number: int, outlet: Outlet) -> None:
        """Let a reader go. Two threads may find it gone; by the time of the second its number may be another reader's."""
        with self._lock:
            reader = self._readers.get(number)
            if reader is None or reader[1] is not outlet:
                return
            del self._readers[number]
            self._watched.pop(number, None)
            if not self._epoll.closed:
                self._epoll.unregister(number)
        reader[0].drop(number)
        outlet.sock.close()
        self._callbacks.on_demand()

    def _lose_node(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            self._counted = None
            self._callbacks.on_node_lost()

    def _end(self) -> None:
        """Close everything; the source's thread may still publish, and finds its tracks closed."""
        self._closed = True
        self._counted = 0
        for writer in tuple(self.tracks.values()):
            writer.close()
        with self._lock:
            if self._channel is not None:
                self._channel.close()
            self._epoll.close()
            os.close(self._wake)
