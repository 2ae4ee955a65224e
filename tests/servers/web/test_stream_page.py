"""The page of one stream, in a real browser against a real node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from framecast.media.testpicture import Blocks
from tests.cli.running import Node
from tests.servers.web.browser import Errors, blocks_on, chromium, until
from tests.servers.web.wall_page import ask
from tests.support import needs
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer

DOOR = "pattern:?size=640x360&fps=25&id=7"
VIDEO = "framecast-player video"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("node"), f"door={DOOR}", "weather=numbers:") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    found = browser.new_page(viewport={"width": 1280, "height": 900})
    errors = Errors(found)
    yield found
    found.close()
    assert [text for text in errors.found if "WebSocket connection" not in text] == []


def sees_it_move(page: Page) -> Blocks:
    page.locator("framecast-player[state=live]").wait_for()
    first = until(page, lambda: blocks_on(page, VIDEO))
    found: Blocks = until(page, lambda: (now := blocks_on(page, VIDEO)) and now.frame > first.frame and now)
    return found


def test_chat_stands_beside_the_picture_and_on_a_phone_directly_below_it(node: Node, page: Page) -> None:
    page.goto(f"{node.url}streams/door")
    page.get_by_role("button", name="Chat").click()
    page.locator("framecast-room[state=open]").wait_for()
    picture, chat = (page.locator(one) for one in (".stream-picture", "framecast-room"))
    frame, beside = picture.bounding_box(), chat.bounding_box()
    assert frame is not None
    assert beside is not None
    assert beside["x"] > frame["x"] + frame["width"]
    assert abs(beside["y"] - frame["y"]) < 10
    page.set_viewport_size({"width": 390, "height": 844})
    frame, below = picture.bounding_box(), chat.bounding_box()
    assert frame is not None
    assert below is not None
    assert 0 <= below["y"] - frame["y"] - frame["height"] < 30
    field = page.get_by_role("textbox", name="Message", exact=True).bounding_box()
    assert field is not None
    assert field["y"] + field["height"] <= 844, "somebody who comes can write at once"


def figure(page: Page, name: str) -> str:
    return page.locator(".strip div", has=page.get_by_text(name, exact=True)).locator("dd").inner_text()


def test_page_shows_the_stream_and_what_is_shown_in_figures(node: Node, page: Page) -> None:
    page.goto(f"{node.url}streams/door")
    assert sees_it_move(page).stream_id == 7
    assert page.title() == "door · Framecast"
    until(page, lambda: figure(page, "Latency").endswith(" ms"))
    until(page, lambda: figure(page, "Frame rate").endswith(" fps"))
    assert figure(page, "Resolution") == "640 \u00d7 360"
    assert figure(page, "Format") == "H.264 + AAC"
    until(page, lambda: figure(page, "Viewers") == "1")
    # Each figure stands on the page once; what operators need is among the technical details.
    text = page.locator("main").inner_text()
    assert (text.count(" ms"), text.count("bit/s"), text.count("\u00d7")) == (1, 1, 1)
    page.get_by_text("pattern:").first.wait_for()
    readers = page.locator(".readers td")
    assert not readers.first.is_visible()
    page.get_by_text("Technical").click()
    readers.nth(1).wait_for()


def test_stream_of_the_command_line_is_not_changed_here(node: Node, page: Page) -> None:
    page.goto(f"{node.url}streams/door")
    page.get_by_text("Configured on the node's command line: change it there.").wait_for()
    for name in ("Edit", "Remove"):
        assert not page.get_by_role("button", name=name).is_visible()


def test_stream_is_edited_and_removed_on_its_page(node: Node, page: Page) -> None:
    source = "pattern:?size=320x180&fps=10&id=3&audio=0"
    names = {"display_name": "Tor zur Straße", "groups": ["Außen", "Nacht"]}
    ask(node, "api/streams", "PUT", {"name": "gate", "source": source, **names})
    page.goto(f"{node.url}streams/gate")
    sees_it_move(page)
    page.get_by_role("heading", name="Tor zur Straße", level=1).wait_for()
    assert page.title() == "Tor zur Straße · Framecast"
    about = page.locator("section", has=page.get_by_role("heading", name="About")).inner_text()
    assert ("gate" in about, "Außen, Nacht" in about) == (True, True)
    page.get_by_role("button", name="Edit").click()
    page.locator(".options summary").click()
    page.get_by_label("Idle timeout").fill("33")
    page.get_by_role("dialog").locator("button[type=submit]").click()
    page.get_by_text("The source works.").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    until(page, lambda: ask(node, "api/streams?src=gate")["options"]["idle_s"] == 33)
    sees_it_move(page)
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    page.wait_for_url(node.url)
    assert "gate" not in ask(node, "api/streams")


def test_stream_that_is_removed_and_added_again_is_followed_without_errors(node: Node, page: Page) -> None:
    gate = {"name": "gate", "source": "pattern:?size=320x180&fps=10&id=3&audio=0"}
    ask(node, "api/streams", "PUT", gate)
    page.goto(f"{node.url}streams/gate")
    sees_it_move(page)
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    ask(node, "api/streams?src=gate", "DELETE")
    page.get_by_text("There is no stream named gate.").wait_for()
    assert not page.locator("framecast-player").is_visible()
    page.wait_for_event("requestfinished", lambda request: "api/stats" in request.url)
    ask(node, "api/streams", "PUT", gate)
    sees_it_move(page)
    ask(node, "api/streams?src=gate", "DELETE")
    assert [text for text in logged if "404" in text and "WebSocket" not in text] == []


def test_snapshot_and_recording_are_saved(node: Node, page: Page) -> None:
    page.goto(f"{node.url}streams/door")
    sees_it_move(page)
    page.evaluate("delete window.showSaveFilePicker")  # with it, the browser asks for a file
    with page.expect_download() as saved:
        page.get_by_role("button", name="Snapshot", exact=True).last.click()
    assert saved.value.path().read_bytes()[:2] == b"\xff\xd8"
    page.locator(".stream-actions").get_by_role("button", name="Record to this device", exact=True).click()
    stop = page.locator(".stream-actions").get_by_role("button", name="Stop 0:0")
    until(page, lambda: stop.inner_text() >= "Stop 0:02")
    with page.expect_download() as saved:
        stop.click()
    assert saved.value.path().read_bytes()[4:8] == b"ftyp"
    page.locator(".stream-actions").get_by_role("button", name="Record to this device", exact=True).wait_for()


def test_phone_cannot_reach_a_node_on_loopback_and_the_page_says_what_to_set(node: Node, page: Page) -> None:
    page.goto(f"{node.url}streams/door")
    page.get_by_role("button", name="On my phone").click()
    page.get_by_role("dialog").get_by_text("start the node with --host 0.0.0.0").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    assert page.get_by_role("dialog").count() == 0


def test_source_that_dies_is_said_in_words_and_comes_back_in_the_same_page(node: Node, page: Page) -> None:
    with RtspServer(Clip(size=(640, 360), seconds=4)) as camera:
        ask(node, "api/streams", "PUT", {"name": "camera", "source": camera.url()})
        page.goto(f"{node.url}streams/camera")
        page.locator("framecast-player[state=live]").wait_for()
        camera.kill()
        page.locator("framecast-player[state=nosignal]").wait_for()
        veil = page.locator("framecast-player .veil")

        def reason_on_the_veil() -> str:
            """The reason of now: each attempt to reconnect may have another one."""
            reason = str(ask(node, "api/streams?src=camera")["message"])
            return reason if reason and reason.lower() in veil.inner_text().lower() else ""

        # Once, over the last picture: the player is the only one who says it.
        reason = until(page, reason_on_the_veil)
        assert reason not in page.locator("main").inner_text()
        camera.start()
        page.locator("framecast-player[state=live]").wait_for(timeout=60000)
        # It is over, and still told.
        page.get_by_text("Technical").click()
        page.locator(".facts dt", has_text="Last error").wait_for()


def test_reconnect_dials_the_source_again(node: Node, page: Page) -> None:
    page.goto(f"{node.url}streams/door")
    sees_it_move(page)
    before = ask(node, "api/streams?src=door")["since"]
    page.get_by_role("button", name="Reconnect").click()
    until(page, lambda: ask(node, "api/streams?src=door")["since"] > before)
    sees_it_move(page)


def test_stream_without_pictures_says_so_and_opens_no_connection(node: Node, page: Page) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    ask(node, "api/streams", "PUT", {"name": "numbers", "source": "numbers:", "always": True})
    until(page, lambda: ask(node, "api/streams?src=numbers")["tracks"])
    page.goto(f"{node.url}streams/numbers")
    page.get_by_text("This stream has only data.").wait_for()
    page.get_by_text("for item in stream.data():").wait_for()
    assert not page.locator("framecast-player").is_visible()
    assert sockets == []


def test_unknown_stream_is_a_page_with_a_way_back(node: Node, page: Page) -> None:
    answer = page.goto(f"{node.url}streams/nobody")
    assert answer
    assert answer.status == 404
    page.get_by_text("There is no stream named nobody").wait_for()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.bar')).display") == "flex"
    )  # the style sheet is found
    page.get_by_role("link", name="All streams").click()
    page.wait_for_url(node.url)


def test_code_can_be_copied(node: Node, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=node.url.rstrip("/"))
    page.goto(f"{node.url}streams/door")
    page.get_by_role("button", name="Copy Python, on this machine").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert 'framecast.open("door")' in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Copy In your web page").click()
    until(page, lambda: "<framecast-player" in page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_page_fits_its_screen(browser: Browser, node: Node, scheme: str, width: int, height: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{node.url}streams/door")
    sees_it_move(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("framecast-player").bounding_box()
    assert box
    assert box["width"] >= 0.5 * width
    assert box["y"] + box["height"] <= height  # the whole picture is seen without scrolling
    page.close()


def test_stream_is_recorded_into_the_library_while_nobody_has_its_page_open(node: Node, page: Page) -> None:
    page.goto(f"{node.url}streams/door")
    page.get_by_role("button", name="Record to the library").click()
    page.get_by_role("link", name="open the video").wait_for()
    page.reload()
    stop = page.get_by_role("button", name="Stop library recording")
    stop.wait_for()
    until(page, lambda: int(stop.inner_text().rpartition(":")[2]) >= 3)
    stop.click()
    page.get_by_text("Recorded:").wait_for()
    page.get_by_role("link", name="open the video").click()
    page.locator("h1", has_text="door").wait_for()
