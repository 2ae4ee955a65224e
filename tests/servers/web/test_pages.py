"""The pages in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.servers.web.browser import Errors, blocks_on, chromium, until
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(str(CHROMIUM)) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    found = browser.new_page(viewport={"width": 1280, "height": 900})
    errors = Errors(found)
    yield found
    found.close()
    assert errors.found == []


def is_moving(page: Page, selector: str = "framecast-view canvas") -> bool:
    first = until(page, lambda: blocks_on(page, selector))
    return bool(until(page, lambda: (now := blocks_on(page, selector)) and now.frame > first.frame))


def test_wall_shows_each_stream_moving_with_its_own_picture(
    node: SmallNode, web: WebProcess, page: Page
) -> None:
    cameras = [node.add(name) for name in ("door", "garden")]
    page.goto(web.url)
    for camera in cameras:
        selector = f"framecast-view[src={camera.name}] canvas"
        assert is_moving(page, selector)
        blocks = blocks_on(page, selector)
        assert blocks
        assert blocks.stream_id == camera.number
    assert page.locator(".wall-sum").inner_text() == "2 live"


def test_wall_without_streams_says_how_to_add_one_and_shows_it_when_it_comes(
    node: SmallNode, web: WebProcess, page: Page
) -> None:
    page.goto(web.url)
    page.get_by_role("heading", name="No streams yet").wait_for()
    node.add("door")
    page.get_by_role("link", name="door").wait_for()
    assert not page.get_by_role("heading", name="No streams yet").is_visible()
    assert is_moving(page)


def test_failed_source_shows_no_signal_and_comes_back_in_the_same_page(
    node: SmallNode, web: WebProcess, page: Page
) -> None:
    node.add("door")
    page.goto(web.url)
    assert is_moving(page)
    node.fail("door", "bad-auth")
    page.get_by_role("img", name="No signal from door").wait_for()
    page.get_by_text("The user name or password is wrong").wait_for()
    until(page, lambda: blocks_on(page) is None)
    node.recover("door")
    page.get_by_role("img", name="Live picture of door").wait_for()
    assert is_moving(page)


def test_more_streams_than_connections_all_show_pictures_and_the_server_still_answers(
    node: SmallNode, web: WebProcess, page: Page
) -> None:
    names = [f"camera-{number}" for number in range(7)]
    for name in names:
        node.add(name, fps=10)
    page.set_viewport_size({"width": 1800, "height": 1600})
    page.goto(web.url)
    for name in names:
        until(page, lambda name=name: blocks_on(page, f"framecast-view[src={name}] canvas"))
    assert page.locator("framecast-view[live]").count() == 4
    last = f"framecast-view[src={names[-1]}] canvas"
    assert is_moving(page, last)
    assert page.evaluate("fetch('healthz').then(answer => answer.status)") == 200


def test_place_that_becomes_free_is_taken(node: SmallNode, web: WebProcess, page: Page) -> None:
    for number in range(5):
        node.add(f"camera-{number}", fps=10)
    page.set_viewport_size({"width": 1800, "height": 1200})
    page.goto(web.url)
    until(page, lambda: page.locator("framecast-view[live]").count() == 4)
    waiting = page.locator("framecast-view:not([live])").get_attribute("src")
    leaving = page.locator("framecast-view[live]").first.get_attribute("src")
    web.ask(f"/api/streams?src={leaving}", "DELETE")
    page.locator(f"framecast-view[src={waiting}][live]").wait_for()


def test_server_that_is_gone_is_said_and_no_picture_stands_still(
    node: SmallNode, web: WebProcess, page: Page
) -> None:
    node.add("door")
    page.goto(web.url)
    assert is_moving(page)
    web.close()
    page.get_by_role("alert").filter(has_text="does not answer").wait_for()
    page.locator("framecast-view").get_by_text("Connection lost").wait_for()


def test_page_of_a_stream_tells_its_facts_and_readers(node: SmallNode, web: WebProcess, page: Page) -> None:
    node.add("door")
    page.goto(f"{web.url}/streams/door")
    assert is_moving(page)
    assert page.title() == "door · Framecast"
    facts = page.locator(".facts")
    for words in ("640 \u00d7 360", "h264", "rtsp://***@camera/1", "ms to this server"):
        facts.get_by_text(words).first.wait_for()
    page.get_by_role("cell", name="jpeg/75").wait_for()
    node.fail("door", "timeout")
    page.get_by_text("Last error: the address does not answer in time.").wait_for()
    page.get_by_role("button", name="Reconnect").click()
    page.get_by_role("img", name="Live picture of door").wait_for()


def test_code_can_be_copied(node: SmallNode, web: WebProcess, page: Page) -> None:
    node.add("door")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=web.url)
    page.goto(f"{web.url}/streams/door")
    page.get_by_role("button", name="Copy Python, on this machine").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert 'framecast.open("door")' in page.evaluate("navigator.clipboard.readText()")


def test_page_of_an_unknown_stream_says_so(web: WebProcess, page: Page) -> None:
    page.goto(f"{web.url}/streams/nobody")
    page.get_by_role("alert").filter(has_text="There is no stream named nobody.").wait_for()


def test_keyboard_alone_leads_to_a_stream_and_back(node: SmallNode, web: WebProcess, page: Page) -> None:
    node.add("door")
    page.goto(web.url)
    page.get_by_role("link", name="door").wait_for()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "door":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/streams/door")
    page.get_by_role("heading", name="door", level=1).wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the picture"


def test_leaving_the_page_frees_its_connections(node: SmallNode, web: WebProcess, page: Page) -> None:
    node.add("door")
    page.goto(web.url)
    assert is_moving(page)
    assert web.json("/api/streams")["door"]["viewers"] == 1
    page.goto("about:blank")
    until(page, lambda: web.json("/api/streams")["door"]["viewers"] == 0)


def test_pages_work_below_a_prefix(node: SmallNode, start_web: Callable[..., WebProcess], page: Page) -> None:
    node.add("door")
    web = start_web(base_path="/cams")
    page.goto(f"{web.url}/cams")
    assert page.url == f"{web.url}/cams/"
    assert is_moving(page)
    page.get_by_role("link", name="door").click()
    page.wait_for_url("**/cams/streams/door")
    assert is_moving(page)
    page.get_by_role("link", name="API").click()
    page.get_by_text("/api/frame.jpeg").first.wait_for()


def test_person_logs_in_and_out(node: SmallNode, start_web: Callable[..., WebProcess], page: Page) -> None:
    node.add("door")
    web = start_web(access_token="open sesame")
    page.goto(f"{web.url}/streams/door")
    page.get_by_label("Access token").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").filter(has_text="This is not the access token.").wait_for()
    page.get_by_label("Access token").fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/streams/door")
    assert is_moving(page)
    page.get_by_role("link", name="Streams").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.goto(web.url)
    page.get_by_label("Access token").wait_for()


def test_api_page_lists_every_route(web: WebProcess, page: Page) -> None:
    page.goto(f"{web.url}/docs")
    page.locator(".route").first.wait_for()
    shown = set(page.locator(".route h3 code").all_inner_texts())
    assert shown == set(web.json("/openapi.json")["paths"])


def test_plain_img_in_chromium_shows_the_newest_picture_before_the_next_one_exists(
    node: SmallNode, web: WebProcess, page: Page
) -> None:
    camera = node.add("door")
    camera.running.clear()
    page.goto(f"{web.url}/docs")
    page.evaluate(
        """() => {
            const image = document.createElement("img");
            image.id = "plain";
            image.src = "api/stream.mjpeg?src=door";
            document.body.append(image);
        }"""
    )
    until(page, lambda: any(track.wanted for track in camera.switch.publisher.tracks.values()))
    script = """image => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [image.naturalWidth || 1, image.naturalHeight || 1];
        canvas.getContext("2d").drawImage(image, 0, 0);
        canvas.id = "copy";
        document.getElementById("copy")?.remove();
        document.body.append(canvas);
    }"""
    for _ in range(4):
        camera.show()

        def shown() -> bool:
            page.locator("#plain").evaluate(script)
            blocks = blocks_on(page, "#copy")
            return blocks is not None and blocks.frame == camera.frame

        until(page, shown, 1.2)
