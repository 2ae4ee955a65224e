"""One track of the bus for all who subscribe to it: one reader, one message a record, a lane for each subscriber.

Event loop only. It reads whatever its subscribers do; what they cannot take is left out in their lanes. Shared memory is lent for
at most three records at a time, further ones are copied (see `framecast.bus.connection`), so a publisher never lacks a slot.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from framecast.bus import Channel, Record, StreamStatus, Subscriber
from framecast.errors import Ended, FramecastError, NotFound, WouldBlock
from framecast.model import Kind, Policy, Subscription, TrackName
from framecast.model.subscription import MAX_DEPTH
from framecast.servers.zmq.dialect import Dialect, Key
from framecast.servers.zmq.guest import Guest
from framecast.servers.zmq.lane import Lane, lane_for
from framecast.servers.zmq.message import Message

# A track that was refused, or has ended, is asked for again after this time.
RETRY_S = 2.0
# A group of pictures that is larger is not kept for late joiners: it has to fit into their lanes.
GOP_BYTES = 12 << 20
_AT_ONCE = 64

log = logging.getLogger("framecast.zmq")


class Feed:
    """What one track gives. `askers` are the subscriptions because of which it is read; lanes may be more."""

    def __init__(self, key: Key, dialect: Dialect, connect: Callable[[], Channel]) -> None:
        self.key = key
        self.askers: set[tuple[Guest, bytes]] = set()
        self.lanes: dict[Guest, Lane] = {}
        self.records = 0
        self.lost = 0  # in lanes that have gone
        self.missing = False  # the stream has no such track
        self._dialect = dialect
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._subscriber: Subscriber | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._kept: deque[Message] = deque()  # for late joiners: a group of pictures, or the newest record
        self._kept_bytes = 0
        self._closed = False

    def start(self) -> None:
        """Begin to read, or begin anew where the track was missing."""
        self._retry_cancel()
        self.missing = False
        if self._subscriber is None and not self._closed:
            self._subscribe()

    def join(self, guest: Guest) -> None:
        """Serve a subscriber, beginning with what is kept."""
        lane = self.lanes[guest] = lane_for(self.key[1])
        for message in self._kept:
            lane.offer(message)
        if self._kept:
            guest.wake(lane)

    def leave(self, guest: Guest) -> None:
        """Serve it no more."""
        lane = self.lanes.pop(guest, None)
        if lane is not None:
            self.lost += lane.lost
            guest.forget(lane)

    @property
    def dropped(self) -> int:
        """How many records subscribers lost so far."""
        return self.lost + sum(lane.lost for lane in self.lanes.values())

    def close(self) -> None:
        """Let go of the track. Idempotent."""
        self._closed = True
        self._retry_cancel()
        self._unsubscribe()
        for guest in tuple(self.lanes):
            self.leave(guest)
        self._kept.clear()

    # --- reading

    def _subscribe(self) -> None:
        stream, track = self.key
        pictures = track.kind is Kind.FRAMES or track.base == "jpeg"
        policy = Policy() if pictures else Policy(MAX_DEPTH)
        wish = Subscription(stream, track, policy, label="zmq", wait=True)
        try:
            self._subscriber = Subscriber(wish, self._connect, self._on_status)
        except FramecastError as error:
            self._fail(error)
            return
        self._loop.add_reader(self._subscriber.fileno(), self._on_readable)
        self._loop.call_soon(self._on_readable)

    def _unsubscribe(self) -> None:
        if self._subscriber is not None:
            self._loop.remove_reader(self._subscriber.fileno())
            self._subscriber.close()
            self._subscriber = None

    def _on_status(self, status: StreamStatus) -> None:
        if not status.node_connected:
            log.debug("the node is gone; %s goes on", self.key[0])

    def _on_readable(self) -> None:
        """Take what is there, but let others have their turn."""
        if self._subscriber is None:
            return
        try:
            for _ in range(_AT_ONCE):
                self._take(self._subscriber.read(0))
        except WouldBlock:
            return
        except FramecastError as error:
            self._fail(error)
            return
        self._loop.call_soon(self._on_readable)

    def _take(self, record: Record) -> None:
        stream, track = self.key
        message = self._dialect.message(stream, track, record)
        self.records += 1
        self._keep(track, message)
        for guest, lane in tuple(self.lanes.items()):
            lane.offer(message)
            guest.wake(lane)

    def _keep(self, track: TrackName, message: Message) -> None:
        if track.base != "video" or message.is_key:
            self._kept.clear()
            self._kept_bytes = 0
        elif not self._kept or message.lost:
            self._kept.clear()  # without its key frame it is of no use
            return
        self._kept.append(message)
        self._kept_bytes += message.size
        if self._kept_bytes > GOP_BYTES and len(self._kept) > 1:
            self._kept.clear()

    def _fail(self, error: FramecastError) -> None:
        """Ask again later. A track that the stream does not have is asked for when something changes: see `Feeds`."""
        self._unsubscribe()
        self._kept.clear()
        if isinstance(error, NotFound):
            log.debug("%s/%s is not there: %s", *self.key, error)
            self.missing = True
            return
        if not isinstance(error, Ended):
            log.warning("%s/%s cannot be read: %s", *self.key, error)
        self._retry_cancel()
        self._retry = self._loop.call_later(RETRY_S, self.start)

    def _retry_cancel(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
