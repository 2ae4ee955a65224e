"""CPU, memory and descriptors of every process of the node, as the kernel counts them, under the names that Prometheus' clients use.

`read` opens files of /proc, so the web server calls it outside its event loop. A process that has just ended is left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framecast.control.metrics import Sample
from framecast.model import number

_LABELS = ("process", "stream", "track")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/PID/stat behind the name, which ends with the last bracket (proc_pid_stat(5)).
_CPU_USER, _CPU_SYSTEM, _THREADS, _START, _VIRTUAL, _RESIDENT = 11, 12, 17, 19, 20, 21
_MOST = float(1 << 64)
_METRICS = (
    "process_cpu_seconds",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_open_fds",
    "process_threads",
    "process_start_time_seconds",
)


@dataclass(frozen=True, slots=True)
class Usage:
    """One process: its labels, how often it was started again, and the values of `_METRICS` in their order."""

    labels: tuple[str, ...]
    restarts: int
    values: tuple[float, ...]


def read(processes: Iterable[Mapping[str, Any]], proc: Path = Path("/proc")) -> list[Usage]:
    """Return what the kernel says about the processes that the node named."""
    boot_s = _boot_time(proc)
    found = []
    for process in processes:
        try:
            values = _values(proc / str(process["pid"]), boot_s)
        except (OSError, ValueError, IndexError):  # it has ended
            continue
        labels = tuple(str(process.get(label, "")) for label in _LABELS)
        found.append(Usage(labels, process.get("restarts", 0), values))
    return found


def process_samples(usages: Iterable[Usage]) -> Iterator[Sample]:
    """Yield the samples of each process."""
    for usage in usages:
        for metric, value in zip(_METRICS, usage.values, strict=True):
            yield Sample(metric, usage.labels, value)
        yield Sample("framecast_process_restarts", usage.labels, usage.restarts)


def _values(folder: Path, boot_s: float) -> tuple[float, ...]:
    fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    wanted = (_CPU_USER, _CPU_SYSTEM, _THREADS, _START, _VIRTUAL, _RESIDENT)
    user, system, threads, start, virtual, resident = (
        number.decimal(fields[index], 0, _MOST) for index in wanted
    )
    descriptors = len(os.listdir(folder / "fd"))
    return (
        (user + system) / _TICKS,
        resident * _PAGE,
        virtual,
        descriptors,
        threads,
        boot_s + start / _TICKS,
    )


def _boot_time(proc: Path) -> float:
    """Return when the machine started, in seconds since 1970."""
    for line in (proc / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return number.decimal(line.split()[1], 0, _MOST)
    return 0.0
