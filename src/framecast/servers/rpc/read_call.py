"""One call of Read or Watch: writes what its client gets next, as fast as flow control allows, and never more.

One task of each call writes; a second one of Watch takes the orders. While a write waits for the client nothing piles up
here: the client's place in the log stays where it is, and the log goes on without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from framecast.errors import Ended, FramecastError, Invalid
from framecast.servers.rpc import messages
from framecast.servers.rpc.feeds import Feeds
from framecast.servers.rpc.read_feed import ReadFeed
from framecast.servers.rpc.responses import Responses
from framecast.servers.rpc.selection import Selection
from framecast.servers.rpc.status import Context
from framecast.v1 import media_pb2

# Orders that wait for a client's slow reading; further ones wait in the client.
MAX_ORDERS = 8

Order = media_pb2.WatchRequest | FramecastError


class ReadCall:
    """Serves one call of Read or Watch. `hold` returns if the client may have a stream, and raises if not."""

    def __init__(self, feeds: Feeds, context: Context, hold: Callable[[str], Awaitable[None]]) -> None:
        self._hold = hold
        self._feeds = feeds
        self._context = context
        self._orders: asyncio.Queue[Order] = asyncio.Queue(MAX_ORDERS)
        self._awake = asyncio.Event()

    async def read(self, selection: Selection) -> None:
        """Write what the selection gives until its stream ends.

        Raises:
            FramecastError: it is refused, or has ended with an error.
        """
        await self._hold(selection.stream)
        await self._follow(selection)

    async def watch(self, orders: AsyncIterator[media_pb2.WatchRequest]) -> None:
        """The same, by orders.

        Raises:
            FramecastError: an order is wrong or refused.
        """
        listening = asyncio.create_task(self._listen(orders))
        try:
            selection: Selection | None = None
            paused = True
            while True:
                if selection is None or paused:
                    awaited = await self._next(listening)
                    if awaited is None:
                        if selection is None:
                            raise Invalid("Watch got no order: the first order must be read")
                        return  # paused, and its client sends no more orders
                    order = awaited
                else:
                    await self._follow(selection)
                    if self._orders.empty():
                        return  # the stream has ended
                    order = self._orders.get_nowait()
                selection, paused = self._obey(order, selection)
                assert not isinstance(order, FramecastError)
                await self._hold(selection.stream)
                await self._context.write(messages.order_applied(order.id))
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _next(self, listening: asyncio.Task[None]) -> Order | None:
        """Wait for an order; None if the client sends no more."""
        getting = asyncio.ensure_future(self._orders.get())
        try:
            await asyncio.wait((getting, listening), return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
        finally:
            getting.cancel()
        return None if self._orders.empty() else self._orders.get_nowait()

    async def _listen(self, orders: AsyncIterator[media_pb2.WatchRequest]) -> None:
        try:
            async for order in orders:
                await self._give(order)
        except FramecastError as error:
            await self._give(error)

    async def _give(self, order: Order) -> None:
        await self._orders.put(order)
        self._awake.set()

    def _obey(self, order: Order, selection: Selection | None) -> tuple[Selection, bool]:
        """Return what is read from now on, and whether it is paused."""
        if isinstance(order, FramecastError):
            raise order
        kind = order.WhichOneof("order")
        if kind == "read":
            return Selection.of(order.read), False
        if kind is None:
            raise Invalid("an order of Watch is empty: set read, pause or resume")
        if selection is None:
            raise Invalid(f"the first order of Watch must be read, got {kind}")
        return selection, kind == "pause"

    async def _follow(self, selection: Selection) -> None:
        """Write from a feed until an order comes or the stream ends."""
        with self._feeds.feed(selection) as feed:
            responses = Responses(feed)
            feed.wakes.add(self._awake.set)
            try:
                await self._write_all(feed, responses)
            finally:
                feed.wakes.discard(self._awake.set)
                responses.close()

    async def _write_all(self, feed: ReadFeed, responses: Responses) -> None:
        write, awake = self._context.write, self._awake
        while self._orders.empty():
            message = responses.take()
            if message is not None:
                await write(message)
            elif feed.failure is not None:
                if isinstance(feed.failure, Ended):
                    return
                raise feed.failure.with_traceback(None)
            else:
                awake.clear()
                if self._orders.empty():
                    await awake.wait()
