"""One track of another node on its way to the bus: read while it is wanted, each record copied once, into the pool.

A thread of its own while it is read. Over a cut it knows where it was: records that come again are left out, missing ones
are counted and reported to readers. Epochs there become epochs here; an epoch that was read before goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import monotonic
from typing import Protocol

from framecast.bus import Publisher
from framecast.errors import Broken, Closed, FramecastError, NotEnoughMemory
from framecast.model import Flag, Kind, Meta, TrackInfo

_END_S = 1.0


class Received(Protocol):
    """A record as the other node numbers it."""

    @property
    def epoch(self) -> int:
        """Its epoch there."""
        ...

    @property
    def seq(self) -> int:
        """Its number in its track there."""
        ...

    @property
    def meta(self) -> Meta:
        """Its times on this host's clocks."""
        ...

    @property
    def payload(self) -> bytes:
        """What it holds."""
        ...


class Reading(Protocol):
    """A running call that gives records, and before the first of each epoch what they are."""

    def read(self) -> Iterable[TrackInfo | Received]:
        """Yield until the other node ends it."""
        ...

    def cancel(self) -> None:
        """End it, from any thread."""
        ...


class PeerTrack:
    """`info` is what is known of it before it is read. `announcing` guards the publisher's list of tracks.

    `failure` is what ended the last call, None if the other node ended it cleanly or it was stopped here.
    """

    def __init__(
        self, publisher: Publisher, info: TrackInfo, announcing: threading.Lock, on_end: Callable[[], None]
    ) -> None:
        self.name = info.name
        self.failure: FramecastError | None = None
        self.heard_at = 0.0  # CLOCK_MONOTONIC seconds of the newest record
        self.ended_at = 0.0  # of the end of the last call
        self._publisher = publisher
        self._announcing = announcing
        self._on_end = on_end
        self._kind = info.kind
        self._there: TrackInfo | None = None  # as the other node described it last
        self._next: int | None = None  # the number that comes next there
        self._lost = False  # something is missing before the next record
        self._was_cut = False  # and whether anything is, the next record will show
        self._waiting = False  # for a key frame: a packet found no memory
        self._reading: Reading | None = None
        self._thread: threading.Thread | None = None
        with announcing:
            self._writer = publisher.track(info)

    @property
    def wanted(self) -> bool:
        """True while somebody here reads it, or what is made of it."""
        return self._writer.wanted

    @property
    def running(self) -> bool:
        """True while it is read."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, reading: Reading) -> None:
        """Read from now on."""
        self.failure = None
        self.heard_at = monotonic()
        self._was_cut = self._next is not None
        self._reading = reading
        self._thread = threading.Thread(
            target=self._run, args=(reading,), name=f"pull-{self.name}"[:15], daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Read no more, and forget where it was: nobody misses anything."""
        self.cut()
        self._next, self._lost = None, False
        self._writer.forget()  # a later reader must not see old pictures first

    def cut(self) -> None:
        """Read no more for now: the connection is lost, and its readers still wait."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        self.join()
        self.failure, self.ended_at = None, 0.0

    def join(self, timeout_s: float = _END_S) -> None:
        """Wait until the call has ended."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    # --- the thread

    def _run(self, reading: Reading) -> None:
        try:
            for found in reading.read():
                self.heard_at = monotonic()
                if isinstance(found, TrackInfo):
                    self._describe(found)
                else:
                    self._take(found)
        except Closed:
            pass  # here, or the publisher is gone
        except FramecastError as error:
            self.failure = error
        finally:
            self.ended_at = monotonic()
            self._on_end()

    def _describe(self, info: TrackInfo) -> None:
        """A new epoch, unless it is the one that was read before a cut."""
        if info.name != self.name or info.kind is not self._kind:
            raise Broken(f"the other node was asked for {self.name} and sends {info.kind} of {info.name}")
        if info == self._there:
            return
        if info.kind is Kind.FRAMES and info.picture is None:
            raise Broken(f"the other node does not describe the pictures of {info.name}")
        self._lost = self._lost or self._was_cut
        self._there, self._next = info, None
        with self._announcing:
            self._writer = self._publisher.track(info)

    def _take(self, record: Received) -> None:
        there = self._there
        if there is None or record.epoch != there.epoch:
            raise Broken(f"the other node sends a record of {self.name} that it has not described")
        if self._next is not None:
            if record.seq < self._next:
                return  # came before the cut already
            if record.seq > self._next:
                self._writer.lose(record.seq - self._next)
                self._lost = True
        self._next, self._was_cut = record.seq + 1, False
        picture = there.picture
        if there.kind is Kind.FRAMES and picture and len(record.payload) != picture.layout.size_bytes:
            raise Broken(
                f"a picture of {self.name} has {len(record.payload)} bytes, expected {picture.layout.size_bytes}"
            )
        self._send(record.meta, record.payload)

    def _send(self, meta: Meta, payload: bytes) -> None:
        if self._waiting and not meta.flags & Flag.KEY:
            self._writer.lose(1)
            return
        if self._lost:
            meta = replace(meta, flags=meta.flags | Flag.DISCONTINUITY)
        try:
            self._writer.send(payload, meta)
            self._lost = self._waiting = False
        except NotEnoughMemory as error:
            self._publisher.note(memory=str(error))
            self._writer.lose(1)
            self._lost = self._waiting = True
