"""The table of tasks: the module that runs each in its own process, its limits, and how its result is checked.

A module of a task has `run(request, report) -> dict`: `report(0.4)` tells the progress; it raises `Refused` if the file is not accepted. The module imports everything it needs
at its top, because no file can be opened for that afterwards. It starts no thread while it is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from framecast.processing.facts import checked_facts

_MiB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may use. The kernel keeps most of it; the process that started the task looks at the rest and ends it."""

    memory_bytes: int = 256 * _MiB  # resident
    cpu_s: float = 1.6  # of all its threads together, on a usual machine; a slower one gets more
    wall_s: float = 60.0
    file_bytes: int = 0  # the largest file that it may write
    output_bytes: int = 0  # all files in its output folder
    nice: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of task. `checked` returns a result as it may be used, or raises ValueError: the process has parsed a stranger's file."""

    module: str
    limits: Limits
    checked: Callable[[Mapping[str, Any]], dict[str, Any]] = field(default=dict)


_GiB = 1 << 30
_DAY_S = 24 * 3600
# Encoding of 2160p holds some fifty pictures. What it costs is bounded by the length of the video, which `check` limits.
_SMALL = Limits(768 * _MiB, 120, 300.0, 64 * _MiB, 64 * _MiB, nice=10)
_PUBLISHING = Limits(1536 * _MiB, 10 * _DAY_S, float(_DAY_S), 64 * _GiB, 128 * _GiB, nice=10)

TASKS: dict[str, Task] = {
    "check": Task("framecast.processing.check", Limits(nice=10), checked_facts),
    "publish": Task("framecast.processing.publish", _PUBLISHING),
    "ladder": Task("framecast.processing.ladder", replace(_PUBLISHING, memory_bytes=3 * _GiB, nice=15)),
    "poster": Task("framecast.processing.poster", _SMALL),
    "subtitles": Task("framecast.processing.subtitles", _SMALL),
    "reach": Task("framecast.processing.reach", Limits()),
}
