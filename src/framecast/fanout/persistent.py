"""One track, read for as long as its clients want it, whatever happens to the stream: a subscriber that subscribes again.

Runs on the event loop. A subscription that is refused for now, or has ended, is tried again after `RETRY_S`. If the stream does not
have the track, the listener hears that, and decides whether to `start` again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from framecast.bus import Channel, Record, StreamStatus, aio
from framecast.bus.woken import WokenSubscriber
from framecast.errors import Ended, FramecastError, NodeUnavailable, NotFound
from framecast.model import Subscription, TrackInfo

RETRY_S = 2.0


def _ignore(_: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What a persistent subscriber calls."""

    on_record: Callable[[Record], None]
    on_absent: Callable[[NotFound], None]  # the stream does not have the track
    on_info: Callable[[TrackInfo], None] = _ignore  # what the records are
    on_status: Callable[[StreamStatus], None] = _ignore
    on_ended: Callable[[FramecastError], None] = _ignore  # of a subscription that is tried again


class PersistentSubscriber:
    """Reads what `subscription` says from now on, until it is closed."""

    def __init__(
        self,
        subscription: Subscription,
        connect: Callable[[], Channel],
        listener: Listener,
        retry_s: float = RETRY_S,
    ) -> None:
        self.is_absent = False
        self._subscription = subscription
        self._connect = connect
        self._listener = listener
        self._retry_s = retry_s
        self._log = logging.getLogger(f"framecast.{subscription.label or 'fanout'}")
        self._following: aio.Following | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._closed = False
        self.start()

    def start(self) -> None:
        """Subscribe now, if there is no subscription."""
        self._cancel_retry()
        self.is_absent = False
        if self._following is not None or self._closed:
            return
        listener = self._listener
        try:
            subscriber = WokenSubscriber(self._subscription, self._connect, listener.on_status)
        except FramecastError as error:
            self._on_end(error)
            return
        self._following = aio.Following(subscriber, listener.on_record, self._on_end, listener.on_info)

    def close(self) -> None:
        """Let go of the track. Idempotent."""
        self._closed = True
        self._cancel_retry()
        if self._following is not None:
            self._following.close()
            self._following = None

    def _on_end(self, error: FramecastError) -> None:
        self._following = None
        if isinstance(error, NotFound):
            self.is_absent = True
            self._listener.on_absent(error)
            return
        if not isinstance(error, Ended | NodeUnavailable):
            wanted = self._subscription
            self._log.warning("%s of %s is refused: %s", wanted.track, wanted.stream, error)
        self._listener.on_ended(error)
        if not self._closed:
            self._retry = asyncio.get_running_loop().call_later(self._retry_s, self.start)

    def _cancel_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
