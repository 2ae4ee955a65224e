"""Streams that clients write: each call of Publish is a writer on the bus, in this process, as long as it lasts.

The call's task takes the records; a second one writes what the client has to know. Records are copied into shared memory
here, so a reader never waits for the client, and a client that vanishes ends its stream at once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc

from framecast.bus import Callbacks, Publisher
from framecast.control.publishing import Accepted, ask_to_publish
from framecast.errors import (
    Closed,
    Conflict,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NotEnoughMemory,
)
from framecast.model import State, check_name
from framecast.servers.rpc import intake
from framecast.servers.rpc.caller import CALLER
from framecast.servers.rpc.status import Context, refuse
from framecast.v1 import media_pb2, streams_pb2

# Each is a thread and shared memory.
MAX_PUBLICATIONS = 128

Requests = AsyncIterator[media_pb2.PublishRequest]
Hold = Callable[[str], Awaitable[None]]


class Publications:
    """All that is published here. Event loop only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: set[Publication] = set()
        self._draining = False

    @property
    def count(self) -> int:
        """How many clients publish."""
        return len(self._open)

    async def serve(self, requests: Requests, context: Context, hold: Hold) -> None:
        """Be the writer of a stream until the client ends the call or is gone; `hold` raises if it may not be.

        Raises:
            FramecastError: the stream is refused, or has ended with an error.
        """
        if self._draining:
            raise _stopping()
        if len(self._open) >= MAX_PUBLICATIONS:
            raise NotEnoughMemory(f"{MAX_PUBLICATIONS} clients publish, which is the limit: try again later")
        publication = Publication(context)
        self._open.add(publication)
        try:
            await publication.run(self._path, requests, hold)
        except Conflict as error:
            await refuse(context, error, grpc.StatusCode.ALREADY_EXISTS)
        finally:
            self._open.discard(publication)

    def drain(self) -> None:
        """End all; their clients are asked to call again."""
        self._draining = True
        for publication in tuple(self._open):
            publication.end(_stopping())


class Publication:
    """One call of Publish."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[FramecastError | None] = self._loop.create_future()
        self._changed = asyncio.Event()
        self._sent_demand: tuple[frozenset[str], bool] = (frozenset(), False)
        self._lost: Counter[str] = Counter()
        self._live = False
        self._publisher: Publisher | None = None

    async def run(self, path: Path, requests: Requests, hold: Hold) -> None:
        """Open, take records, close.

        Raises:
            Conflict: the stream has another writer.
            Invalid: a message is wrong.
        """
        opened = await anext(aiter(requests), None)
        if opened is None or opened.WhichOneof("what") != "open":
            raise Invalid("the first message of Publish must be open, with the name of the stream")
        name = check_name(opened.open.stream)
        await hold(name)
        label = opened.open.label[:80] or f"grpc {self._context.peer()}"[:80]
        channel, epoch, readers = await _introduce(path, name, label, CALLER.get().sight.principal.account)
        callbacks = Callbacks(self._on_stop, self._on_node_lost, self._on_demand)
        self._publisher = Publisher(channel, name, epoch=epoch, readers=readers, callbacks=callbacks)
        self._changed.set()
        try:
            await self._serve(requests)
        finally:
            self._publisher.close()

    def end(self, error: FramecastError | None) -> None:
        """End the call, with an error or well."""
        if not self._over.done():
            self._over.set_result(error)

    async def _serve(self, requests: Requests) -> None:
        await self._write(media_pb2.PublishResponse(accepted=media_pb2.PublishAccepted()))
        tasks = [asyncio.create_task(self._take_all(requests)), asyncio.create_task(self._tell())]
        try:
            waiting: list[asyncio.Future[Any]] = [*tasks, self._over]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            if self._over.done() and (error := self._over.result()) is not None:
                raise error
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_all(self, requests: Requests) -> None:
        async for request in requests:
            kind = request.WhichOneof("what")
            if kind == "record":
                self._publish(request.record)
            elif kind == "track":
                self._declare(request.track)
            elif kind == "ready":
                self._go_live()
            elif kind == "finish":
                self._finish()
                return
            else:
                raise Invalid(f"a message of Publish must have a track or a record, got {kind or 'nothing'}")

    def _declare(self, track: streams_pb2.Track) -> None:
        info, publisher = intake.track_info(track), self._publisher
        assert publisher is not None
        there = publisher.tracks.get(info.name)
        if there is None or there.info.at_epoch(0) != info:
            publisher.track(info)

    def _publish(self, record: media_pb2.Record) -> None:
        assert self._publisher is not None
        track = self._publisher.tracks.get(record.track)
        if track is None:
            raise Invalid(
                f"a record came for track {record.track!r:.80}, which was not declared: send its Track first"
            )
        meta = intake.meta(track.info, record)
        self._go_live()
        try:
            track.send(record.payload, meta)
        except NotEnoughMemory:
            self._lost[record.track] += 1
            self._changed.set()

    def _go_live(self) -> None:
        if not self._live:
            publisher = self._publisher
            assert publisher is not None
            if not publisher.tracks:
                raise Invalid("ready came before any track: declare a track first")
            self._live = True
            self._changed.set()
            publisher.ready()
            publisher.report(State.LIVE)

    def _finish(self) -> None:
        assert self._publisher is not None
        self._publisher.report(State.ENDED)

    # --- what the client has to know

    async def _tell(self) -> None:
        """Write the newest of what there is to say, whenever there is something."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            demanded = self._wanted(), self._is_awaited()
            if demanded != self._sent_demand:
                self._sent_demand = demanded
                demand = media_pb2.PublishDemand(tracks=sorted(demanded[0]), waiting=demanded[1])
                await self._write(media_pb2.PublishResponse(demand=demand))
            while self._lost:
                name, records = self._lost.popitem()
                lost = media_pb2.Lost(track=name, records=records)
                await self._write(media_pb2.PublishResponse(lost=lost))

    async def _write(self, response: media_pb2.PublishResponse) -> None:
        await self._context.write(response.SerializeToString())

    def _wanted(self) -> frozenset[str]:
        assert self._publisher is not None
        return frozenset(name for name, track in tuple(self._publisher.tracks.items()) if track.wanted)

    def _is_awaited(self) -> bool:
        """True while a reader waits for a stream that has not begun: nothing else would ask its client to begin."""
        assert self._publisher is not None
        return self._publisher.wanted and not self._live

    # --- on the publisher's thread

    def _on_demand(self) -> None:
        self._loop.call_soon_threadsafe(self._changed.set)

    def _on_stop(self) -> None:
        self._loop.call_soon_threadsafe(
            self.end, NodeUnavailable("the node asks its writers to end: call again later")
        )

    def _on_node_lost(self) -> None:
        self._loop.call_soon_threadsafe(self.end, NodeUnavailable("the node is gone: call again later"))


async def _introduce(path: Path, name: str, label: str, by: str | None) -> Accepted:
    """Return an accepted connection to the node, which blocks its thread for a moment. A new stream belongs to the account `by`.

    Raises:
        Conflict: the stream has another writer.
        NodeUnavailable: no node answers.
    """
    asking = asyncio.get_running_loop().run_in_executor(None, ask_to_publish, path, name, label, by)
    try:
        return await asyncio.shield(asking)
    except asyncio.CancelledError:
        asking.add_done_callback(_let_go)
        raise


def _let_go(asking: asyncio.Future[Accepted]) -> None:
    """Close a connection that came after its call had ended."""
    if not asking.cancelled() and asking.exception() is None:
        asking.result().channel.close()


def _stopping() -> Closed:
    return Closed("the server is stopping: call again, it may come back")
