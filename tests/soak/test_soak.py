"""The whole product for a long time: `make soak MINUTES=60`. Needs no upper bound on its speed, only on what it loses."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from tests.soak.figures import SAMPLE_EVERY_S, Figures, columns, holdings
from tests.soak.town import Finished, Town, View
from tests.support.waiting import until
from tests.system.house import House
from tests.system.witness import Report

MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))
HAPPEN_EVERY_S, TROUBLE_EVERY_S, TELL_EVERY_S = 4.0, 25.0, 60.0
# Sources and renditions whose processes are killed begin anew each time: their memory is shown and has no slope.
UNTOUCHED = (
    "node",
    "web server",
    "gRPC server",
    "ZeroMQ server",
    "parent",
    "forkserver",
    "source gate",
    "source film",
)
DRIFT_S = 0.05
# Parts of its pools that a process may keep for the next rush of readers; that these do not grow on, the memory shows.
SPARE_SEGMENTS = 4
# Streams that nobody reads let go after ten seconds, pools of their spare memory after 512 pictures.
SETTLE_S = 45.0


@pytest.mark.slow
def test_nothing_grows_and_nothing_is_lost(tmp_path: Path) -> None:
    with House(tmp_path) as house, Town(house, seed=int(MINUTES * 60)) as town:
        before = holdings(house)
        figures = Figures()
        run(town, figures, MINUTES * 60)
        town.empty()
        with suppress(AssertionError):
            until(lambda: not growth(before, holdings(house)), limit_s=SETTLE_S)
        after = holdings(house)
        witnesses = [
            Finished(view, resident.finish())
            for view, resident in zip(town.views, town.residents, strict=True)
        ]
    watched = witnesses + town.finished
    print("\n" + figures.table() + "\n\n" + table(watched, town) + "\n")
    print(f"descriptors with the same readers: {before.total()} before, {after.total()} after")
    print(
        f"memory of what is not killed may grow by {figures.bound_mib_h():.0f} MiB/h in a run of this length"
    )
    assert growth(before, after) == {}
    assert [(*one.view[::2], one.report.wrong) for one in watched if one.report.wrong] == []
    assert [one for one in watched if one.report.unexplained] == []
    assert [one.report.epochs for one in witnesses if one.view[0] in ("gate", "film")] == [1, 1, 1]
    (film,) = [one for one in witnesses if one.view[0] == "film"]
    assert abs(film.report.drift_s) < DRIFT_S
    slopes = {group: figures.slope_mib_h(group) for group in UNTOUCHED}
    assert {group: slope for group, slope in slopes.items() if slope > figures.bound_mib_h()} == {}


def growth(before: Counter[str], after: Counter[str]) -> dict[str, int]:
    """Return the kinds of descriptors that there are more of than the same readers needed before."""
    more = after - before
    return {kind: count for kind, count in more.items() if count > SPARE_SEGMENTS * kind.endswith("memfd")}


def run(town: Town, figures: Figures, seconds: float) -> None:
    """Let things happen for so long, each at its own times."""
    calls: dict[float, Callable[[], None]] = {
        SAMPLE_EVERY_S: lambda: figures.measure(town.house),
        HAPPEN_EVERY_S: town.happen,
        TROUBLE_EVERY_S: town.trouble,
        TELL_EVERY_S: lambda: tell(town, figures),
    }
    begun, never = monotonic(), Event()
    due = {every_s: begun + every_s for every_s in calls}
    while (now := monotonic()) < begun + seconds:
        every_s = min(due, key=due.__getitem__)
        if not never.wait(max(0.0, min(due[every_s], begun + seconds) - now)) and monotonic() >= due[every_s]:
            calls[every_s]()
            due[every_s] = max(due[every_s] + every_s, monotonic())
    figures.measure(town.house)


def tell(town: Town, figures: Figures) -> None:
    """Print how it goes."""
    reports = [report for _, report in _views(town)]
    last = figures.samples["all together"][-1]
    for view, report in _views(town):
        if report.wrong:
            print(f"  {view[0]} {view[2]}: {report.wrong[-1]}")
    print(
        f"{(monotonic() - figures.begun) / 60:5.1f} min: {sum(report.records for report in reports)} pictures, "
        f"{sum(len(report.wrong) for report in reports)} wrong, "
        f"{sum(report.unexplained for report in reports)} lost without a word, "
        f"{sum(report.dropped for report in reports)} dropped, "
        f"{sum(report.skipped for report in reports)} skipped at the source; {last.pss_mib:.0f} MiB, {last.descriptors} descriptors",
        flush=True,
    )


def _views(town: Town) -> list[tuple[View, Report]]:
    residents = zip(town.views, town.residents, strict=True)
    return [(view, resident.report) for view, resident in residents] + [
        (one.view, one.report) for one in town.finished
    ]


def table(watched: list[Finished], town: Town) -> str:
    """Return what the readers saw, by stream and track, and what happened to them."""
    rows: list[tuple[str, ...]] = [
        (
            "stream",
            "track",
            "readers",
            "pictures",
            "wrong",
            "unexplained",
            "dropped",
            "skipped",
            "epochs",
            "drift ms",
        )
    ]
    for stream, track in sorted({(one.view[0], one.view[2]) for one in watched}):
        found = [one.report for one in watched if (one.view[0], one.view[2]) == (stream, track)]
        sums = [
            sum(one.records for one in found),
            sum(len(one.wrong) for one in found),
            sum(one.unexplained for one in found),
            sum(one.dropped for one in found),
            sum(one.skipped for one in found),
            max(one.epochs for one in found),
        ]
        drift = f"{found[0].drift_s * 1000:+.1f}" if stream == "film" else ""
        rows.append((stream, track, str(len(found)), *map(str, sums), drift))
    happened = ", ".join(f"{what} {count}" for what, count in sorted(town.done.items()))
    return f"{columns(rows)}\n\n{happened}"
