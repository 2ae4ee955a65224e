"""Some tracks of a stream for all clients that read just these: one subscriber a track, one encoding of each record.

Runs on the event loop. Records of all tracks stand in one log in the order of their publication; a record of the first
track takes with it what waits of the others. It waits for no client: each has a place in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from framecast.bus import Channel, Record, StreamStatus, Subscriber, aio
from framecast.errors import Closed, Ended, FramecastError, NotFound
from framecast.fanout.feed import Feed
from framecast.fanout.log import limits_for
from framecast.fanout.loss import Loss
from framecast.fanout.merging import TrackMerge
from framecast.model import Kind, State
from framecast.servers.rpc import messages
from framecast.servers.rpc.encoder import Batch, Encoder
from framecast.servers.rpc.selection import Selection

# The first track's next record counts as due this much early, so that jitter does not hold it.
_EARLY = 0.25

log = logging.getLogger("framecast.grpc")


class ReadFeed(Feed[Batch]):
    """What equal selections share."""

    def __init__(self, selection: Selection, connect: Callable[[], Channel]) -> None:
        tracks = selection.tracks
        policies = [selection.policy_of(track) for track in tracks]
        depth = max(policy.depth for policy in policies)
        super().__init__(limits_for((track.kind for track in tracks), depth), len(tracks))
        self.selection = selection
        self.users = 0
        self.state = StreamStatus()
        self.status = b""  # the message that says the state, b"" before it is known
        self.absent: list[bytes] = []  # a message for each track that the stream lacks
        self.names = [str(track) for track in tracks]  # in the order of the log's counts
        self.loss = Loss.GROUPS if any(track.kind is Kind.PACKETS for track in tracks) else Loss.QUEUE
        self._connect = connect
        self._subscribers: dict[int, Subscriber] = {}
        self._present = list(range(len(tracks)))  # without those that the stream lacks
        self._encoder = Encoder(
            self.log, self.names, [policy.latest for policy in policies], self._on_message
        )
        self._timer: asyncio.TimerHandle | None = None
        self._main_sent_at = 0.0
        self._task = asyncio.create_task(self._run(), name=f"feed {selection.stream}")

    @property
    def wanted(self) -> bool:
        """True while a client reads."""
        return self.users > 0

    def close(self, why: FramecastError | None = None) -> None:
        """Let go of the tracks; clients that still read hear `why`."""
        self._task.cancel()
        self._end(why or Closed(f"no client reads {self.selection.stream} any more"))
        self.log.clear()  # what it holds of the publisher's memory is given back now

    # --- reading

    async def _run(self) -> None:
        try:
            await self._read()
        except FramecastError as error:
            self._end(error)
        except Exception:
            stream = self.selection.stream
            log.exception("the feed of %s failed", stream)
            self._end(FramecastError(f"reading {stream} failed; the server's log says more"))

    async def _read(self) -> None:
        """Read until all tracks have ended.

        Raises:
            FramecastError: they have ended (Ended), or are refused.
        """
        tracks = self._subscribe()
        try:
            while True:
                self._take_all(tracks)
                if tracks.has_more:
                    await asyncio.sleep(0)
                else:
                    await aio.readable(tracks.fileno())
        finally:
            tracks.dispose()  # not left to the garbage collector: each client that goes would leave a descriptor

    def _subscribe(self) -> TrackMerge[Record]:
        self._subscribers = {}
        try:
            for number, track in enumerate(self.selection.tracks):
                subscription = self.selection.subscription(track)
                self._subscribers[number] = Subscriber(subscription, self._connect, self._on_status)
            return TrackMerge(self._subscribers, self._on_left)
        except BaseException:
            for subscriber in self._subscribers.values():
                subscriber.close()
            raise

    def _take_all(self, tracks: TrackMerge[Record]) -> None:
        """Not part of the loop above: no frame must keep a record's memory lent while nothing comes."""
        for number, record in tracks.read():
            self._encoder.add(number, record)
        if not self._encoder.is_empty:
            self._settle()

    def _on_left(self, number: int, error: FramecastError) -> None:
        """One track has ended; one that the stream does not have is left out."""
        self._subscribers.pop(number).close()
        if isinstance(error, NotFound):
            self.absent.append(messages.absent_track(self.names[number]))
            self._present.remove(number)
            self._encoder.main = self._present[0]
            self.wake()

    def _on_status(self, status: StreamStatus) -> None:
        """Every track hears the same of its stream."""
        sent = (status.state, status.reason, status.detail)
        if not self.status or sent != (self.state.state, self.state.reason, self.state.detail):
            self.state = replace(status)
            self.status = messages.stream_state(self.selection.stream, status)
            self.wake()

    def _end(self, why: FramecastError) -> None:
        if self.failure is None:
            self._flush()
            if isinstance(why, Ended):
                self._on_status(StreamStatus(State.ENDED, "", str(why)))
            self.fail(why)

    # --- messages

    def _settle(self) -> None:
        """Send what is there, or hold it for what comes."""
        batch_s = self.selection.batch_s
        if not batch_s or (
            self._encoder.has_main and monotonic() - self._main_sent_at >= batch_s * (1 - _EARLY)
        ):
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(batch_s, self._flush)

    def _flush(self) -> None:
        self._cancel_timer()
        self._encoder.flush()

    def _on_message(self, has_main: bool) -> None:
        self._cancel_timer()
        if has_main:
            self._main_sent_at = monotonic()
        self.wake()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
