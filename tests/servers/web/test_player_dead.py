"""Servers that die, stop or are cut off: no page says "live" before a fresh picture is shown on a connection that lives."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count, groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

import framecast
from framecast.servers.web.live.silence import OLD_S
from tests.cli.running import Node
from tests.servers.web.browser import chromium, until
from tests.servers.web.player_page import Player, open_page
from tests.servers.web.wall_page import ask
from tests.support import needs
from tests.support.cable import Cable
from tests.support.ports import free_port

ONE = "pattern:?size=320x180&fps=25&id=1"
# What players say while `isDead`, how often they dial, and every "live" that can be read then.
WITNESS = """
window.isDead = false;
window.said = [];
window.dialled = 0;
window.lies = [];
const Real = WebSocket;
window.WebSocket = class extends Real { constructor(...given) { super(...given); dialled += 1; } };
window.state = '';
// The event comes for other words, too: only another state counts.
document.addEventListener('state', ({ detail }) => detail.state !== state && said.push(state = detail.state), true);
setInterval(() => {
  const players = [...document.querySelectorAll('framecast-player')];
  const words = [document.querySelector('main')?.innerText ?? '', ...players.map((one) => one.shadowRoot.innerHTML)].join(' ');
  const found = words.match(/.{0,60}(?:\\bLIVE\\b|\\blive\\b|\\bLive\\b(?! pictures)).{0,60}/s)?.[0] ?? '';
  const lie = players.some((one) => one.state === 'live') ? `a player says live: ${words}` : found;
  if (isDead && lie && !lies.includes(lie)) lies.push(lie);
}, 20);
"""


def without_repeats(states: list[str]) -> list[str]:
    """Return states one after the other: other words of the same state are reported too, and are no flicker."""
    return [state for state, _ in groupby(states)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


class Seen:
    """A page with players, and what it says while its server is dead."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1000, "height": 800})
        self.page.add_init_script(WITNESS)
        self.page.goto(url)

    @property
    def player(self) -> Any:
        """Its player."""
        return self.page.locator("framecast-player").first

    def wait_for(self, state: str) -> None:
        """Wait until its player is in that state."""
        self.page.locator(f"framecast-player[state={state}]").first.wait_for(timeout=60_000)

    def wait_moving(self) -> None:
        """Wait until pictures move."""
        self.wait_for("live")
        moves = "(it) => it.state === 'live' && it.stats?.shown > 5 && it.stats.fps > 2"
        until(self.page, lambda: self.player.evaluate(moves), 60)

    def wait_back(self) -> None:
        """Wait until it is live again, and for good: in one step."""
        self.wait_for("live")
        assert self.page.evaluate("said") == ["live"]
        until(self.page, lambda: self.page.locator(".state:not(.filter)", has_text="Live").count())


def wait_dead(*pages: Seen, dials: int = 3) -> None:
    """Wait until they say that there is no signal, and have dialled in vain so many times since."""
    for seen in pages:
        seen.wait_for("nosignal")
        seen.page.locator(".state:not(.filter)", has_text=re.compile("No signal|Unknown")).first.wait_for()
        seen.page.evaluate("() => { isDead = true; dialled = 0; said = []; }")
    for seen in pages:
        until(seen.page, lambda page=seen.page: page.evaluate("dialled") >= dials, 60)
    for seen in pages:
        lies = seen.page.evaluate("[lies, said.includes('live'), said.includes('connecting')]")
        assert lies == [[], False, False]
        seen.page.evaluate("() => { isDead = false; said = []; }")


def wall_and_page(browser: Browser, url: str) -> tuple[Seen, Seen]:
    """Show both to people, and wait until their pictures move."""
    pages = Seen(browser, url), Seen(browser, f"{url}streams/one")
    for seen in pages:
        seen.wait_moving()
    return pages


@contextmanager
def server(folder: Path, port: int) -> Iterator[Node]:
    with Node(folder, f"one={ONE}", "--port", str(port)) as node:
        yield node


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """For those who do not kill it."""
    with server(tmp_path_factory.mktemp("node"), free_port()) as found:
        yield found


