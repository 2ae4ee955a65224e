"""The service `framecast.v1.Media`: reading, watching, publishing, pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from framecast.clock import NS, utc_ns
from framecast.errors import Invalid, SourceError, WouldBlock
from framecast.model import REASONS, Policy, State, TrackName
from framecast.model.picture import MAX_SIDE
from framecast.servers.rpc.cursor import Cursor
from framecast.servers.rpc.feed import Feed
from framecast.servers.rpc.feeds import Feeds
from framecast.servers.rpc.publication import Publications
from framecast.servers.rpc.status import Context
from framecast.servers.rpc.watcher import Watcher
from framecast.servers.rpc.wish import Wish
from framecast.v1 import media_pb2

SNAPSHOT_S = 10.0
# A picture this old was kept since its source stopped: it is no picture of now.
MAX_AGE_S = 5.0
QUALITY = 80
_SILENT = (State.OFFLINE, State.ENDED)


class Media:
    """One method for each of the service; see `handlers`."""

    def __init__(self, feeds: Feeds, publications: Publications) -> None:
        self._feeds = feeds
        self._publications = publications

    async def read(self, request: media_pb2.ReadRequest, context: Context) -> None:
        """Write the tracks that are asked for."""
        await Watcher(self._feeds, context).read(Wish.of(request))

    async def watch(self, requests: AsyncIterator[media_pb2.WatchRequest], context: Context) -> None:
        """The same, steered by the client."""
        await Watcher(self._feeds, context).watch(requests)

    async def publish(self, requests: AsyncIterator[media_pb2.PublishRequest], context: Context) -> None:
        """Be the writer of a stream for a client."""
        await self._publications.serve(requests, context)

    async def snapshot(
        self, request: media_pb2.SnapshotRequest, _context: Context
    ) -> media_pb2.SnapshotResponse:
        """Return the newest picture."""
        wish = Wish.of(media_pb2.ReadRequest(stream=request.stream, tracks=[_picture_track(request)]))
        assert wish.policy_of(wish.tracks[0]) == Policy()
        with self._feeds.feed(wish) as feed:
            try:
                async with asyncio.timeout(SNAPSHOT_S):
                    record = await _first_record(feed)
            except TimeoutError as error:
                raise WouldBlock(
                    f"no picture of {request.stream} came within {SNAPSHOT_S:g} s (it is {feed.state.state})"
                ) from error
        return media_pb2.SnapshotResponse(jpeg=record.payload, captured_at=record.captured_at)


def _picture_track(request: media_pb2.SnapshotRequest) -> str:
    quality, width, height = request.quality or QUALITY, request.width, request.height
    if quality > 100:
        raise Invalid(f"quality {quality} cannot be: use 1 to 100, or 0 for {QUALITY}")
    if max(width, height) > MAX_SIDE:
        raise Invalid(f"a picture of {width} x {height} cannot be: sides are 1 to {MAX_SIDE} pixels")
    return str(TrackName("jpeg", quality=quality, size=(width, height) if width or height else None))


def _is_fresh(record: media_pb2.Record) -> bool:
    return utc_ns() - record.arrived_at <= MAX_AGE_S * NS


async def _first_record(feed: Feed) -> media_pb2.Record:
    """Wait for a picture, but not for a source that has failed."""
    cursor, awake = Cursor(feed), asyncio.Event()
    feed.wakes.add(awake.set)
    try:
        while True:
            awake.clear()
            while (message := cursor.take()) is not None:
                response = media_pb2.ReadResponse.FromString(message)
                if response.records and _is_fresh(response.records[-1]):
                    return response.records[-1]
            if feed.failure is not None:
                raise feed.failure.with_traceback(None)
            if feed.state.state in _SILENT:
                why = REASONS.get(feed.state.reason, feed.state.reason) or str(feed.state.state)
                raise SourceError(feed.state.reason, f"{feed.wish.stream} shows no picture now: {why}")
            await awake.wait()
    finally:
        feed.wakes.discard(awake.set)
