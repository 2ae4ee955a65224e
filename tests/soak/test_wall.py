"""An hour on the wall: `make soak MINUTES=60`. Nine live tiles in one tab; what the tab holds and how late it shows stay flat."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import psutil
import pytest
from playwright.sync_api import CDPSession

from tests.servers.web.browser import chromium, until
from tests.servers.web.wall_page import Wall, node_with, pattern
from tests.soak.figures import MiB, columns
from tests.support import needs

MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))
TILES = 9
SAMPLE_EVERY_S = 5.0
TELL_EVERY_S = 60.0
WARM_UP = 0.2  # of the run: decoders and caches fill
# What is allowed between the first fifth after the warm-up and the last one, by their lower quartiles: what grows moves these,
# a collection that is due, one of Chromium's steps of some ten MiB, or a busy moment does not.
MORE_MIB, MORE_HEAP_MIB, LATER_MS = 32.0, 2.0, 40.0
FIGURES = """() => [...document.querySelectorAll("framecast-player")].map((player) => ({
    state: player.state, shown: player.stats?.shown ?? 0, dropped: player.stats?.dropped ?? 0,
    stalls: player.stats?.stalls ?? 0, latency: player.stats?.latency_ms ?? null,
}))"""


@dataclass(slots=True)
class Seen:
    """What was measured, one value for each sample."""

    tab_mib: list[float] = field(default_factory=list)
    heap_mib: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)
    live: list[int] = field(default_factory=list)

    def growth(self, values: list[float]) -> float:
        """Return how much a value was higher at the end than at the beginning."""
        steady = values[int(len(values) * WARM_UP) :]
        fifth = max(1, len(steady) // 5)
        return _quartile(steady[-fifth:]) - _quartile(steady[:fifth])


@pytest.mark.slow
def test_an_hour_on_the_wall_leaves_memory_and_latency_flat(tmp_path: Path) -> None:
    names = [f"cam-{number}" for number in range(1, TILES + 1)]
    streams = {name: pattern(number, fps=10) for number, name in enumerate(names, 1)}
    with node_with(tmp_path, streams) as node, chromium(needs.chromium()) as browser:
        wall = Wall(browser, node.url)
        wall.choose_layout(3)
        wall.wait_for(names)
        for name in names:
            wall.wait_moving(name, 60)
        session = wall.context.new_cdp_session(wall.page)
        before = wall.page.evaluate(FIGURES)
        seen = Seen()
        for _ in rounds(wall, seen):
            sample(wall, session, seen)
        after = wall.page.evaluate(FIGURES)
        for name in names:
            wall.wait_moving(name, 60)
        print("\n" + table(seen, names, before, after))
        until(wall.page, lambda: all(one["state"] == "live" for one in wall.page.evaluate(FIGURES)))
        wall.close()
    assert seen.growth(seen.tab_mib) <= MORE_MIB
    assert seen.growth(seen.heap_mib) <= MORE_HEAP_MIB
    assert seen.growth(seen.latency_ms) <= LATER_MS
    assert statistics.mean(seen.live) >= TILES * 0.99


def rounds(wall: Wall, seen: Seen) -> Iterator[None]:
    """Come back every few seconds until the time is over, and tell how it goes each minute."""
    begun, told = monotonic(), 0.0
    while (passed := monotonic() - begun) < MINUTES * 60:
        yield
        if passed - told >= TELL_EVERY_S:
            told = passed
            print(
                f"{passed / 60:5.1f} min: tab {seen.tab_mib[-1]:.0f} MiB, heap {seen.heap_mib[-1]:.1f} MiB, "
                f"latency {seen.latency_ms[-1]:.0f} ms, {seen.live[-1]} of {TILES} live",
                flush=True,
            )
        wall.page.wait_for_timeout(SAMPLE_EVERY_S * 1000)


def sample(wall: Wall, session: CDPSession, seen: Seen) -> None:
    """Measure once: the tab's process, its JavaScript heap after a collection, and the tiles."""
    session.send("HeapProfiler.collectGarbage")
    seen.heap_mib.append(session.send("Runtime.getHeapUsage")["usedSize"] / MiB)
    seen.tab_mib.append(sum(map(_pss, _renderers())) / MiB)
    tiles = wall.page.evaluate(FIGURES)
    latencies = [one["latency"] for one in tiles if one["latency"] is not None]
    seen.latency_ms.append(statistics.median(latencies) if latencies else 0.0)
    seen.live.append(sum(one["state"] == "live" for one in tiles))


def table(seen: Seen, names: list[str], before: list[dict[str, float]], after: list[dict[str, float]]) -> str:
    """Return what was seen."""
    rows: list[tuple[str, ...]] = [("tile", "pictures", "dropped", "stalls", "latency ms")]
    for name, then, now in zip(names, before, after, strict=True):
        counts = [int(now[key] - then[key]) for key in ("shown", "dropped", "stalls")]
        rows.append((name, *map(str, counts), f"{now['latency'] or 0:.0f}"))
    sums = [
        f"{what} {values[0]:.1f} .. {values[-1]:.1f} {unit}, {seen.growth(values):+.1f} {unit} at the end"
        for what, values, unit in (
            ("tab", seen.tab_mib, "MiB"),
            ("heap", seen.heap_mib, "MiB"),
            ("latency", seen.latency_ms, "ms"),
        )
    ]
    return columns(rows) + "\n" + "\n".join(sums)


def _quartile(values: list[float]) -> float:
    return sorted(values)[len(values) // 4]


def _renderers() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [process for process in found if "--type=renderer" in _command(process)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
