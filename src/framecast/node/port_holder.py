"""Which process listens on a TCP port of this machine, as far as this user may see it. Reads /proc; any thread."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from framecast.model import number

_LISTEN = "0A"  # include/net/tcp_states.h; the columns are those of proc(5), /proc/net/tcp
_ADDRESS, _STATE, _INODE = 1, 3, 9
_MOST_PORTS = 65535


class Holder(NamedTuple):
    """A process, and the name that `ps` shows."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.name})"


def holder_of(port: int, proc: Path = Path("/proc")) -> Holder | None:
    """Return the process that listens on a port; None if there is none, or if it belongs to another user."""
    wanted = {
        f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _inodes(proc / "net" / table, port)
    }
    if not wanted:
        return None
    for process in sorted(proc.iterdir(), key=lambda path: path.name):
        if number.is_digits(process.name) and _has_one_of(process / "fd", wanted):
            return Holder(number.integer(process.name, 1, 1 << 31), _name(process))
    return None


def _inodes(table: Path, port: int) -> set[str]:
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return set()
    found = set()
    for columns in map(str.split, lines):
        if len(columns) > _INODE and columns[_STATE] == _LISTEN:
            local = columns[_ADDRESS].rpartition(":")[2]
            if number.integer(local, 0, _MOST_PORTS, 16) == port:
                found.add(columns[_INODE])
    return found


def _has_one_of(folder: Path, wanted: set[str]) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(os.readlink(entry.path) in wanted for entry in entries)
    except OSError:  # of another user, or it has ended
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "it has ended"
