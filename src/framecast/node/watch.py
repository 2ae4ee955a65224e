"""Watches files for changes by inotify: no thread, no polling, nothing to do while nothing happens.

The folders are watched, not the files: editors and configuration systems replace files. A file behind a symbolic link is
watched at both ends.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Callable, Iterable
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
    """Calls `on_change` in the loop after the content of one of `paths` has changed."""

    def __init__(self, paths: Iterable[Path], on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._contents: dict[Path, bytes | None] = {}
        self._due: asyncio.TimerHandle | None = None
        self._fd = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self._wake)
        self.follow(paths)

    def follow(self, paths: Iterable[Path]) -> None:
        """Watch these from now on; what is in new ones now is known. Folders of earlier ones wake it for nothing."""
        known = self._contents
        self._contents = {path: known[path] if path in known else _read(path) for path in paths}
        for path in self._contents:
            if self._fd < 0 or not self._watch(path):
                log.warning(
                    "a file cannot be watched: send SIGHUP after a change", file=str(path), why=_why()
                )

    def close(self) -> None:
        """Watch no more. Idempotent."""
        if self._due is not None:
            self._due.cancel()
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _watch(self, path: Path) -> bool:
        folders = {path.parent.resolve(), path.resolve().parent}
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
        found = {path: _read(path) for path in self._contents}
        # None is between two steps of an editor, or gone: what is known stays.
        news = {path: now for path, now in found.items() if now is not None and now != self._contents[path]}
        if news:
            self._contents |= news
            for path in news:
                self._watch(path)  # a link may point to another folder now
            self._on_change()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _why() -> str:
    return os.strerror(ctypes.get_errno())
