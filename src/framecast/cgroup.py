"""The limits of memory and processors that control groups set for this process: cgroup v1, v2, or both at once.

Reads files; any process and thread. Limits of all groups between this process's group and the visible root apply, so the smallest
one is returned. A limit that cannot be read is ignored. Kernel: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from framecast.model.number import integer

ROOT = Path("/sys/fs/cgroup")
PROC = Path("/proc")
# cgroup v1 writes "no limit" as the largest number of whole pages, 9223372036854771712 with pages of 4 KiB.
_UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory limit. `left` is what can still be allocated below it; pages of files do not count, because the kernel can drop them."""

    limit: int
    left: int


def memory(root: Path = ROOT, proc: Path = PROC) -> Memory | None:
    """Return the memory limit with the least left, None without a limit."""
    found = [
        Memory(limit, max(0, limit - used))
        for controller, names in (("", _V2), ("memory", _V1))
        for folder in _folders(root, proc, controller)
        for limit, used in [_limit_and_used(folder, names)]
        if 0 <= limit < _UNLIMITED
    ]
    return min(found, key=lambda one: one.left, default=None)


def processors(root: Path = ROOT, proc: Path = PROC) -> float:
    """Return how many processors the smallest quota allows, 0 without a quota."""
    quotas = [_quota_v2(folder) for folder in _folders(root, proc, "")]
    quotas += [_quota_v1(folder) for folder in _folders(root, proc, "cpu")]
    return min((quota for quota in quotas if quota > 0), default=0.0)


# Limit, usage, and the key of memory.stat for inactive pages of files.
_V2 = ("memory.max", "memory.current", "inactive_file")
_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def _folders(root: Path, proc: Path, controller: str) -> Iterator[Path]:
    """Yield the group of this process and those around it, up to the root. `controller` '' is cgroup v2.

    A container often sees its own group as the root while /proc/self/cgroup has the host's path: folders that do not exist are skipped.
    """
    for hierarchy in _hierarchies(root, controller):
        group = _group(proc / "self" / "cgroup", controller)
        for path in (group, *group.parents):
            folder = hierarchy / str(path).lstrip("/")
            if ".." not in path.parts and folder.is_dir():
                yield folder


def _hierarchies(root: Path, controller: str) -> tuple[Path, ...]:
    """The folders of a hierarchy: v2 is at the root, or at `unified` beside v1; v1 goes by the names of its controllers."""
    if not controller:
        return root, root / "unified"
    if controller == "cpu":
        return tuple(
            path for path in (root / "cpu", root / "cpu,cpuacct", root / "cpuacct,cpu") if path.is_dir()
        )
    return (root / controller,)


def _group(file: Path, controller: str) -> PurePosixPath:
    """The path of this process's group: lines are `number:controllers:path`, of v2 `0::path`."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return PurePosixPath("/")
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controller in controllers.split(",") and path.startswith("/"):
            return PurePosixPath(path.removesuffix(" (deleted)"))
    return PurePosixPath("/")


def _limit_and_used(folder: Path, names: tuple[str, str, str]) -> tuple[int, int]:
    limit, used, droppable = names
    return _number(folder / limit), max(
        0, _number(folder / used, 0) - _counted(folder / "memory.stat", droppable)
    )


def _quota_v2(folder: Path) -> float:
    """`cpu.max` is `quota period`, in microseconds, or `max period`."""
    quota, period = [*_text(folder / "cpu.max").split(), "", ""][:2]
    return _ratio(quota, period or "100000")


def _quota_v1(folder: Path) -> float:
    return _ratio(_text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us"))


def _ratio(quota: str, period: str) -> float:
    wanted, of = _whole(quota), _whole(period)  # 'max', or -1 for no limit
    return wanted / of if wanted > 0 and of > 0 else 0.0


def _number(path: Path, otherwise: int = -1) -> int:
    """The number in a file; `otherwise` for `max` and anything else that is not a number."""
    return _whole(_text(path), otherwise)


def _counted(path: Path, key: str) -> int:
    for line in _text(path).splitlines():
        name, _, number = line.partition(" ")
        if name == key:
            return _whole(number, 0)
    return 0


def _whole(text: str, otherwise: int = -1) -> int:
    try:
        return integer(text, 0, 1 << 64)
    except ValueError:
        return otherwise


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
