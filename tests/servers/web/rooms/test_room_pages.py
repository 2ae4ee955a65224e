"""The pages of rooms in a real browser: make a room, change it, invite to it, enter by the link, see what is unread. On a desktop and a phone, with axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.servers.web.browser import Errors, chromium
from tests.servers.web.rooms.room_client import WAIT_S
from tests.servers.web.rooms.room_web import DOOR, open_rooms_web
from tests.servers.web.test_accessibility import SIZES, grave
from tests.servers.web.web_process import WebProcess
from tests.support import needs

SHEET = "dialog.sheet"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    with open_rooms_web(tmp_path_factory.mktemp("rooms")) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found = context.new_page()
    errors = Errors(found)
    yield found
    context.close()
    assert errors.found == [], "no complaint, above all none of the Content-Security-Policy"


def choose(page: Page, part: str) -> None:
    page.locator(".room-parts").get_by_role("button", name=part).click()


def test_room_is_made_changed_shared_and_entered_by_its_link(
    web: WebProcess, browser: Browser, page: Page
) -> None:
    page.goto(f"{web.url}/rooms")
    page.get_by_text("No rooms yet").wait_for()
    page.get_by_role("heading", name="Rooms of streams").wait_for()
    page.get_by_role("button", name="New private room").click()
    page.get_by_role("button", name="Make the room").click()
    page.get_by_text("Enter a title.").wait_for()
    page.get_by_role("textbox", name="Title").fill("Film night")
    page.get_by_role("button", name="Make the room").click()
    page.wait_for_url("**/rooms/room:*")
    page.get_by_role("heading", name="Film night", level=1).wait_for()
    key = page.url.rpartition("/")[2]

    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Slow mode: wait between two messages").select_option("10")
    page.get_by_role("textbox", name="Title").fill("Film evening")
    page.get_by_label("Keep messages").fill("0")
    choose(page, "Words")
    page.get_by_label("Words and phrases, one on a line").fill("one\n two  words \n\none")
    page.get_by_role("button", name="Save").click()
    choose(page, "Rules")
    page.get_by_text("The number must be a whole number from 1 to 3650, got 0.").wait_for()
    page.get_by_label("Keep messages").fill("30")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The settings are saved.").first.wait_for()
    page.get_by_role("heading", name="Film evening", level=1).wait_for()
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    settings = httpx.get(f"{web.url}/api/rooms/{key}", cookies=cookies, timeout=WAIT_S).json()["settings"]
    assert (settings["slow_s"], settings["retention_days"], settings["words"]) == (
        10,
        30,
        ["one", "two words"],
    )

    page.get_by_role("button", name="Invite").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("framecast-snippet code, framecast-snippet pre").first.inner_text()
    assert "/rooms/join#" in link
    page.get_by_role("button", name="Done").click()

    guest = browser.new_context(viewport={"width": 390, "height": 844})
    tab = guest.new_page()
    errors, asked = Errors(tab), []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(link)
    assert tab.evaluate("location.hash") == "", "the secret does not stay in the address bar"
    tab.get_by_label("Your name").fill("Gus")
    tab.get_by_role("button", name="Enter the room").click()
    tab.wait_for_url(f"**/rooms/{key}")
    tab.get_by_role("heading", name="Film evening", level=1).wait_for()
    assert not any(link.rpartition("#")[2] in url for url in asked), (
        "no request has the secret in its address"
    )
    tab.goto(f"{web.url}/rooms")
    tab.get_by_role("link", name="Film evening").wait_for()
    body = {"id": "a", "text": "At eight?", "name": "Olga"}
    answer = httpx.post(f"{web.url}/api/rooms/{key}/messages", json=body, cookies=cookies, timeout=WAIT_S)
    assert answer.status_code == 200, answer.text
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tab.get_by_text("1 unread").wait_for(state="attached")
    assert tab.title().startswith("(1) ")
    guest.close()
    assert errors.found == []

    page.reload()
    page.get_by_role("button", name="Settings").click()
    choose(page, "Members")
    page.locator(SHEET).get_by_text("Gus").wait_for()
    choose(page, "Invitations")
    page.get_by_text("used 1 time").wait_for()
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_text("No invitations").wait_for()
    choose(page, "Data")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "At eight?" in Path(download.value.path()).read_text()
    page.get_by_role("button", name="Delete the room").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/rooms")


def test_room_of_a_stream_has_its_picture_and_chat_and_fits_every_screen(web: WebProcess, page: Page) -> None:
    page.goto(f"{web.url}/rooms/{DOOR}")
    page.locator("framecast-room").wait_for()
    page.locator("framecast-player").wait_for()
    for width, height, is_beside in (
        (1440, 900, True),
        (820, 1180, False),
        (390, 844, False),
        (320, 640, False),
    ):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.scrollHeight") <= height, (
            "the chat has its own scroll bar"
        )
        player = page.locator("framecast-player").bounding_box()
        chat = page.locator("framecast-room").bounding_box()
        assert player
        assert chat
        assert (chat["x"] >= player["x"] + player["width"]) == is_beside
        assert (chat["y"] >= player["y"] + player["height"]) != is_beside
        assert chat["height"] > height / 4
    page.goto(f"{web.url}/rooms/{DOOR}/embed")
    page.locator("framecast-room").wait_for()
    assert page.evaluate("document.querySelector('framecast-room').getBoundingClientRect().height") == 640


def test_invitation_that_is_none_and_a_room_that_is_not_there_say_so(web: WebProcess, page: Page) -> None:
    page.goto(f"{web.url}/rooms/join")
    page.get_by_text("This address is no invitation").wait_for()
    page.goto(f"{web.url}/rooms/join#wrong")
    page.reload()
    page.goto("about:blank")
    page.goto(f"{web.url}/rooms/join#wrong")
    page.get_by_label("Your name").fill("Gus")
    page.get_by_role("button", name="Enter the room").click()
    page.get_by_text("This invitation has ended, or was withdrawn.").wait_for()
    page.goto(f"{web.url}/rooms/room:AAAAAAAAAAAAAAAAAAAAAA")
    page.get_by_role("heading", name="Not found").wait_for()


@pytest.mark.parametrize("size", list(SIZES))
def test_pages_shut_nobody_out(web: WebProcess, browser: Browser, size: str) -> None:
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce", **SIZES[size])
    page = context.new_page()
    page.goto(f"{web.url}/rooms")
    page.get_by_role("heading", name="Rooms", level=1, exact=True).wait_for()
    assert grave(page) == []
    page.goto(f"{web.url}/rooms/{DOOR}")
    page.locator("framecast-room").wait_for()
    page.get_by_role("button", name="Settings").click()
    for part in ("Words", "Members", "Data", "Rules"):
        choose(page, part)
        assert grave(page) == [], part
    page.goto(f"{web.url}/rooms/join#x")
    page.get_by_label("Your name").wait_for()
    assert grave(page) == []
    context.close()