def test_killed_server_is_not_live_until_it_shows_a_picture_again(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    with server(tmp_path, port) as node:
        pages = wall_and_page(browser, node.url)
        node.end(signal.SIGKILL)
    wait_dead(*pages)
    for seen in pages:
        # The last picture stays under the words, which say since when.
        assert seen.player.evaluate("(it) => !it.shadowRoot.querySelector('.still').hidden")
        assert seen.player.evaluate("(it) => it.shadowRoot.querySelector('.still').width") == 320
        seen.player.get_by_text("Last seen").wait_for()
    with server(tmp_path, port):
        for seen in pages:
            seen.wait_back()
            assert seen.player.evaluate("(it) => it.shadowRoot.querySelector('.still').hidden")
            seen.page.close()


def test_cable_that_is_cut_and_mended_leads_to_a_new_connection(browser: Browser, node: Node) -> None:
    with Cable(urlsplit(node.url).port or 0) as cable:
        pages = wall_and_page(browser, f"http://127.0.0.1:{cable.port}/")
        cable.cut()
        wait_dead(*pages, dials=1)
        cable.mend()
        for seen in pages:
            seen.wait_back()
            seen.page.close()


@pytest.mark.parametrize("mode", ["mse", "mjpeg"])
def test_program_that_has_stopped_sending_is_not_live_for_who_comes_later(
    browser: Browser, node: Node, mode: str
) -> None:
    with framecast.publish(f"door-{mode}", node=node.folder / "run") as out:
        sending, over = threading.Event(), threading.Event()
        sending.set()

        def send() -> None:
            for number in count():
                sending.wait()
                if over.wait(0.04):
                    return
                out.send(np.full((180, 320, 3), number % 200 + 20, np.uint8))

        thread = threading.Thread(target=send)
        thread.start()
        try:
            page = browser.new_page()
            open_page(page, f"{node.url}healthz")
            first = Player(page, f"door-{mode}", id="first", mode=mode)
            first.wait_until_live()
            sending.clear()
            first.wait("it.state === 'nosignal'")
            assert first.get("!it.shadowRoot.querySelector('.veil').hidden && it.seen > 0")
            first.wait("it.shadowRoot.querySelector('.veil').innerText.includes('Last seen')")
            age = f"fetch('/api/frame.jpeg?src=door-{mode}').then((answer) => Number(answer.headers.get('X-Framecast-Age-Ms')))"
            until(page, lambda: page.evaluate(age) > 1000 * (OLD_S + 1))
            # Who comes now gets what is kept: old pictures, on a connection that lives.
            second = Player(page, f"door-{mode}", id="second", mode=mode)
            second.wait("it.state === 'nosignal'")
            first.get("it.reconnect()")
            first.wait(
                f"it.stats && ({mode == 'mjpeg':d} || it.stats.shown > 0)"
            )  # what is kept is no sign of life
            assert without_repeats(first.get("states.first")) == ["connecting", "live", "nosignal"]
            assert without_repeats(second.get("states.second")) == ["connecting", "nosignal"]
            sending.set()
            for player in (first, second):
                player.wait("it.state === 'live' && it.stats?.fps > 2", 60)
            assert without_repeats(second.get("states.second")) == ["connecting", "nosignal", "live"]
            page.close()
        finally:
            over.set()
            sending.set()
            thread.join()


def test_stopped_server_that_keeps_its_connections_is_dead_too(browser: Browser, tmp_path: Path) -> None:
    with server(tmp_path, free_port()) as node:
        seen = Seen(browser, f"{node.url}streams/one")
        seen.wait_moving()
        pid = ask(node, "api")["servers"]["web"]["pid"]
        assert pid > 0
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_dead(seen, dials=1)
        finally:
            with suppress(ProcessLookupError):  # the node may have replaced it
                os.kill(pid, signal.SIGCONT)
        seen.wait_back()
        seen.page.close()


def test_paused_player_is_neither_live_nor_dead_while_its_server_is(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    page = browser.new_page()
    with server(tmp_path, port) as node:
        open_page(page, f"{node.url}healthz")
        player = Player(page, "one")
        player.sees_it_move()
        player.get("it.pause()")
        node.end(signal.SIGKILL)
    assert player.get("it.state") == "paused"
    player.get("it.play()")
    player.wait("it.state === 'nosignal' && states.player.at(-1) === 'nosignal'")
    assert without_repeats(player.get("states.player")) == [
        "connecting",
        "live",
        "paused",
        "connecting",
        "nosignal",
    ]
    player.get("it.pause()")
    assert player.get("it.state") == "paused"
    with server(tmp_path, port):
        player.get("it.play()")
        player.sees_it_move()
        page.close()


def test_browser_that_plays_hls_by_itself_is_not_believed_to_be_live(
    browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.add_init_script("addEventListener('load', () => { delete window.MediaSource; })")
    with server(tmp_path, free_port()) as node:
        open_page(page, f"{node.url}healthz")
        player = Player(page, "one", mode="hls")
        player.wait("it.state === 'live' && it.playing === 'hls' && it.video.currentTime > 1", 60)
        node.end(signal.SIGKILL)
    player.wait("it.state === 'nosignal'")
    page.close()
