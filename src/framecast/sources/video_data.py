"""The data tracks of a video of the library, published as the data track of its stream: each record with the pictures of its time.

Runs in the source's thread, which hands the packets of a file through `beside`. Records of all tracks come in the order of their times, which are those of the file; in a loop they
go on, as those of the pictures do. What is read ahead is bounded; a record without memory for it is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from framecast.bus import Publisher
from framecast.clock import NS, Clock, monotonic_ns
from framecast.errors import Invalid, NotEnoughMemory
from framecast.media.demux import Demuxer
from framecast.model import EncodedPacket, Kind, Meta, TrackInfo, data_file
from framecast.model.data_file import Entry, Place, StoredRecord
from framecast.sources.pull import Packets
from framecast.sources.relay import Relay

_DATA = TrackInfo("data", Kind.DATA)
# So much of the time line is read at once, and so many bytes of it at most.
_WINDOW_NS = 5 * NS
_MOST_BYTES = 64 << 20
_END_NS = 1 << 62


class _Track:
    """The two files of one track. Files that cannot be read have no records."""

    def __init__(self, path: str) -> None:
        self._records, index = data_file.file_pair(path)
        self.entries: list[Entry] = []
        with suppress(OSError, Invalid):
            self.entries = data_file.entries(index.read_bytes(), self._records.stat().st_size)

    def between(self, from_ns: int, to_ns: int) -> list[StoredRecord]:
        """Return the records of a span of time."""
        limits = {"part_bytes": _MOST_BYTES, "most_bytes": _MOST_BYTES}
        try:
            return data_file.between(self.entries, self._read, Place(from_ns), to_ns, **limits)[0]
        except (OSError, Invalid):
            return []

    def _read(self, start: int, end: int) -> bytes:
        with Path(self._records).open("rb") as file:
            file.seek(start)
            return file.read(end - start)


class VideoData:
    """Publishes the records of these files. `restart` when the file begins again or goes on at another place."""

    def __init__(self, publisher: Publisher, paths: Sequence[str]) -> None:
        self._writer = publisher.track(_DATA)
        self._tracks = [_Track(path) for path in paths]
        self._last_ns = max((one.last_ns for track in self._tracks for one in track.entries), default=0)
        self._waiting: list[StoredRecord] = []
        self._loaded_ns = 0

    def restart(self, at_ns: int = 0) -> None:
        """Go on with the records from a time of the file on."""
        self._waiting, self._loaded_ns = [], at_ns

    def beside(self, packets: Packets, file: Demuxer, relay: Relay) -> _Beside:
        """Return the packets of a pass of the file; while they are carried, the records of their time are published."""
        return _Beside(self, packets, file, relay)

    def publish(self, until_ns: int, shift_ns: int, capture_ns: int) -> None:
        """Publish what is due up to a time of the file. `shift_ns` makes of it the time in the stream, `capture_ns` of that the time of capture."""
        while self._loaded_ns <= min(until_ns, self._last_ns):
            end = self._loaded_ns + _WINDOW_NS
            self._waiting += [one for track in self._tracks for one in track.between(self._loaded_ns, end)]
            self._waiting.sort(key=lambda one: one.time_ns)
            self._loaded_ns = end
        while self._waiting and self._waiting[0].time_ns <= until_ns:
            record = self._waiting.pop(0)
            at_ns = record.time_ns + shift_ns
            meta = Meta(at_ns // 1000, at_ns + capture_ns, monotonic_ns(), Clock.FILE)
            with suppress(NotEnoughMemory):
                self._writer.send(record.payload, meta)


class _Beside:
    """The packets of one pass, with the data of their time."""

    def __init__(self, data: VideoData, packets: Packets, file: Demuxer, relay: Relay) -> None:
        self._data, self._packets, self._file, self._relay = data, packets, file, relay
        self._times = (0, 0)  # of the newest packet: to the stream, and from there to the capture

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield the packets. When the next one is asked for, the last one was published, at its time."""
        clock = self._file.video_index if self._file.video_index >= 0 else self._file.audio_index
        for packet in self._packets.packets():
            yield packet
            if packet.track == clock and packet.pts is not None and self._relay.newest is not None:
                self._on_packet(packet)
        self._data.publish(_END_NS, *self._times)

    def _on_packet(self, packet: EncodedPacket) -> None:
        assert self._relay.newest is not None
        assert packet.pts is not None
        base, start = self._file.time_base(packet.track), self._file.start
        shown_ns, captured_at = self._relay.newest
        pts_ns = _nanoseconds(packet.pts * base - start)
        decoded_ns = pts_ns if packet.dts is None else _nanoseconds(packet.dts * base - start)
        self._times = (shown_ns - pts_ns, captured_at - shown_ns)
        # A picture that others refer to is carried before its time.
        self._data.publish(min(pts_ns, decoded_ns), *self._times)


def _nanoseconds(seconds: Fraction) -> int:
    return round(seconds * NS)
