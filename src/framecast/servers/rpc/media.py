"""The service `framecast.v1.Media`: reading, watching, publishing, pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from framecast.clock import NS, utc_ns
from framecast.control.aio import AsyncNodeClient
from framecast.errors import Invalid, SourceError, WouldBlock
from framecast.model import REASONS, Policy, State, TrackName
from framecast.model.picture import MAX_SIDE
from framecast.servers.rpc.caller import CALLER
from framecast.servers.rpc.feeds import Feeds
from framecast.servers.rpc.publication import Publications
from framecast.servers.rpc.read_call import ReadCall
from framecast.servers.rpc.read_feed import ReadFeed
from framecast.servers.rpc.responses import Responses
from framecast.servers.rpc.selection import Selection
from framecast.servers.rpc.status import Context
from framecast.v1 import media_pb2

# How long a picture is waited for without a deadline, and with a longer one.
SNAPSHOT_S = 10.0
MAX_SNAPSHOT_S = 60.0
# Without `max_age_s` a picture this old was kept since its source stopped: it is no picture of now.
MAX_AGE_S = 5.0
QUALITY = 80
_SILENT = (State.OFFLINE, State.ENDED)


class Media:
    """One method for each of the service; see `handlers`."""

    def __init__(self, feeds: Feeds, publications: Publications, node: AsyncNodeClient) -> None:
        self._node = node
        self._feeds = feeds
        self._publications = publications

    async def read(self, request: media_pb2.ReadRequest, context: Context) -> None:
        """Write the tracks that are asked for."""
        await ReadCall(self._feeds, context, self._hold).read(Selection.of(request))

    async def watch(self, requests: AsyncIterator[media_pb2.WatchRequest], context: Context) -> None:
        """The same, steered by the client."""
        await ReadCall(self._feeds, context, self._hold).watch(requests)

    async def publish(self, requests: AsyncIterator[media_pb2.PublishRequest], context: Context) -> None:
        """Be the writer of a stream for a client."""
        await self._publications.serve(requests, context, self._hold)

    async def snapshot(
        self, request: media_pb2.SnapshotRequest, context: Context
    ) -> media_pb2.SnapshotResponse:
        """Return the newest picture that is young enough."""
        selection = Selection.of(
            media_pb2.ReadRequest(stream=request.stream, tracks=[_picture_track(request)])
        )
        assert selection.policy_of(selection.tracks[0]) == Policy()
        await self._hold(selection.stream)
        ages = _Ages(_max_age_s(request))
        with self._feeds.feed(selection) as feed:
            try:
                async with asyncio.timeout(_patience_s(context)):
                    record = await _first_record(feed, ages)
            except TimeoutError as error:
                raise WouldBlock(_why_none(feed, ages)) from error
        return media_pb2.SnapshotResponse(
            jpeg=record.payload, captured_at=record.captured_at, age_ms=ages.newest_ns // 1_000_000
        )

    async def _hold(self, stream: str) -> None:
        """Return if the client may have this stream, and go on only for as long as it may."""
        await CALLER.get().hold(self._node, stream)


class _Ages:
    """How old a picture may be for a client that asks now, and how old the newest was. By the node's clock."""

    def __init__(self, max_age_s: float) -> None:
        self.max_age_s = max_age_s
        self.newest_ns = -1  # none has come
        self._asked_at = utc_ns()

    def fits(self, record: media_pb2.Record) -> bool:
        """Note a picture's age, and return whether it may be given."""
        self.newest_ns = max(0, utc_ns() - record.arrived_at)
        return self.newest_ns <= self.max_age_s * NS or record.arrived_at >= self._asked_at


def _why_none(feed: ReadFeed, ages: _Ages) -> str:
    stream = feed.selection.stream
    if ages.newest_ns < 0:
        return f"no picture of {stream} came in time (it is {feed.state.state})"
    return (
        f"the newest picture of {stream} is {ages.newest_ns / NS:.0f} s old, expected at most {ages.max_age_s:g} s: "
        "its source sends nothing now; a larger max_age_s takes the old one"
    )


def _patience_s(context: Context) -> float:
    """Return how long to wait: a little less than the client, so that it hears why there is no picture."""
    left_s = cast(
        "float | None", context.time_remaining()
    )  # None without a deadline, which the types do not say
    return SNAPSHOT_S if left_s is None else min(MAX_SNAPSHOT_S, max(0.9 * left_s, left_s - 1))


def _max_age_s(request: media_pb2.SnapshotRequest) -> float:
    """Return how old a picture may be.

    Raises:
        Invalid: no picture can be so old.
    """
    age_s = request.max_age_s if request.HasField("max_age_s") else MAX_AGE_S
    if not age_s >= 0:
        raise Invalid(
            f"max_age_s must be 0 (the next picture) or a positive number of seconds, got {age_s:g}"
        )
    return age_s


def _picture_track(request: media_pb2.SnapshotRequest) -> str:
    quality, width, height = request.quality or QUALITY, request.width, request.height
    if quality > 100:
        raise Invalid(f"quality must be between 1 and 100, or 0 for {QUALITY}, got {quality}")
    if max(width, height) > MAX_SIDE:
        raise Invalid(f"width and height must be at most {MAX_SIDE} pixels, got {width} x {height}")
    return str(TrackName("jpeg", quality=quality, size=(width, height) if width or height else None))


async def _first_record(feed: ReadFeed, ages: _Ages) -> media_pb2.Record:
    """Wait for a picture, but not for a source that has failed."""
    responses, awake = Responses(feed), asyncio.Event()
    feed.wakes.add(awake.set)
    try:
        while True:
            awake.clear()
            while (message := responses.take()) is not None:
                response = media_pb2.ReadResponse.FromString(message)
                if response.records and ages.fits(response.records[-1]):
                    return response.records[-1]
            if feed.failure is not None:
                raise feed.failure.with_traceback(None)
            if feed.state.state in _SILENT:
                why = REASONS.get(feed.state.reason, feed.state.reason) or str(feed.state.state)
                raise SourceError(feed.state.reason, f"{feed.selection.stream} shows no picture now: {why}")
            await awake.wait()
    finally:
        feed.wakes.discard(awake.set)
        responses.close()
