"""Private files that are whole at any moment, for one process at a time: streams, share links, keys.

A new content is written beside the file (mode 0600), synced, and renamed into place: a crash or a full disk leaves the old one. Any thread; blocks
for the disk.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO


def replace(path: Path, text: str, before: Callable[[], None] = lambda: None) -> None:
    """Let a file have this content. `before` is called when the new one is on the disk, and the old one still in its place.

    Raises:
        OSError: it cannot be written; nothing has changed.
    """
    fresh = path.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)  # of a process that was killed; it may have another mode
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(fd)
        before()
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def locked(path: Path) -> TextIO:
    """Return the lock of a file, held until it is closed: of several processes one changes the file. Its folder is made if needed.

    Raises:
        OSError: the folder or the lock cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = path.with_suffix(".lock").open("a")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def sync_folder(folder: Path) -> None:
    """Let what was renamed in a folder survive the loss of power, where its file system can do that; the files are complete anyway."""
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
