"""How much memory is free here, for the machine and for the container around us."""

from __future__ import annotations

from pathlib import Path

from framecast import cgroup as groups

# A pool may take at most this part of what is free when it is made; the rest is for programs.
MAX_SHARE = 0.8
_UNLIMITED = 1 << 60


def free_bytes(proc: Path = groups.PROC, cgroup: Path = groups.ROOT) -> int:
    """Return the bytes that can still be allocated: the smaller of MemAvailable and what the control groups allow."""
    limit = groups.memory(cgroup, proc)
    return min(_available(proc / "meminfo"), limit.left if limit else _UNLIMITED)


def _available(meminfo: Path) -> int:
    try:
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return _UNLIMITED
