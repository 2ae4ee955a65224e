"""Watches files for changes by inotify, in the node's loop: no thread, no wake-ups while nothing happens, and polling only for a missing folder.

The folders are watched, not the files, because editors and configuration systems replace files. A file behind a symbolic link is
watched at both ends. A change is reported after the file was left alone for `SETTLE_S`: many programs save in steps
(truncate, write, write again; remove, then create), and no step is reported while the file is open for writing.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from framecast.errors import Invalid
from framecast.log import get_logger
from framecast.node import small_file

# linux/inotify.h
_MODIFY, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x8, 0x40, 0x80, 0x100, 0x200
_EVENTS = _MODIFY | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
_EVENT = struct.Struct("iIII")
SETTLE_S = 1.0
# A file that stays open for writing for longer than this is read anyway.
WRITING_S = 10.0
# Interval between two looks for a folder that is gone.
AWAY_S = 2.0
_MOST_BYTES = 1 << 20  # of a watched file; reading the configuration reports a larger one

_libc = ctypes.CDLL(None, use_errno=True)
log = get_logger(__name__)


class FileWatch:
    """Calls `on_change` after the content of one of `paths` has changed, or one is gone."""

    def __init__(
        self, paths: Iterable[Path], on_change: Callable[[], None], settle_s: float = SETTLE_S
    ) -> None:
        self._settle_s = settle_s
        self._written: set[str] = set()  # names that are open for writing
        self._latest_at = 0.0
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._contents: dict[Path, bytes | None] = {}
        self._due: asyncio.TimerHandle | None = None
        self._fd = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self._wake)
        self.follow(paths)

    def follow(self, paths: Iterable[Path]) -> None:
        """Watch these files from now on; the present content of new ones is known. Folders of earlier ones may still wake it."""
        known = self._contents
        self._contents = {path: known[path] if path in known else _read(path) for path in paths}
        for path in self._contents:
            if self._fd < 0 or not self._watch(path):
                log.warning(
                    "a file is not watched for changes: send SIGHUP after a change",
                    file=str(path),
                    why=_why(),
                )

    def close(self) -> None:
        """Stop watching. Idempotent."""
        if self._due is not None:
            self._due.cancel()
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _watch(self, path: Path) -> bool:
        try:
            folders = {path.parent.resolve(), path.resolve().parent}
        except (OSError, RuntimeError):  # a link that leads to itself
            return False
        return all(_libc.inotify_add_watch(self._fd, os.fsencode(folder), _EVENTS) >= 0 for folder in folders)

    def _wake(self) -> None:
        try:
            raw = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        now = self._loop.time()
        if self._due is None:
            self._latest_at = now + WRITING_S
        names = {path.name for path in self._contents}
        names |= {Path(os.path.realpath(path)).name for path in self._contents}
        ours = False
        for mask, name in _events(raw):
            if name in names:
                ours = True
                (self._written.add if mask & _MODIFY else self._written.discard)(name)
        # A change of another file in the folder may be that of a link to ours, but must not delay the look again and again.
        if ours or self._due is None:
            self._look_at(min(now + self._settle_s, self._latest_at))

    def _look_at(self, when: float) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        self._due = None
        now = self._loop.time()
        if self._written and now < self._latest_at:
            self._look_at(min(now + self._settle_s, self._latest_at))
            return
        self._written.clear()
        found = {path: _read(path) for path in self._contents}
        changed = {path: content for path, content in found.items() if content != self._contents[path]}
        watched = [self._watch(path) for path in {*changed, *(path for path in found if found[path] is None)}]
        if not all(watched):  # the folder is gone too, and no event comes when it is back
            self._latest_at = now + AWAY_S
            self._look_at(self._latest_at)
        if changed:
            self._contents |= changed
            self._on_change()


def _events(raw: bytes) -> Iterator[tuple[int, str]]:
    """Yield the events and names of inotify(7)."""
    at = 0
    while at + _EVENT.size <= len(raw):
        _, mask, _, length = _EVENT.unpack_from(raw, at)
        at += _EVENT.size
        yield mask, os.fsdecode(raw[at : at + length].rstrip(b"\0"))
        at += length


def _read(path: Path) -> bytes | None:
    """The content; None if the file is gone or cannot be read."""
    try:
        return small_file.read(path, _MOST_BYTES)
    except Invalid:
        return None


def _why() -> str:
    return os.strerror(ctypes.get_errno())
