"""The pages as a whole in a real browser: the way in, prefixes, links, keys; pictures in pages of others."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from framecast.servers.web.streams.addresses import own_addresses
from tests.cli.running import Node
from tests.servers.web.browser import Errors, blocks_on, chromium, until
from tests.servers.web.small_node import SmallNode
from tests.servers.web.wall_page import ask, node_with, pattern
from tests.servers.web.web_process import WebProcess
from tests.support import needs

TOKEN = "open sesame"
PREFIX = "cams/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture(scope="module")
def open_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that anybody on this machine may use."""
    with node_with(tmp_path_factory.mktemp("open"), {"door": pattern(1)}) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with an access token, whose pages stand below a prefix."""
    folder = tmp_path_factory.mktemp("guarded")
    with node_with(
        folder, {"door": pattern(1)}, base_path="/cams", access_token=TOKEN, host="0.0.0.0"
    ) as running:
        running.url = running.url.removesuffix(PREFIX)
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found = context.new_page()
    errors = Errors(found)
    yield found
    context.close()
    assert errors.found == []


def log_in(page: Page, token: str = TOKEN) -> None:
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("path", ["", "streams/door", "docs"])
def test_each_page_has_a_title_a_heading_and_a_way_past_the_bar(
    open_node: Node, page: Page, path: str
) -> None:
    page.goto(open_node.url + path)
    page.get_by_role("heading", level=1).wait_for()
    assert page.title().endswith("Framecast")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("Skip to")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("path", ["", "streams/door", "docs"])
def test_no_page_sticks_out_on_a_phone(open_node: Node, page: Page, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(open_node.url + path)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle") if path == "docs" else None
    if path == "streams/door":
        page.get_by_text("H.264").first.wait_for()  # its figures are there
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_page_of_an_unknown_stream_says_so(open_node: Node, page: Page) -> None:
    page.goto(f"{open_node.url}streams/nobody")
    page.get_by_role("heading", name="Not found", level=1).wait_for()
    page.get_by_text("There is no stream named nobody").wait_for()


def test_open_node_says_so_and_leads_to_the_first_account(open_node: Node, page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url.rpartition("/")[2]))
    page.goto(f"{open_node.url}streams/door")
    note = page.get_by_role("button", name="Open to everybody on this machine")
    note.wait_for()
    assert "who.js" in loaded
    assert not {"who-menu.js", "plain-http.js", "me", "people.css"} & set(loaded)
    note.press("Enter")
    page.get_by_text("acts as one local admin").wait_for()
    page.get_by_role("menuitem", name="Create the first account").click()
    page.get_by_role("heading", name="Welcome to Framecast").wait_for()
    page.get_by_label("Name").fill("a b")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create the admin").click()
    page.get_by_text("The name may have 64 letters").wait_for()
    page.get_by_text("at least 8 characters, got 5").wait_for()


def test_keyboard_alone_leads_to_a_stream_and_back(open_node: Node, page: Page) -> None:
    page.goto(open_node.url)
    page.get_by_role("link", name="door").wait_for()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "door":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/streams/door")
    page.get_by_role("heading", name="door", level=1).wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Streams", level=1).wait_for()


def test_code_can_be_copied(open_node: Node, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=open_node.url)
    page.goto(f"{open_node.url}streams/door")
    page.get_by_role("button", name="Copy Python, on this machine").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert 'framecast.open("door")' in page.evaluate("navigator.clipboard.readText()")


def test_api_page_lists_every_route(open_node: Node, page: Page) -> None:
    page.goto(f"{open_node.url}docs")
    page.locator(".route").first.wait_for()
    shown = set(page.locator(".route h3 code").all_inner_texts())
    assert shown == set(ask(open_node, "openapi.json")["paths"])


def opened(page: Page, route: str) -> Locator:
    """Return the card of a route, open."""
    card = page.locator(f"[id='{route}']")
    card.locator("summary").first.click()
    card.get_by_role("button", name="Send").wait_for()
    return card


def test_api_page_has_fields_with_types_and_limits(open_node: Node, page: Page) -> None:
    page.goto(f"{open_node.url}docs#get/api/frame.jpeg")
    picture = page.locator("[id='get/api/frame.jpeg']")  # a link to a route opens it
    picture.get_by_text("JPEG quality; 1 to 100; default 75").wait_for()
    change = opened(page, "put/api/streams")
    change.get_by_text(
        "Seconds without readers before the source is closed; 0 to 86400; default 10"
    ).wait_for()
    change.get_by_text("one of tcp, udp, multicast").wait_for()
    change.get_by_text("when the state began, UTC seconds").wait_for()
    assert change.locator("dt", has_text="producers[].url").count() == 1


def test_request_is_tried_on_the_api_page(open_node: Node, page: Page) -> None:
    page.goto(f"{open_node.url}docs")
    picture = opened(page, "get/api/frame.jpeg")
    picture.get_by_label("src").fill("door")
    picture.get_by_label("w", exact=True).fill("160")
    picture.get_by_role("button", name="Send").click()
    picture.get_by_text("200 OK after").wait_for()
    shown = picture.get_by_role("img", name="Picture of the answer")
    until(page, lambda: shown.evaluate("image => image.naturalWidth") == 160)
    picture.get_by_text("Headers").click()
    picture.get_by_text("x-framecast-age-ms", exact=True).wait_for()
    picture.get_by_text("frame.jpeg?src=door&w=160").wait_for()  # the same with curl
    picture.get_by_label("q", exact=True).fill("1000")
    picture.get_by_role("button", name="Send").click()
    picture.get_by_text("400 Bad Request").wait_for()
    picture.get_by_text('"error": "Invalid"').wait_for()


def test_request_that_changes_something_is_sent_after_a_question(open_node: Node, page: Page) -> None:
    page.goto(f"{open_node.url}docs")
    change = opened(page, "put/api/streams")
    change.get_by_label("Body (JSON)").fill('{"name": "tried", "source": "pattern:"}')
    for answer in ("Cancel", "Send"):
        assert "tried" not in ask(open_node, "api/streams")
        change.get_by_role("button", name="Send").click()
        page.get_by_role("alertdialog").get_by_role("button", name=answer).click()
    change.get_by_text("200 OK after").wait_for()
    assert ask(open_node, "api/streams?src=tried")["producers"] == [{"url": "pattern:"}]
    remove = opened(page, "delete/api/streams")
    remove.get_by_label("src").fill("tried")
    remove.get_by_role("button", name="Send").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Send").click()
    remove.get_by_text("The answer has no body.").wait_for()
    assert "tried" not in ask(open_node, "api/streams")


def test_api_page_says_how_to_show_the_token_and_tries_it(guarded: Node, page: Page) -> None:
    page.goto(f"{guarded.url}cams/docs")
    log_in(page)
    page.get_by_text("Authorization: Bearer TOKEN").first.wait_for()
    streams = opened(page, "get/api/streams")
    page.get_by_label("Token for the requests of this page").fill("wrong")
    page.context.clear_cookies()  # the session would open it
    streams.get_by_role("button", name="Send").click()
    streams.get_by_text("401 Unauthorized").wait_for()
    page.get_by_label("Token for the requests of this page").fill(TOKEN)
    streams.get_by_role("button", name="Send").click()
    streams.get_by_text("200 OK after").wait_for()
    assert TOKEN not in page.locator("framecast-api").inner_text()


def test_person_logs_in_below_a_prefix_and_out(guarded: Node, page: Page) -> None:
    page.goto(f"{guarded.url}cams/streams/door")
    log_in(page, "wrong")
    page.get_by_role("alert").filter(has_text="This is not the access token.").wait_for()
    log_in(page)
    page.wait_for_url("**/cams/streams/door")
    page.get_by_role("heading", name="door", level=1).wait_for()
    page.get_by_role("link", name="API").click()
    page.get_by_text("/api/frame.jpeg").first.wait_for()
    page.get_by_role("link", name="Streams").click()
    page.get_by_role("link", name="door").wait_for()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/cams/login")
    page.goto(f"{guarded.url}cams/")
    page.get_by_label("Access token").wait_for()


def test_phone_gets_the_address_of_the_page_or_a_link_without_the_token(guarded: Node, page: Page) -> None:
    own = own_addresses()
    if not own:
        pytest.skip("this machine is in no network")
    page.goto(f"{guarded.url}cams/streams/door")
    log_in(page)
    page.get_by_role("button", name="On my phone").click()
    dialog = page.get_by_role("dialog")
    root = f"http://{own[0]}:{urlsplit(guarded.url).port}/cams/"
    assert code_on(page, "QR code: Address of this page") == f"{root}streams/door"
    dialog.get_by_text("The phone asks for the access token once.").wait_for()
    dialog.get_by_role("button", name="Make a link").click()
    url = code_on(page, "QR code: Share link")
    assert url.startswith(f"{root}api/stream.mjpeg?src=door&token=fc1.")
    assert TOKEN not in url
    still = url.replace("stream.mjpeg", "frame.jpeg")  # the link opens this stream in each form
    with urllib.request.urlopen(still, timeout=20) as picture:
        assert picture.read(2) == b"\xff\xd8"
    dialog.get_by_role("button", name="Revoke this link").click()
    dialog.get_by_role("button", name="Make a link").wait_for()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(still, timeout=20)


def code_on(page: Page, name: str) -> str:
    """Return what a phone reads in the QR code of this name."""
    sign = page.get_by_role("img", name=name)
    sign.wait_for()
    picture = cv2.imdecode(np.frombuffer(sign.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    sizes = [cv2.resize(picture, None, fx=scale, fy=scale) for scale in (1, 1.5, 2, 3)]
    return next((text for one in sizes if (text := cv2.QRCodeDetector().detectAndDecode(one)[0])), "")


def test_prefix_without_its_slash_leads_to_the_wall(guarded: Node, page: Page) -> None:
    page.goto(f"{guarded.url}cams/login")
    log_in(page)
    page.goto(f"{guarded.url}cams")
    assert page.url == f"{guarded.url}cams/"
    page.get_by_role("link", name="door").wait_for()


def test_wall_of_a_session_that_ended_leads_to_the_login(guarded: Node, page: Page) -> None:
    page.goto(f"{guarded.url}cams/")
    log_in(page)
    page.get_by_role("link", name="door").wait_for()
    page.context.clear_cookies()
    page.wait_for_url("**/cams/login**")


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
