"""Encoded packets of a stream, video and audio in the order in which the source had them.

Reading two tracks is two subscriptions; `fanout.merging` puts them in the order of publication, at no delay.
"""

from __future__ import annotations

from collections import deque
from time import monotonic

from framecast.bus import Record
from framecast.client.readable import Readable
from framecast.client.timed import Timed
from framecast.client.track_reader import ReaderStats, TrackReader
from framecast.errors import FramecastError, WouldBlock
from framecast.fanout.merging import TrackMerge
from framecast.model import Flag, Meta, TrackInfo

# A blocking read looks up this often: for a `close` in another thread, and for a node that comes back.
_LOOK_UP_S = 0.5


class Packet(Timed):
    """One encoded packet. `payload` is bytes of the program's own, as FFmpeg's packets have them.

    `dts`, `pts` and `duration` count in `time_base`; `is_key` says that decoding can begin here. `info` has the codec
    and its extradata.
    """

    __slots__ = ("payload",)

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.payload = bytes(record.payload)

    @property
    def is_key(self) -> bool:
        """True if decoding can begin; every packet of audio and JPEG is one."""
        return self._record.is_key

    @property
    def is_hidden(self) -> bool:
        """True if a decoder needs the packet, but its picture is not shown: it lies before the cut of an edited file."""
        return bool(self._record.flags & Flag.HIDDEN)

    @property
    def dts(self) -> int:
        """Decoding time in `time_base`."""
        return self._record.dts

    @property
    def duration(self) -> int:
        """How long it lasts in `time_base`; 0 is unknown."""
        return self._record.duration

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return len(self.payload)

    @property
    def meta(self) -> Meta:
        """Its times and flags, for `Writer.send_packet`."""
        record = self._record
        return Meta(
            record.pts,
            record.captured_at,
            record.arrived_ns,
            record.clock,
            record.dts,
            record.duration,
            record.flags,
        )

    def __repr__(self) -> str:
        key = " key" if self.is_key else ""
        return f"<Packet {self.track} {self.seq}{key} {self.size} bytes pts {self.pts}>"


class PacketReader(Readable[Packet]):
    """Reads the packets of one or more tracks of a stream; nothing comes before a key frame of the first one.

    A track that the stream does not have is left out, as long as one is left.
    """

    def __init__(self, tracks: list[TrackReader[Packet]], timeout_s: float | None = None) -> None:
        self.timeout_s = timeout_s
        self._reading = dict(enumerate(tracks))
        self._over: list[TrackReader[Packet]] = []
        self._ready: deque[tuple[int, Packet]] = deque()
        self._begun = False
        # One packet of each track ahead: what a source sends at its reader's pace is not taken before it is wanted.
        self._merge = TrackMerge(self._reading, self._on_left, burst=1)

    @property
    def infos(self) -> dict[str, TrackInfo]:
        """What the packets of each track are, by track name, for those that have been met."""
        return {track.info.name: track.info for track in self._all if track.info is not None}

    @property
    def awaited(self) -> tuple[str, ...]:
        """The tracks that may still come: neither met yet nor known to be missing."""
        return tuple(str(track.subscription.track) for track in self._reading.values() if track.info is None)

    @property
    def names(self) -> tuple[str, ...]:
        """The tracks that are read: those that were asked for, without what the stream does not have or has ended."""
        return tuple(str(track.subscription.track) for track in self._reading.values())

    def exchange(self, name: str, other: TrackReader[Packet]) -> None:
        """Read `other` in the place of track `name` from now on; for the thread that reads."""
        number = next(
            number for number, track in self._reading.items() if str(track.subscription.track) == name
        )
        self._over.append(self._reading[number])
        self._reading[number] = other
        self._ready = deque(one for one in self._ready if one[0] != number)
        self._merge.exchange(number, other)

    @property
    def node_connected(self) -> bool:
        """False while the node is gone."""
        return all(track.node_connected for track in self._reading.values())

    def stats(self) -> ReaderStats:
        """Return the counters of all tracks together."""
        parts = [track.stats() for track in self._all]
        return ReaderStats(
            records=sum(part.records for part in parts),
            dropped=sum(part.dropped for part in parts),
            copied=sum(part.copied for part in parts),
            reconnects=max(part.reconnects for part in parts),
        )

    def fileno(self) -> int:
        """A descriptor for select; see `Readable.fileno`."""
        next(iter(self._reading.values())).fileno()  # raises where it is closed, or of a parent process
        return self._merge.fileno()

    def read(self, timeout_s: float | None = None) -> Packet:
        """Return the next packet of any of the tracks; see `Readable.read`."""
        wait_s = self.timeout_s if timeout_s is None else timeout_s
        deadline = None if wait_s is None else monotonic() + wait_s
        while True:
            packet = self._earliest()
            if packet is not None:
                return packet
            left = _LOOK_UP_S if deadline is None else min(deadline - monotonic(), _LOOK_UP_S)
            if left <= 0:
                raise self.nothing_came(wait_s)
            self._merge.wait(left)

    def nothing_came(self, wait_s: float | None) -> WouldBlock:
        """Return the error for a reader that has waited too long: it says how the stream is."""
        return self._all[0].nothing_came(wait_s)

    def close(self) -> None:
        """Stop reading. Idempotent, from any thread."""
        for track in self._all:
            track.close()
        self._say_closed()

    @property
    def _all(self) -> tuple[TrackReader[Packet], ...]:
        return (*self._reading.values(), *self._over)

    def _on_left(self, number: int, _error: FramecastError) -> None:
        self._over.append(self._reading.pop(number))

    def _earliest(self) -> Packet | None:
        """The packet that was published first of those that are there, without waiting."""
        while True:
            if not self._ready:
                self._ready.extend(self._merge.read())
                if not self._ready:
                    return None
            number, packet = self._ready.popleft()
            self._begun = self._begun or number == next(iter(self._reading), number)
            if self._begun:
                return packet
