"""Some tracks of a stream for everybody who reads just these: one subscriber a track, one coding a record.

Runs on the event loop. Records of all tracks stand in one log in the order of their publication; a record of the first
track takes with it what is held of the others. Nobody waits for a client: each has a position in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from time import monotonic

from framecast.bus import Channel, Record, StreamStatus, aio
from framecast.errors import Ended, FramecastError
from framecast.model import State
from framecast.servers.rpc import messages
from framecast.servers.rpc.batch import Batch, Counts, Part
from framecast.servers.rpc.log import Log, limits_for
from framecast.servers.rpc.tracks import Tracks
from framecast.servers.rpc.wish import Wish

# A message grows to this at most: clients accept 4 MiB by default. A larger record is a message of its own.
MAX_MESSAGE_BYTES = 1 << 20
# The first track's next record counts as due this much early, so that jitter does not hold it.
_EARLY = 0.25

log = logging.getLogger("framecast.grpc")


class Feed:
    """What equal wishes share. `failure` is set where nothing more will come: Ended, or why it cannot be served."""

    def __init__(self, wish: Wish, connect: Callable[[], Channel], lost: Counter[str]) -> None:
        """`lost` counts by stream what clients did not get."""
        self.wish = wish
        self._lost = lost
        self.failure: FramecastError | None = None
        self.state = StreamStatus()
        self.status = b""  # the message that tells the state, b"" before it is known
        self.absent: list[bytes] = []  # a message for each track that the stream lacks
        self.wakes: set[Callable[[], None]] = set()  # called when there is something to take
        self._connect = connect
        self._names = [str(track) for track in wish.tracks]
        depth = max(wish.policy_of(track).depth for track in wish.tracks)
        self.log = Log(limits_for((track.kind for track in wish.tracks), depth))
        self._latest = [wish.policy_of(track).latest for track in wish.tracks]
        self._left = list(range(len(wish.tracks)))  # without those that the stream lacks
        self._main = 0  # the first of them
        self._infos: list[object] = [None] * len(wish.tracks)
        self._heads = (b"",) * len(wish.tracks)
        self._counts = (0,) * len(wish.tracks)
        self._parts: list[Part] = []  # of the batch that is being filled
        self._size = 0
        self._before = self._counts
        self._starts = False
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0
        self._task = asyncio.create_task(self._run(), name=f"feed {wish.stream}")

    @property
    def names(self) -> list[str]:
        """The tracks, in the order in which `Batch` counts them."""
        return self._names

    def note_lost(self, records: int) -> None:
        """Count what a client did not get."""
        self._lost[self.wish.stream] += records

    def close(self, why: FramecastError) -> None:
        """Let go of the tracks; whoever reads is told `why`."""
        self._task.cancel()
        self._fail(why)
        self.log.clear()  # what it holds of the publisher's memory is given back now

    # --- reading

    async def _run(self) -> None:
        try:
            await self._read()
        except FramecastError as error:
            self._fail(error)
        except Exception:
            log.exception("the feed of %s failed", self.wish.stream)
            self._fail(FramecastError(f"reading {self.wish.stream} failed; the server's log says more"))

    async def _read(self) -> None:
        """Read until all tracks are over.

        Raises:
            FramecastError: they are over (Ended), or cannot be served.
        """
        wishes = [self.wish.subscription(track) for track in self.wish.tracks]
        with closing(Tracks(wishes, self._connect, self._on_status, self._leave_out)) as tracks:
            while True:
                self._take_all(tracks)
                if tracks.has_more:
                    await asyncio.sleep(0)
                else:
                    await aio.readable(tracks.fileno())

    def _take_all(self, tracks: Tracks) -> None:
        """Not part of the loop above: no frame must keep a record's memory lent while nothing comes."""
        for number, record in tracks.read():
            self._take(number, record)
        if self._parts:
            self._settle()

    def _leave_out(self, number: int) -> None:
        self.absent.append(messages.told_absent(self._names[number]))
        self._left.remove(number)
        self._main = self._left[0]
        self._wake()

    def _on_status(self, status: StreamStatus) -> None:
        """Every track hears the same of its stream."""
        told = (status.state, status.reason, status.detail)
        if not self.status or told != (self.state.state, self.state.reason, self.state.detail):
            self.state = replace(status)
            self.status = messages.told_state(self.wish.stream, status)
            self._wake()

    def _fail(self, error: FramecastError) -> None:
        if self.failure is None:
            self._flush()
            self.failure = error
            if isinstance(error, Ended):
                self._on_status(StreamStatus(State.ENDED, "", str(error)))
            self._wake()

    # --- batches

    def _take(self, number: int, record: Record) -> None:
        payload, alone = record.payload, self._latest[number]
        starts = number == self._main and record.is_key
        if (
            alone
            or (starts and not self._starts)
            or record.dropped
            or record.info is not self._infos[number]
            or self._size + len(payload) > MAX_MESSAGE_BYTES
        ):
            self._flush()
            self._describe(number, record)
        if not self._parts:
            self._before, self._starts = self._counts, starts
        self._counts = _plus(self._counts, number, 1)
        head = messages.record_head(self._names[number], record, len(payload))
        self._parts += (head, payload)
        self._size += len(head) + len(payload)
        if alone:
            self.log.only_newest(number, self._append())

    def _describe(self, number: int, record: Record) -> None:
        """Note, between two batches, what was lost before a record and what it is."""
        if record.dropped:
            self._counts = _plus(self._counts, number, record.dropped)
        if record.info is not self._infos[number]:
            self._infos[number] = record.info
            heads = list(self._heads)
            heads[number] = messages.told_track(record.info)
            self._heads = tuple(heads)

    def _settle(self) -> None:
        """Send what is there, or hold it for what comes."""
        batch_s = self.wish.batch_s
        if not batch_s or (self._has_main and monotonic() - self._flushed_at >= batch_s * (1 - _EARLY)):
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(batch_s, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._parts:
            if self._has_main:
                self._flushed_at = monotonic()
            self._append()

    @property
    def _has_main(self) -> bool:
        return self._counts[self._main] != self._before[self._main]

    def _append(self) -> Batch:
        """Close the batch, and tell everybody."""
        parts, self._parts, self._size = self._parts, [], 0
        batch = self.log.append(self._heads, self._before, self._counts, parts=parts, starts=self._starts)
        self._starts = False
        self._wake()
        return batch

    def _wake(self) -> None:
        for wake in tuple(self.wakes):
            wake()


def _plus(counts: Counts, number: int, more: int) -> Counts:
    return (*counts[:number], counts[number] + more, *counts[number + 1 :])
