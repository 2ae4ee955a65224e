"""Trying a source before it is saved: dialled once, looked at, and let go.

Runs on the event loop. The node makes a stream of it that nobody sees; whatever happens here, that ends.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from framecast.bus import Channel, Record, StreamStatus, Subscriber, aio
from framecast.control.aio import AsyncNodeClient, Fields
from framecast.errors import FramecastError, Invalid, NotEnoughMemory, NotFound, SourceError
from framecast.model import State, Subscription, TrackName
from framecast.model.status import public_tracks
from framecast.model.subscription import default_policy
from framecast.servers.web.live.silence import reason_words

TRY_S = 10.0
MAX_AT_ONCE = 4
_PICTURE = TrackName.parse("jpeg/80/640x0")
_OWN_TRACKS = ("video", "audio", "frames", "samples", "data")


@dataclass(slots=True)
class Trial:
    """What a source has. `picture` is a JPEG in base64, None if no picture came."""

    tracks: list[dict[str, Any]]
    facts: dict[str, str]
    picture: str | None


@dataclass(slots=True)
class _Look:
    """What was seen of a source while it was dialled."""

    jpeg: bytes | None = None
    has_other: bool = False  # it has no pictures, but something else
    failure: SourceError | None = None
    state: State = State.CONNECTING
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Trials:
    """Tries sources; a few at a time."""

    def __init__(self, node: AsyncNodeClient, connect: Callable[[], Channel]) -> None:
        self._node = node
        self._connect = connect
        self._running = 0

    async def run(self, name: str, stream: Fields, by: Mapping[str, str]) -> Trial:
        """Dial the source in `stream` and return what it has. A masked source is that of the stream `name`; `by` says who asks.

        Raises:
            Invalid: it is not a source.
            SourceError: it does not work; `reason` is its code.
            NotEnoughMemory: too many are being tried.
        """
        if self._running >= MAX_AT_ONCE:
            raise NotEnoughMemory(f"{MAX_AT_ONCE} sources are being tried: wait until one of them is done")
        self._running += 1
        try:
            hidden = str((await self._node.request("try", name=name, stream=stream, **by))["name"])
            try:
                return await self._look(hidden)
            finally:
                with suppress(FramecastError):
                    await asyncio.shield(self._node.request("end_try", name=hidden))
        finally:
            self._running -= 1

    async def _look(self, hidden: str) -> Trial:
        look = _Look()
        with suppress(TimeoutError):
            async with asyncio.timeout(TRY_S):
                await self._see(hidden, look)
        if look.failure is not None:
            raise look.failure
        if look.state is not State.LIVE and look.jpeg is None and not look.has_other:
            raise SourceError("timeout", f"the source sent nothing within {TRY_S:g} s")
        status = await self._node.stream(hidden)
        tracks = public_tracks(track for track in status.tracks if track.name in _OWN_TRACKS)
        picture = base64.b64encode(look.jpeg).decode() if look.jpeg else None
        return Trial(tracks, status.facts, picture)

    async def _see(self, hidden: str, look: _Look) -> None:
        """Wait for a picture, a failure, or something else if there are no pictures."""
        reading = asyncio.create_task(self._read(hidden, look))
        try:
            while look.jpeg is None and look.failure is None and not look.has_other:
                await look.changed.wait()
                look.changed.clear()
        finally:
            reading.cancel()

    async def _read(self, hidden: str, look: _Look) -> None:
        def on_status(status: StreamStatus) -> None:
            look.state = status.state
            if status.state in (State.OFFLINE, State.STALLED):
                look.failure = SourceError(status.reason, reason_words(status.reason, status.detail))
            look.changed.set()

        async def first(track: TrackName) -> Record:
            subscription = Subscription(hidden, track, default_policy(track.kind), label="trial")
            with Subscriber(subscription, self._connect, on_status) as subscriber:
                return await aio.read(subscriber)

        try:
            try:
                look.jpeg = bytes((await first(_PICTURE)).payload)
            except NotFound:
                status = await self._node.stream(hidden)
                await first(TrackName.parse(status.tracks[0].name))
                look.has_other = True
        except (FramecastError, LookupError) as error:
            look.failure = SourceError("failed", str(error))
        finally:
            look.changed.set()


def check_source(source: object) -> str:
    """Return a source's text.

    Raises:
        Invalid: there is none.
    """
    if not isinstance(source, str) or not source:
        raise Invalid("the request has no source to try: give 'source' in a JSON body")
    return source
