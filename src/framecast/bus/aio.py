"""The one place where the bus meets asyncio: records and channel messages as awaitables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from framecast.bus.subscriber import Subscriber
from framecast.bus.view import Record
from framecast.errors import Closed, Ended, WouldBlock


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


async def readable(fd: int, subscriber: Subscriber | None = None) -> None:
    """Wait until `fd` can be read. A subscriber without its node is looked at again after half a second."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
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


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
