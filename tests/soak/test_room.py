"""An hour of a busy room in one tab: `make soak MINUTES=60`. 20 messages a second; the heap and the nodes of the page stay flat, and nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import CDPSession

from tests.cli.running import Node
from tests.servers.web.browser import chromium
from tests.servers.web.chat_page import Chat
from tests.servers.web.wall_page import pattern
from tests.support import needs

MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))
MOST = 300
RATE = 20
SAMPLE_EVERY_S = 5.0
MORE_HEAP_MIB, MORE_NODES = 4.0, 2000
# Every 50 ms one message is sent, whether the one before was answered or not; what fails is counted.
WRITE = """rate => {
    const { connection } = document.querySelector("framecast-room");
    Object.assign(window, { said: 0, failed: 0 });
    window.writing = setInterval(() => {
        const at = ++window.said;
        connection.send({ type: "send", id: `soak-${at}`, text: `message ${at} https://example.org/${at}`, reply_to: null, media_time_s: null }).catch(() => window.failed += 1);
    }, 1000 / rate);
}"""


def held(tab: CDPSession) -> tuple[float, float]:
    """Return what a tab holds after a collection: MiB of its heap, and nodes of its documents."""
    tab.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in tab.send("Performance.getMetrics")["metrics"]}
    return found["JSHeapUsedSize"] / 2**20, found["Nodes"]


@pytest.mark.slow
def test_an_hour_of_a_busy_room_leaves_a_tab_flat(tmp_path: Path) -> None:
    with (
        Node(tmp_path, f"door={pattern(1, fps=5)}", servers=()) as node,
        chromium(needs.chromium()) as browser,
    ):
        writer, reader = Chat(browser, node.url).enter(), Chat(browser, node.url).enter()
        tab = reader.context.new_cdp_session(reader.page)
        tab.send("Performance.enable")
        writer.page.evaluate(WRITE, RATE)
        end = monotonic() + MINUTES * 60
        samples: list[tuple[float, float]] = []
        while monotonic() < end:
            reader.page.wait_for_timeout(SAMPLE_EVERY_S * 1000)
            assert reader.value("room.shadowRoot.querySelectorAll('article').length") <= MOST
            samples.append(held(tab))
        writer.page.evaluate("clearInterval(window.writing)")
        said, failed = writer.page.evaluate("[window.said, window.failed]")
        reader.message(f"message {said} https://example.org/{said}").wait_for()
        fifth = max(1, len(samples) // 5)
        first, last = samples[fifth : 2 * fifth], samples[-fifth:]
        print(f"\n{said} messages, {failed} failed; heap and nodes first {first[0]}, last {last[-1]}")
        assert failed == 0
        assert reader.texts() == [
            f"message {at} https://example.org/{at}" for at in range(said - MOST + 1, said + 1)
        ]
        assert min(heap for heap, _ in last) - min(heap for heap, _ in first) < MORE_HEAP_MIB
        assert min(nodes for _, nodes in last) - min(nodes for _, nodes in first) < MORE_NODES
        writer.close()
        reader.close()
