"""How much memory a process takes, and how much a folder: what the kernel does not limit for a task. Files of the kernel and of our own; any thread."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its children, 0 if it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * _PAGE_BYTES + sum(resident_bytes(child) for child in _children(pid))


def _children(pid: int) -> list[int]:
    """Return its children; a kernel that does not list them leaves them out."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def folder_bytes(folder: str) -> int:
    """Return how much the files in a folder take; a task makes no folders in it."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                total += entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:  # removed since
                continue
    return total
