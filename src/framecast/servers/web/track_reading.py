"""One packets track, read for as long as somebody wants it, whatever happens to its stream.

Runs on the event loop. A refusal that may pass is asked again; that the stream has no such track is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from framecast.bus import Channel, Record, Subscriber, aio
from framecast.errors import Ended, FramecastError, NodeUnavailable, NotFound
from framecast.model import Subscription, TrackInfo, TrackName
from framecast.model.subscription import default_policy

RETRY_S = 2.0

log = logging.getLogger("framecast.web")


@dataclass(frozen=True, slots=True)
class TrackListener:
    """Who hears of a track: what it is, its records, and that the stream does not have it."""

    on_info: Callable[[TrackInfo], None]
    on_record: Callable[[Record], None]
    on_absent: Callable[[NotFound], None]


class TrackReading:
    """Reads `track` of `stream` until closed. `info` is what it is, None before its publisher was met."""

    def __init__(
        self, stream: str, track: TrackName, connect: Callable[[], Channel], listener: TrackListener
    ) -> None:
        self._wish = Subscription(stream, track, default_policy(track.kind), label="web")
        self._connect = connect
        self._listener = listener
        self._following: aio.Following | None = None
        self._again: asyncio.TimerHandle | None = None
        self._open()

    def close(self) -> None:
        """Let go of the track. Idempotent."""
        if self._again is not None:
            self._again.cancel()
        if self._following is not None:
            self._following.close()
        self._following = self._again = None

    def _open(self) -> None:
        self._again = None
        try:
            subscriber = Subscriber(self._wish, self._connect)
        except FramecastError as error:
            self._on_end(error)
            return
        listener = self._listener
        self._following = aio.Following(subscriber, listener.on_record, self._on_end, listener.on_info)

    def _on_end(self, error: FramecastError) -> None:
        self._following = None
        if isinstance(error, NotFound):
            self._listener.on_absent(error)
            return
        if not isinstance(error, Ended | NodeUnavailable):
            log.warning("%s of %s is refused: %s", self._wish.track, self._wish.stream, error)
        self._again = asyncio.get_running_loop().call_later(RETRY_S, self._open)
