"""Stored fragmented MP4: samples in, one file out whose fragments can be played by byte ranges.

Each fragment begins where the video has a key frame, and holds what belongs to its time of all tracks: it is also a segment of
HLS. Without video, sound is cut by time. What waits for its fragment is bounded: a video without key frames, or tracks
that lie far apart in their file, are cut into more fragments of one segment. Used by one thread of a processing task; the file is written
strictly forwards. Times are ticks of each track's own `timescale` from the beginning of its media; an edit list hides its `lead`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, BinaryIO, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from framecast.media import initsegment
from framecast.model import TrackInfo

Payload: TypeAlias = "bytes | av.Packet[Any]"

# ISO/IEC 14496-12: flags of tfhd (8.8.7) and trun (8.8.8), and of a sample (8.8.3.1).
_BASE_IS_MOOF = 0x020000
_RUN = 1 << 24 | 0x000F01
_KEY_SAMPLE, _OTHER_SAMPLE = 0x02000000, 0x01010000
_MOOF_HEAD = struct.Struct(">I4s I4sII")
_TRACK_HEAD = struct.Struct(">I4s I4sII I4sIQ I4sIIi")  # traf: tfhd, tfdt of version 1, the head of trun
_BEFORE_RUN = 8 + 16 + 20
_BOX = struct.Struct(">I4s")
_MOST_WAITING = 32 << 20
_MOST_SAMPLES = 20_000
# A fragment may be this much shorter: key frames at 29.97 frames a second stand 2.002 s or 1.968 s apart.
_SHORTER = Fraction(1, 10)


@dataclass(slots=True)
class FileTrack:
    """One track of the file, and its samples that wait. `lead` is set before the first sample comes."""

    info: TrackInfo
    timescale: int
    lead: int = 0
    is_finished: bool = False
    payloads: list[Payload] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    dts: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)  # of presentation after decoding
    keys: list[bool] = field(default_factory=list)
    written: int = 0  # samples
    end: int = 0  # when the newest sample ends
    shown_end: int = 0

    @property
    def is_video(self) -> bool:
        """True if its samples are pictures."""
        return self.info.width > 0

    def seconds(self, ticks: int) -> Fraction:
        """Return the presentation time of `ticks`."""
        return Fraction(ticks - self.lead, self.timescale)

    def ticks(self, seconds: Fraction) -> int:
        """Return the ticks at a presentation time."""
        return round(seconds * self.timescale) + self.lead


@dataclass(frozen=True, slots=True)
class Segment:
    """Some bytes of the file that play by themselves."""

    offset: int
    size: int
    duration_s: Fraction


@dataclass(slots=True)
class _Begun:
    offset: int
    size: int
    start_s: Fraction


@dataclass(frozen=True, slots=True)
class _Cut:
    """The beginning of a segment: the leading track's sample of that number, and the time in ticks of every track."""

    sample: int
    start_s: Fraction
    ticks: tuple[int, ...]


