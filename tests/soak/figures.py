"""What a soak measures: a line a minute while it runs, and one table at its end."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

from tests.system.house import House, comm, descriptors, pss_bytes, thread_count

MiB = 1 << 20
SAMPLE_EVERY_S = 5.0
# A process may take so much more an hour. What an allocator takes in one step, and a web server while it has more viewers,
# is no slope but looks like one in a short run: so much is allowed once. (One step amid a run is a slope of 1.5 of it.)
SLOPE_MIB_H, STEP_MIB = 4.0, 8.0
WARM_UP = 0.2  # of the run: caches fill, and are not looked at
# What processes call themselves -> what the table calls them.
_GROUPS = {
    "fc-parent": "parent",
    "fc-forkserver": "forkserver",
    "fc-web": "web server",
    "fc-grpc": "gRPC server",
    "fc-zmq": "ZeroMQ server",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One group of processes at one moment."""

    at_s: float
    pss_mib: float
    descriptors: int
    threads: int


def holdings(house: House) -> Counter[str]:
    """Return how many descriptors of each kind each group has: `node socket` 12, `source gate memfd` 3, ..."""
    found: Counter[str] = Counter()
    for process in house.processes():
        group = _group(process.pid, house.process.pid)
        found.update(f"{group} {_kind(target)}" for target in descriptors(process.pid))
    return found


@dataclass(slots=True)
class Figures:
    """Samples by group: the node, its servers, its forkserver, the source and the renditions of each stream."""

    samples: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    begun: float = field(default_factory=monotonic)

    def measure(self, house: House) -> None:
        """Take one sample of every group."""
        pids: dict[str, list[int]] = defaultdict(list)
        for process in house.processes():
            pids[_group(process.pid, house.process.pid)].append(process.pid)
            pids["all together"].append(process.pid)
        at_s = monotonic() - self.begun
        for group, found in pids.items():
            self.samples[group].append(
                Sample(
                    at_s,
                    sum(map(pss_bytes, found)) / MiB,
                    sum(len(descriptors(pid)) for pid in found),
                    sum(map(thread_count, found)),
                )
            )

    def slope_mib_h(self, group: str) -> float:
        """Return the slope of a group's memory by linear regression over what came after the warm-up, 0 of too little."""
        samples = self.samples[group]
        begin = WARM_UP * (self.samples["all together"][-1].at_s)
        steady = [sample for sample in samples if sample.at_s >= begin]
        if len(steady) < 3:
            return 0.0
        hours = [sample.at_s / 3600 for sample in steady]
        return statistics.linear_regression(hours, [sample.pss_mib for sample in steady]).slope

    def bound_mib_h(self) -> float:
        """Return the slope that is allowed after as long as this ran."""
        return SLOPE_MIB_H + STEP_MIB / (self.samples["all together"][-1].at_s / 3600)

    def table(self) -> str:
        """Return one row a group."""
        rows: list[tuple[str, ...]] = [("processes", "PSS MiB", "slope MiB/h", "descriptors", "threads")]
        for group, samples in sorted(
            self.samples.items(), key=lambda item: (item[0] == "all together", item[0])
        ):
            first, last = samples[0], samples[-1]
            rows.append(
                (
                    group,
                    f"{first.pss_mib:.1f} .. {last.pss_mib:.1f}",
                    f"{self.slope_mib_h(group):+.1f}",
                    f"{first.descriptors} .. {last.descriptors}",
                    f"{first.threads} .. {last.threads}",
                )
            )
        return columns(rows)


def columns(rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows as text, in columns."""
    rows = list(rows)
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )


def _kind(target: str) -> str:
    return re.split(r"[:\[]", target)[0] or target


def _group(pid: int, node: int) -> str:
    if pid == node:
        return "node"
    name = comm(pid)
    if name.startswith("fc:"):
        kind = "source" if name.count(":") == 1 else "rendition"
        return f"{kind} {name.removeprefix('fc:')}"
    return _GROUPS.get(name, name)
