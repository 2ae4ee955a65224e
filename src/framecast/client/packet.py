"""Encoded packets of a stream, video and audio in the order in which the source had them.

Reading two tracks is two subscriptions; the times of publication put them in order. That costs no delay: when one
track's packet is there, whatever was published before it on the other track is there as well.
"""

from __future__ import annotations

import select
from time import monotonic

from framecast.bus import Record
from framecast.client.readable import Readable
from framecast.client.timed import Timed
from framecast.client.track_reader import ReaderStats, TrackReader
from framecast.errors import Ended, NotFound, WouldBlock
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
        """True where decoding can begin; every packet of audio and JPEG is one."""
        return self._record.is_key

    @property
    def is_hidden(self) -> bool:
        """True where a decoder needs the packet, but its picture is not shown: it lies before the cut of an edited file."""
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
        self._tracks = list(tracks)
        self._over: list[TrackReader[Packet]] = []
        self._next: dict[TrackReader[Packet], Packet] = {}
        self._begun = False
        self._epoll = select.epoll()  # closed with the last reference: another thread may be waiting in it
        for track in tracks:
            self._epoll.register(track.fileno(), select.EPOLLIN)

    @property
    def infos(self) -> dict[str, TrackInfo]:
        """What the packets of each track are, by track name, for those that have been met."""
        return {
            track.info.name: track.info for track in (*self._tracks, *self._over) if track.info is not None
        }

    @property
    def awaited(self) -> tuple[str, ...]:
        """The tracks that may still come: neither met yet nor known to be missing."""
        return tuple(str(track.wish.track) for track in self._tracks if track.info is None)

    @property
    def names(self) -> tuple[str, ...]:
        """The tracks that are read: those that were asked for, without what the stream does not have or has ended."""
        return tuple(str(track.wish.track) for track in self._tracks)

    def exchange(self, name: str, other: TrackReader[Packet]) -> None:
        """Read `other` in the place of track `name` from now on; for the thread that reads."""
        index = self.names.index(name)
        before, self._tracks[index] = self._tracks[index], other
        self._next.pop(before, None)
        self._over.append(before)
        before.close()
        self._epoll.register(other.fileno(), select.EPOLLIN)

    @property
    def node_connected(self) -> bool:
        """False while the node is gone."""
        return all(track.node_connected for track in self._tracks)

    def stats(self) -> ReaderStats:
        """Return the counters of all tracks together."""
        parts = [track.stats() for track in (*self._tracks, *self._over)]
        return ReaderStats(
            records=sum(part.records for part in parts),
            dropped=sum(part.dropped for part in parts),
            copied=sum(part.copied for part in parts),
            reconnects=max(part.reconnects for part in parts),
        )

    def fileno(self) -> int:
        """A descriptor for select; see `Readable.fileno`."""
        self._tracks[0].fileno()  # raises where it is closed, or of a parent process
        return self._epoll.fileno()

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
            self._epoll.poll(left)

    def nothing_came(self, wait_s: float | None) -> WouldBlock:
        """Return the error for a reader that has waited so long: it says how the stream is."""
        return (*self._tracks, *self._over)[0].nothing_came(wait_s)

    def close(self) -> None:
        """Stop reading. Idempotent, from any thread."""
        for track in (*self._tracks, *self._over):
            track.close()
        self._say_closed()

    def _earliest(self) -> Packet | None:
        """The packet that was published first of those that are there, without waiting."""
        while True:
            self._collect()
            if self._next and len(self._next) < len(self._tracks):
                self._collect()  # what is older than a packet that is here, is here by now
            if not self._next:
                return None
            track = min(self._next, key=lambda track: self._next[track].published_ns)
            packet = self._next.pop(track)
            self._begun = self._begun or track is self._tracks[0]
            if self._begun:
                return packet

    def _collect(self) -> None:
        """Have one packet of each track in hand, where there is one."""
        for track in tuple(self._tracks):
            if track in self._next:
                continue
            try:
                self._next[track] = track.read(0)
            except WouldBlock:
                continue
            except (Ended, NotFound):
                if len(self._tracks) > 1:
                    self._tracks.remove(track)
                    self._over.append(track)
                elif not self._next:
                    raise