class FragmentFile:
    """Writes tracks into `file`. A fragment lasts at least `target_s`; with 0 each key frame begins one.

    Nothing is written before `tracks` tracks are added, or all of them have finished.
    """

    def __init__(self, file: BinaryIO, target_s: Fraction = Fraction(2), tracks: int = 1) -> None:
        self._file = file
        self._target_s = target_s
        self._expected = tracks
        self.tracks: list[FileTrack] = []
        self.init_size = self.size = 0
        self.codecs: tuple[str, ...] = ()
        self._number = 0
        self._waiting = 0
        self._cuts: list[_Cut] = []
        self._due = 0  # ticks of the leading track before which no segment begins
        self._segments: list[_Begun] = []

    def add_track(self, info: TrackInfo) -> FileTrack:
        """Add a track that is `initsegment.described`. The first track leads."""
        track = FileTrack(info, initsegment.write([info]).timescales[0])
        self.tracks.append(track)
        return track

    def add(
        self, track: FileTrack, payload: Payload, dts: int, pts: int, duration: int, *, is_key: bool
    ) -> None:
        """Take one sample. `dts` grows within a track; `duration` counts for the last one."""
        if is_key and track is self.tracks[0]:
            self._consider_cut(track, pts)
        size = payload.size if isinstance(payload, av.Packet) else len(payload)
        track.payloads.append(payload)
        track.sizes.append(size)
        track.dts.append(dts)
        track.offsets.append(pts - dts)
        track.keys.append(is_key)
        track.end = dts + duration
        track.shown_end = max(track.shown_end, pts + duration)
        self._waiting += size
        if len(self._cuts) > 1 or self._waiting > _MOST_WAITING or len(track.dts) > _MOST_SAMPLES:
            self._write_what_is_whole()

    def finish_track(self, track: FileTrack) -> None:
        """Say that no more samples of this track come."""
        track.is_finished = True
        self._write_what_is_whole()

    def finish(self) -> None:
        """Write all that waits."""
        self._expected = len(self.tracks)
        for track in self.tracks:
            self.finish_track(track)
        if any(track.dts for track in self.tracks):
            self._write([len(track.dts) for track in self.tracks])

    @property
    def segments(self) -> list[Segment]:
        """What plays by itself, in order; complete after `finish`."""
        starts = [segment.start_s for segment in self._segments]
        ends = [*starts[1:], self.duration_s]
        return [
            Segment(one.offset, one.size, max(end - start, Fraction(1, 1000)))
            for one, start, end in zip(self._segments, starts, ends, strict=True)
        ]

    @property
    def duration_s(self) -> Fraction:
        """When the last sample of all tracks is over."""
        return max((track.seconds(track.shown_end) for track in self.tracks), default=Fraction(0))

    def _consider_cut(self, track: FileTrack, pts: int) -> None:
        if pts < self._due:
            return
        start_s = track.seconds(pts)
        if not track.is_video:
            start_s = max(start_s, Fraction(0))
            self._due = track.ticks((start_s // self._target_s + 1) * self._target_s)
        elif self._target_s:
            self._due = track.ticks(start_s + self._target_s - _SHORTER)
        ticks = tuple(one.ticks(start_s) for one in self.tracks)
        self._cuts.append(_Cut(track.written + len(track.dts), start_s, ticks))

    def _write_what_is_whole(self) -> None:
        """The first cut begins the segment that is being written; what is before the second one is whole."""
        if len(self.tracks) < self._expected:
            return
        while len(self._cuts) > 1 and (self._have_all(self._cuts[1]) or self._is_full):
            cut = self._cuts[1]
            counts = [cut.sample - self.tracks[0].written]
            for track, ticks in zip(self.tracks[1:], cut.ticks[1:], strict=True):
                counts.append(_count_before(track.dts, ticks))
            self._write(counts)
            del self._cuts[0]
        if self._is_full:
            # Each track keeps one sample: how long a sample lasts is known by the next one.
            self._write([max(0, len(track.dts) - 1) for track in self.tracks])

    @property
    def _is_full(self) -> bool:
        return self._waiting > _MOST_WAITING or any(len(track.dts) > _MOST_SAMPLES for track in self.tracks)

    def _have_all(self, cut: _Cut) -> bool:
        return all(
            track.is_finished or track.end >= ticks
            for track, ticks in zip(self.tracks[1:], cut.ticks[1:], strict=True)
        )

    def _write(self, counts: list[int]) -> None:
        if not any(counts):
            return
        if not self.size:
            self._write_init()
        begin = self.size
        self._number += 1
        runs = [(track, count) for track, count in zip(self.tracks, counts, strict=True) if count]
        payloads = [payload for track, count in runs for payload in track.payloads[:count]]
        size = sum(sum(track.sizes[:count]) for track, count in runs)
        self._emit(self._moof(runs) + _BOX.pack(8 + size, b"mdat"))
        self._emit(b"".join(payloads))
        for track, count in runs:
            _forget(track, count)
        self._waiting -= size
        self._note(begin)

    def _note(self, begin: int) -> None:
        """A fragment that begins at no cut goes on with the segment before it."""
        cut = self._cuts[0] if self._cuts else None
        start_s = cut.start_s if cut else Fraction(0)
        if self._segments and (cut is None or self._segments[-1].start_s == start_s):
            self._segments[-1].size += self.size - begin
        else:
            self._segments.append(_Begun(begin, self.size - begin, start_s))

    def _write_init(self) -> None:
        video = next((track for track in self.tracks if track.is_video), None)
        sound = next((track for track in self.tracks if not track.is_video), None)
        found = initsegment.write(
            [track.info for track in self.tracks],
            Fraction(video.lead, video.timescale) if video else Fraction(0),
            Fraction(sound.lead, sound.timescale) if sound else Fraction(0),
        )
        self.codecs = found.codecs
        self._emit(found.payload)
        self.init_size = self.size

    def _moof(self, runs: list[tuple[FileTrack, int]]) -> bytes:
        sizes = [_TRACK_HEAD.size + 16 * count for _, count in runs]
        moof = _MOOF_HEAD.size + sum(sizes)
        parts = [_MOOF_HEAD.pack(moof, b"moof", 16, b"mfhd", 0, self._number)]
        data_at = moof + _BOX.size
        for (track, count), size in zip(runs, sizes, strict=True):
            parts.append(
                _TRACK_HEAD.pack(
                    *(size, b"traf"),
                    *(16, b"tfhd", _BASE_IS_MOOF, self.tracks.index(track) + 1),
                    *(20, b"tfdt", 1 << 24, track.dts[0]),
                    *(size - _BEFORE_RUN, b"trun", _RUN, count, data_at),
                )
            )
            parts.append(_run(track, count).tobytes())
            data_at += sum(track.sizes[:count])
        return b"".join(parts)

    def _emit(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)


def _run(track: FileTrack, count: int) -> NDArray[Any]:
    """Duration, size, flags and offset of each sample."""
    ends = track.dts[1 : count + 1]
    if len(ends) < count:
        ends.append(max(track.end, track.dts[count - 1] + 1))
    table = np.empty((count, 4), ">u4")
    table[:, 0] = np.subtract(ends, track.dts[:count], dtype=np.int64)
    table[:, 1] = track.sizes[:count]
    table[:, 2] = np.where(track.keys[:count], _KEY_SAMPLE, _OTHER_SAMPLE)
    table[:, 3] = np.asarray(track.offsets[:count], np.int64) & 0xFFFFFFFF
    return table


def _forget(track: FileTrack, count: int) -> None:
    for waiting in (track.payloads, track.sizes, track.dts, track.offsets, track.keys):
        del waiting[:count]
    track.written += count


def _count_before(times: list[int], ticks: int) -> int:
    return next((index for index, time in enumerate(times) if time >= ticks), len(times))
