"""Watches one file for changes by inotify: no thread, no polling, nothing to do while nothing happens.

The folder is watched, not the file: editors and configuration systems replace files. A file behind a symbolic link is
watched at both ends.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import structlog

# linux/inotify.h
_MODIFY, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x8, 0x40, 0x80, 0x100, 0x200
_EVENTS = _MODIFY | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
# An editor writes in several steps: what it leaves after this pause counts.
SETTLE_S = 0.2

_libc = ctypes.CDLL(None, use_errno=True)
log = structlog.get_logger(__name__)


class FileWatch:
    """Calls `on_change` in the loop after the content of `path` has changed."""

    def __init__(self, path: Path, on_change: Callable[[], None]) -> None:
        self._path = path
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._content = self._read()
        self._due: asyncio.TimerHandle | None = None
        self._fd = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0 or not self._watch():
            log.warning("a file cannot be watched: send SIGHUP after a change", file=str(path), why=_why())
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self._wake)

    def close(self) -> None:
        """Watch no more. Idempotent."""
        if self._due is not None:
            self._due.cancel()
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _watch(self) -> bool:
        folders = {self._path.parent.resolve(), self._path.resolve().parent}
        return all(_libc.inotify_add_watch(self._fd, os.fsencode(folder), _EVENTS) >= 0 for folder in folders)

    def _wake(self) -> None:
        try:
            os.read(self._fd, 65536)
        except BlockingIOError:
            return
        if self._due is None:
            self._due = self._loop.call_later(SETTLE_S, self._look)

    def _look(self) -> None:
        self._due = None
        content = self._read()
        if content is not None and content != self._content:
            self._content = content
            self._watch()  # a link may point to another folder now
            self._on_change()

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except OSError:
            return None  # between two steps of an editor, or gone: what is known stays


def _why() -> str:
    return os.strerror(ctypes.get_errno())
