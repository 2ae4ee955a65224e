"""The one place where the bus meets asyncio: records and channel messages as awaitables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from framecast.bus.subscriber import Subscriber
from framecast.bus.view import Record
from framecast.bus.woken import WokenSubscriber
from framecast.errors import Closed, Ended, FramecastError, WouldBlock
from framecast.model import TrackInfo

# Records that one wake-up hands over before others have their turn.
_BATCH = 64


async def read(subscriber: Subscriber) -> Record:
    """Return the next record without blocking the loop. Cancelling it loses nothing.

    Raises:
        As `Subscriber.read`.
    """
    while True:
        try:
            return subscriber.read(0)
        except WouldBlock:
            await readable(subscriber.fileno(), subscriber)


async def readable(
    fd: int, subscriber: Subscriber | None = None, ready: asyncio.Future[None] | None = None
) -> None:
    """Wait until `fd` can be read. A subscriber without its node is looked at again after half a second.

    `ready`, a future of the running loop, ends the wait, too, when somebody sets its result.
    """
    loop = asyncio.get_running_loop()
    ready = ready or loop.create_future()
    loop.add_reader(fd, _set, ready)
    try:
        if subscriber is not None and not subscriber.status.node_connected:
            await asyncio.wait([ready], timeout=0.5)
        else:
            await ready
    finally:
        loop.remove_reader(fd)


async def records(subscriber: Subscriber) -> AsyncIterator[Record]:
    """Yield records until the stream ends or the subscriber is closed."""
    while True:
        try:
            yield await read(subscriber)
        except (Ended, Closed):
            return


class Following:
    """Calls `on_record` in the loop for each record of a subscriber, `on_end` once when there will be no more.

    `on_info` hears each new description of the track, when what was there has been handed over; a publisher sends it with the
    first record, so it does not come before that. Costs less than `read` for each record: the descriptor stays registered, and what is
    left in the socket wakes the loop again. Closes the subscriber.
    """

    def __init__(
        self,
        subscriber: WokenSubscriber,
        on_record: Callable[[Record], None],
        on_end: Callable[[FramecastError], None],
        on_info: Callable[[TrackInfo], None] | None = None,
    ) -> None:
        self.subscriber = subscriber
        self._on_record = on_record
        self._on_end = on_end
        self._on_info = on_info
        self._info: TrackInfo | None = None
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._loop.add_reader(subscriber.fileno(), self._read)
        self._loop.call_soon(self._read)

    def close(self) -> None:
        """Follow no more; nothing is called after that. Idempotent."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self.subscriber.fileno())
            self.subscriber.close()

    def _read(self) -> None:
        for _ in range(_BATCH):
            if self._closed:
                return
            try:
                polled = self.subscriber.poll()
                record = polled or self.subscriber.read(0)
            except WouldBlock:
                self._tell_info()
                return
            except FramecastError as error:
                self.close()
                self._on_end(error)
                return
            self._on_record(record)
            if polled is not None:
                self._tell_info()
                return
        self._loop.call_soon(self._read)

    def _tell_info(self) -> None:
        info = self.subscriber.info
        if info is not self._info and info is not None:
            self._info = info
            if self._on_info is not None:
                self._on_info(info)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
