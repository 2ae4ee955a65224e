"""Pictures on the wall: many in one tab, sources and servers that go and return, and nothing for what nobody sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from framecast.model.last_picture import LONG_SIDE
from tests.cli.running import Node
from tests.servers.web.browser import chromium, until
from tests.servers.web.wall_page import Wall, ask, node_with, pattern
from tests.support import needs
from tests.support.media_files import Clip
from tests.support.ports import free_port
from tests.support.rtsp_server import RtspServer

CLIP = Clip(size=(640, 360), seconds=10)
# Sockets that the page has open: the browser counts them for us.
COUNT_SOCKETS = """() => {
    window.sockets = [];
    const Real = WebSocket;
    window.WebSocket = class extends Real {
        constructor(...given) { super(...given); window.sockets.push(this); }
    };
}"""
OPEN_SOCKETS = "window.sockets.filter((socket) => socket.readyState === 1).map((socket) => socket.url)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


def viewers(node: Node) -> dict[str, int]:
    """How many viewers the web server has for each stream that has any."""
    return {name: stream["viewers"] for name, stream in ask(node, "api/streams").items() if stream["viewers"]}


def test_sixteen_tiles_of_one_tab_all_move_over_one_socket_and_the_server_answers(
    browser: Browser, tmp_path: Path
) -> None:
    names = [f"cam-{number}" for number in range(1, 17)]
    streams = {name: pattern(number, fps=5) for number, name in enumerate(names, 1)}
    with node_with(tmp_path, streams) as node:
        wall = Wall(browser, node.url)
        wall.context.add_init_script(f"({COUNT_SOCKETS})()")
        wall.page.reload()
        wall.choose_layout(4)
        wall.wait_for(names)
        for number, name in enumerate(names, 1):
            assert wall.wait_moving(name, 60).stream_id == number
        assert wall.page.evaluate("fetch('api/streams').then((answer) => answer.status)") == 200
        (url,) = wall.page.evaluate(OPEN_SOCKETS)
        assert url.endswith("/api/ws/wall")
        # Again, after everything has begun: none of them stands still.
        for name in names:
            wall.wait_moving(name, 60)
        wall.close()


def test_tiles_that_nobody_sees_cost_nothing(browser: Browser, tmp_path: Path) -> None:
    names = [f"cam-{number}" for number in range(1, 6)]
    streams = {name: pattern(number, fps=5) for number, name in enumerate(names, 1)}
    with node_with(tmp_path, streams) as node:
        wall = Wall(browser, node.url)
        wall.choose_layout(2)
        wall.wait_for(names[:4])
        for name in names[:4]:
            wall.wait_moving(name)
        assert viewers(node) == dict.fromkeys(names[:4], 1)
        wall.tile("cam-2").locator(".tile-picture").dblclick()
        until(wall.page, lambda: viewers(node) == {"cam-2": 1})
        wall.page.keyboard.press("Escape")
        until(wall.page, lambda: viewers(node) == dict.fromkeys(names[:4], 1))
        wall.page.get_by_role("searchbox").fill("cam-5")
        until(wall.page, lambda: viewers(node) == {"cam-5": 1})
        wall.page.goto("about:blank")
        until(wall.page, lambda: viewers(node) == {})
        wall.close()


def test_tile_beyond_the_window_begins_when_it_is_scrolled_to(browser: Browser, tmp_path: Path) -> None:
    names = [f"cam-{number}" for number in range(1, 7)]
    streams = {name: pattern(number, fps=5) for number, name in enumerate(names, 1)}
    with node_with(tmp_path, streams) as node:
        wall = Wall(browser, node.url, viewport={"width": 390, "height": 700})
        wall.wait_for(names)
        wall.wait_moving("cam-1")
        assert "cam-6" not in viewers(node)
        wall.tile("cam-6").scroll_into_view_if_needed()
        wall.wait_moving("cam-6")
        until(wall.page, lambda: "cam-1" not in viewers(node))
        wall.close()


def recalls(page: Page, player: Locator) -> bool:
    """Load the wall again, and return whether the picture that the node has kept is shown, dimmed. While the server still has the last group, that is shown instead."""
    url = page.url
    page.goto("about:blank")
    page.wait_for_timeout(1000)
    page.goto(url)
    player.get_by_text("Last seen").wait_for()
    player.locator(".veil.over").wait_for()
    still = player.locator(".still")
    return bool(still.is_visible() and still.evaluate("(it) => it.width") == LONG_SIDE)


def test_source_dies_and_returns_in_the_same_tile(browser: Browser, tmp_path: Path) -> None:
    with RtspServer(CLIP) as camera, node_with(tmp_path, {"door": camera.url(), "demo": pattern(3)}) as node:
        wall = Wall(browser, node.url)
        wall.wait_for(["demo", "door"])
        moving = "document.querySelectorAll('framecast-player')[1].state"
        until(wall.page, lambda: wall.page.evaluate(moving) == "live", 30)
        wall.page.evaluate("window.same = document.querySelectorAll('framecast-player')[1]")
        camera.kill()
        player = wall.tile("door").locator("framecast-player")
        player.get_by_text("No signal", exact=True).wait_for()
        wall.tile("door").get_by_text("Offline").wait_for()
        player.get_by_text("Last seen").wait_for()
        # The reason stands there once, and whole.
        player.locator(".veil").get_by_text("The address refuses connections").wait_for()
        assert wall.tile("door").locator(".tile-figures").inner_text() == ""
        until(wall.page, lambda: recalls(wall.page, player), 1)
        wall.page.evaluate("window.same = document.querySelectorAll('framecast-player')[1]")
        wall.wait_moving("demo")
        camera.start()
        until(wall.page, lambda: wall.page.evaluate(moving) == "live", 30)
        wall.tile("door").get_by_text("Live").wait_for()
        time = "window.same.video.currentTime"
        before = wall.page.evaluate(time)
        until(wall.page, lambda: wall.page.evaluate(time) > before)
        assert wall.page.evaluate("document.querySelectorAll('framecast-player')[1] === window.same")
        wall.close()


def test_page_goes_on_when_the_server_was_away(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    streams = {"cam-1": pattern(1), "cam-2": pattern(2)}
    with node_with(tmp_path, streams, at=port) as first:
        wall = Wall(browser, f"http://127.0.0.1:{port}/")
        wall.wait_moving("cam-1")
        wall.wait_moving("cam-2")
        wall.page.evaluate("window.same = true")
        first.end()
    notice = wall.page.get_by_role("alert").filter(
        has_text="The server does not answer. This page retries automatically."
    )
    notice.wait_for()
    wall.tile("cam-1").locator("framecast-player").get_by_text("No signal", exact=True).wait_for()
    with node_with(tmp_path, streams, at=port):
        notice.wait_for(state="hidden")
        wall.wait_moving("cam-1", 60)
        wall.wait_moving("cam-2", 60)
        assert wall.page.evaluate("window.same")
        wall.close()


def test_sound_of_one_tile_at_a_time(browser: Browser, tmp_path: Path) -> None:
    streams = {"cam-1": pattern(1, audio=1), "cam-2": pattern(2, audio=1), "mute": pattern(3)}
    with node_with(tmp_path, streams) as node:
        wall = Wall(browser, node.url)
        for name in streams:
            wall.wait_moving(name)
        wall.tile("mute").get_by_role("button", name="Sound").wait_for(state="hidden")
        first, second = (wall.tile(name).get_by_role("button", name="Sound") for name in ("cam-1", "cam-2"))
        heard = (
            "[...document.querySelectorAll('framecast-player')]"
            ".filter((one) => !one.muted && one.stats?.hasAudio && one.state === 'live').map((one) => one.src)"
        )
        first.click()
        until(wall.page, lambda: wall.page.evaluate(heard) == ["cam-1"], 30)
        second.click()
        until(wall.page, lambda: wall.page.evaluate(heard) == ["cam-2"], 30)
        assert first.get_attribute("aria-pressed") == "false"
        assert second.get_attribute("aria-pressed") == "true"
        wall.tile("cam-2").focus()
        wall.page.keyboard.press("m")
        until(wall.page, lambda: wall.page.evaluate(heard) == [])
        wall.wait_moving("cam-2")
        wall.close()


def test_wall_works_below_a_prefix_with_a_token(browser: Browser, tmp_path: Path) -> None:
    with node_with(tmp_path, {"door": pattern(4)}, base_path="/cams", access_token="open sesame") as node:
        root = node.url.rstrip("/").removesuffix("/cams")
        wall = Wall(browser, f"{root}/cams/")
        wall.page.get_by_label("Access token").fill("open sesame")
        wall.page.get_by_role("button", name="Log in").click()
        assert wall.wait_moving("door").stream_id == 4
        wall.page.get_by_role("button", name="Add stream").click()
        dialog = wall.page.get_by_role("dialog")
        dialog.get_by_label("Name", exact=True).fill("gate")
        dialog.get_by_text("Address", exact=True).click()
        dialog.get_by_label("Source").fill(pattern(5))
        wall.page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Add stream").click()
        assert wall.wait_moving("gate").stream_id == 5
        wall.page.get_by_role("link", name="gate").click()
        wall.page.wait_for_url("**/cams/streams/gate")
        wall.close()
