"""Sixteen live tiles in one tab of headless Chromium over HTTP/1.1, and what the server answers to a question meanwhile.

Everything runs on this machine: sixteen test patterns, their H.264, the web server, and the browser that decodes them all.
"""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import Page

from bench.browser import page_at
from bench.running import Node
from bench.table import Row

TILES = 16
FPS = 15
CALLS = 40
WATCH_S = 10
BEGIN_S = 120
MUST_MS = 200
MUST_TASK_MS = 100
MUST_FIRST_MS = 700
LOADS = 7
# From the navigation: when the first tile of the wall shows its first picture. Tasks of the main thread that take more than 50 ms.
WATCH = """() => {
    window.firsts = [];
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({type: "longtask", buffered: true});
    customElements.whenDefined("framecast-player").then(() => {
        const wait = () => {
            const isShown = [...document.querySelectorAll("framecast-player")].some((player) => player.state === "live");
            if (isShown) window.firsts.push(performance.now());
            else requestAnimationFrame(wait);
        };
        wait();
    });
}"""
FIGURES = """() => [...document.querySelectorAll("framecast-player")].map((player) => ({
    state: player.state, shown: player.stats?.shown ?? 0, latency: player.stats?.latency_ms ?? null,
}))"""
ASK = """async (count) => {
    const times = [];
    for (let turn = 0; turn < count; turn += 1) {
        const begin = performance.now();
        await (await fetch("api/streams", {cache: "no-store"})).json();
        times.push(performance.now() - begin);
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return times;
}"""


def rows() -> list[Row]:
    """Measure and return the rows."""
    streams = {f"cam-{n}": f"pattern:?size=320x180&fps={FPS}&audio=0&id={n}" for n in range(1, TILES + 1)}
    with Node(streams) as node, page_at(node.url) as page:
        page.add_init_script(f"({WATCH})()")
        page.reload()
        page.locator("input[name=layout][value='4']").check(force=True)
        _wait_live(page)
        before = page.evaluate(FIGURES)
        begin = time.monotonic()
        page.wait_for_timeout(WATCH_S * 1000)
        answers = sorted(page.evaluate(ASK, CALLS))
        after = page.evaluate(FIGURES)
        seconds = time.monotonic() - begin
        tasks = page.evaluate("window.tasks.splice(0)")
        firsts = sorted(_first_picture(page) for _ in range(LOADS))
    rates = [(now["shown"] - then["shown"]) / seconds for then, now in zip(before, after, strict=True)]
    moving = sum(rate > 1 and one["state"] == "live" for rate, one in zip(rates, after, strict=True))
    latencies = [one["latency"] for one in after if one["latency"] is not None]
    latency = f"{statistics.median(latencies):.0f} ms" if latencies else "unknown"
    p50, worst = answers[len(answers) // 2], answers[-1]
    return [
        Row(
            f"{TILES} live tiles in one tab, 320x180 at {FPS} fps",
            f"{moving} moving, {min(rates):.1f} to {max(rates):.1f} fps, latency {latency}",
            must=f"{TILES} moving",
            met=moving == TILES,
        ),
        Row(
            "an API call from that tab",
            f"p50 {p50:.0f} ms, worst of {CALLS} {worst:.0f} ms",
            must=f"<= {MUST_MS} ms",
            met=worst <= MUST_MS,
        ),
        Row(
            "tasks of that tab's main thread over 50 ms",
            f"{len(tasks)}, the longest {max(tasks, default=0):.0f} ms",
            must=f"<= {MUST_TASK_MS} ms",
            met=max(tasks, default=0) <= MUST_TASK_MS,
        ),
        Row(
            "first picture on the wall, sixteen streams that are live",
            f"p50 {firsts[LOADS // 2]:.0f} ms, worst of {LOADS} {firsts[-1]:.0f} ms after the navigation",
            must=f"p50 <= {MUST_FIRST_MS} ms",
            met=firsts[LOADS // 2] <= MUST_FIRST_MS,
        ),
    ]


def _first_picture(page: Page) -> float:
    """Load the wall again and return when its first picture is there, in ms after the navigation."""
    page.reload()
    end = time.monotonic() + BEGIN_S
    while not (firsts := page.evaluate("window.firsts")):
        if time.monotonic() > end:
            raise TimeoutError(f"the wall showed no picture within {BEGIN_S} s")
        page.wait_for_timeout(50)
    return float(firsts[0])


def _wait_live(page: Page) -> None:
    end = time.monotonic() + BEGIN_S
    while time.monotonic() < end:
        found = page.evaluate(FIGURES)
        if len(found) == TILES and all(one["state"] == "live" and one["shown"] for one in found):
            return
        page.wait_for_timeout(250)
