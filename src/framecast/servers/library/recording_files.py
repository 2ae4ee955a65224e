"""The files of a recording on the disk: the growing MP4, its playlist, and its data tracks. Blocks; one thread at a time.

The order of the writes is the promise: first the bytes, then a sync, then what lists them (the index of a data track, the playlist). So a process that dies
leaves files whose lists name only what is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from framecast.fanout.growing_file import END, master
from framecast.model import data_file

MAIN, PLAYLIST, INDEX = "main.mp4", "main.m3u8", "index.m3u8"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recording is: what its playlist lists. Sizes are pixels, 0 without pictures. `data` are the names of its data tracks, by their files."""

    seconds: float
    size: int
    width: int
    height: int
    codecs: str
    data: tuple[tuple[str, int], ...] = ()  # name of the track, how many records


class DataWrite(NamedTuple):
    """What the two files of data track `number` get next: blocks behind the bytes that are there, and their entries."""

    number: int
    data: bytes
    entries: bytes


class Write(NamedTuple):
    """What the disk gets next: bytes of the file, the lines of the playlist that list them, and data of that time."""

    data: bytes
    lines: str
    progress: Progress | None
    tracks: tuple[DataWrite, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes wait in memory for it."""
        return len(self.data) + sum(len(one.data) for one in self.tracks)


class RecordingFiles:
    """The files of one recording in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._main = self._playlist = -1
        self._tracks: dict[int, tuple[int, int]] = {}  # records and index
        self._has_index = False

    def open(self) -> None:
        """Make the files."""
        self._main = _create(self._folder / MAIN)
        self._playlist = _create(self._folder / PLAYLIST)

    def append(self, item: Write) -> None:
        """Write the next bytes, and when they are on the disk what lists them."""
        _write(self._main, item.data)
        for one in item.tracks:
            _write(self._track(one.number)[0], one.data)
        if item.progress is not None:
            os.fdatasync(self._main)
            for one in item.tracks:
                records, index = self._track(one.number)
                os.fdatasync(records)
                _write(index, one.entries)
            if not self._has_index:
                self._write_index(item.progress)
        _write(self._playlist, item.lines.encode())  # one call, and short: nobody reads half of it

    def finish(self) -> None:
        """Mark the playlist as whole."""
        _write(self._playlist, END.encode())
        for fd in self._descriptors():
            os.fsync(fd)

    def close(self) -> None:
        """Close the files. Idempotent."""
        for fd in self._descriptors():
            os.close(fd)
        self._main = self._playlist = -1
        self._tracks = {}

    def _descriptors(self) -> list[int]:
        tracks = [fd for pair in self._tracks.values() for fd in pair]
        return [fd for fd in (self._main, self._playlist, *tracks) if fd >= 0]

    def _track(self, number: int) -> tuple[int, int]:
        if number not in self._tracks:
            records, index = map(self._folder.joinpath, track_files(number))
            self._tracks[number] = (_create(records), _create(index))
        return self._tracks[number]

    def _write_index(self, progress: Progress) -> None:
        rate = round(progress.size * 8 / max(progress.seconds, 0.1))
        text = master(PLAYLIST, progress.codecs, progress.width, progress.height, rate)
        new = self._folder / f".{INDEX}.new"
        new.write_text(text, encoding="ascii")
        new.replace(self._folder / INDEX)
        self._has_index = True


def track_files(number: int) -> tuple[str, str]:
    """Return the names of the two files of a data track."""
    return f"data-{number}{data_file.RECORDS}", f"data-{number}{data_file.INDEX}"


def recovered_tracks(folder: Path) -> tuple[tuple[str, int], ...]:
    """Cut the data tracks of a recording that was cut off behind their last whole blocks, and return their names and counts of records."""
    found: list[tuple[str, int]] = []
    for number in range(data_file.MAX_TRACKS):
        records, index = map(folder.joinpath, track_files(number))
        if not records.exists() or not index.exists():
            break
        with records.open("rb") as file:
            name = data_file.track_of(file.read(data_file.MAX_HEAD_BYTES))
        whole = data_file.entries(index.read_bytes(), records.stat().st_size)
        os.truncate(index, data_file.index_size(whole))
        if whole:
            os.truncate(records, whole[-1].end)
        found.append((name, sum(one.count for one in whole)))
    return tuple(found)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
