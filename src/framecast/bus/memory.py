"""How much memory is free here, for the machine and for the container around us."""

from __future__ import annotations

from pathlib import Path

# A pool may take at most this part of what is free when it is made; the rest is for programs.
MAX_SHARE = 0.8
_UNLIMITED = 1 << 60


def free_bytes(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes that can still be allocated: the smaller of MemAvailable and what the cgroup allows."""
    return min(_available(proc / "meminfo"), _cgroup_left(cgroup))


def _available(meminfo: Path) -> int:
    try:
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return _UNLIMITED


def _cgroup_left(cgroup: Path) -> int:
    """cgroup v2 as a container sees it: memory.max and memory.current at the root of its own view."""
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        used = int((cgroup / "memory.current").read_text())
        reclaimable = _inactive_file(cgroup / "memory.stat")
    except (OSError, ValueError):
        return _UNLIMITED
    return _UNLIMITED if limit == "max" else max(0, int(limit) - used + reclaimable)


def _inactive_file(stat: Path) -> int:
    for line in stat.read_text().splitlines():
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0
