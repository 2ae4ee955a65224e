"""`<framecast-video>` in Chromium: real H.264 by byte ranges, the policy of the real pages, a line that is cut."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.servers.web.browser import _PIXELS, Errors, chromium, until
from tests.servers.web.site import Site
from tests.servers.web.video_site import ID, VideoSite, video, waiting
from tests.support import needs
from tests.support.media_files import frame_number
from tests.support.stored_videos import FPS, manifest

_ADD = """async ([id, attributes]) => {
  await import("/static/video-player.js");
  const player = document.createElement("framecast-video");
  for (const [name, value] of Object.entries({ muted: "", src: id, ...attributes })) player.setAttribute(name, value);
  window.it = player;
  window.states = [];
  window.heard = [];
  player.addEventListener("state", ({ detail }) => states.push(detail.state));
  for (const type of ["away", "theatre", "next"]) player.addEventListener(type, ({ detail }) => heard.push([type, detail]));
  document.body.replaceChildren(player);
}"""

# A finger that comes down at the first place, moves over the others and goes.
_FINGER = """() => {
  window.finger = (...places) => {
    const send = (type, clientX) => it.video.dispatchEvent(new PointerEvent(type, { bubbles: true, composed: true, pointerType: "touch", pointerId: 7, clientX, clientY: 40 }));
    send("pointerdown", places[0]);
    for (const place of places.slice(1)) send("pointermove", place);
    send("pointerup", places[places.length - 1]);
  };
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[VideoSite]:
    with VideoSite() as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


class Shown:
    """A player in a page of its own."""

    def __init__(self, page: Page, site: VideoSite, id: str = ID, **attributes: str) -> None:
        self.page = page
        page.goto(f"{site.url}/blank")
        page.evaluate(_ADD, [id, {name.replace("_", "-"): value for name, value in attributes.items()}])

    def get(self, expression: str) -> Any:
        return self.page.evaluate(f"(() => {expression})()")

    def wait(self, condition: str) -> None:
        self.page.wait_for_function(f"() => {condition}", timeout=60_000)

    def part(self, selector: str) -> Any:
        return self.page.locator(f"framecast-video {selector}")

    @property
    def frame(self) -> int:
        """The number of the picture that is shown."""
        width, height, text = self.part("video").evaluate(_PIXELS)
        return frame_number(np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width))

    def shows(self, at: float) -> bool:
        return abs(self.frame - at * FPS) <= 1


@pytest.fixture
def page(browser: Browser, site: VideoSite) -> Iterator[Page]:
    site.is_cut.clear()
    site.gone.clear()
    site.videos = {ID: video()}
    found = browser.new_page(viewport={"width": 1000, "height": 700})
    errors = Errors(found)
    yield found
    found.close()
    assert errors.found == []


def test_nothing_is_loaded_before_it_is_played_and_a_jump_shows_the_right_picture(
    page: Page, site: VideoSite
) -> None:
    site.requests.clear()
    shown = Shown(page, site)
    shown.part(".big").wait_for()
    assert site.asked("GET /static/vendor/") == 0
    assert site.asked(f"GET /api/videos/{ID}/media/g1/index.m3u8") == 0
    shown.part(".big").click()
    shown.wait("it.state === 'playing' && it.currentTime > 0.5")
    assert site.asked("GET /static/vendor/") == 1
    page.keyboard.press("k")
    shown.wait("it.state === 'paused'")
    page.keyboard.press("7")
    shown.wait("!it.video.seeking && it.video.readyState >= 2 && Math.abs(it.currentTime - 42) < 0.01")
    until(page, lambda: shown.shows(42))
    box = shown.part(".seek").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 4 + 1, box["y"] + box["height"] / 2)
    shown.part(".seek-picture").wait_for()
    assert shown.part(".seek-place").inner_text() == "0:15"
    assert shown.part(".seek-chapter").inner_text() == "Arrival"
    page.mouse.down()
    page.mouse.up()
    shown.wait("!it.video.seeking && Math.abs(it.currentTime - 15) < 0.3")
    until(page, lambda: abs(shown.frame - 15 * FPS) < 8)
    assert "live" not in page.locator("framecast-video").inner_text().lower()


def test_a_player_that_is_asked_before_it_knows_the_video_plays_at_the_place_once_it_does(
    page: Page, site: VideoSite
) -> None:
    shown = Shown(page, site)
    again = "const id = it.src; it.src = ''; it.src = id;"
    shown.get(f"{{ {again} it.play(); it.seek(20); }}")
    shown.wait("it.state === 'playing' && it.currentTime > 20.2")
    assert shown.get("it.currentTime") < 40
    shown.get(f"{{ {again} it.play(); it.pause(); }}")
    shown.wait("it.state === 'ready'")


def test_keys_menu_subtitles_and_quality(page: Page, site: VideoSite) -> None:
    shown = Shown(page, site, autoplay="", page_keys="", theatre_button="", has_next="")
    shown.wait("it.state === 'playing' && it.qualities.length === 3")
    page.keyboard.press("k")
    page.keyboard.press("l")
    shown.wait("it.currentTime >= 10")
    page.keyboard.press(">")
    page.keyboard.press("m")
    page.keyboard.press("t")
    page.keyboard.press("N")
    assert shown.get("[it.playbackRate, it.muted, it.theatre]") == [1.25, False, True]
    assert [name for name, _ in shown.get("heard")] == ["theatre", "next"]
    page.keyboard.press("c")
    shown.part(".captions p").wait_for()
    assert shown.part(".captions").inner_text() == "Guten Tag"
    page.keyboard.press("?")
    shown.part(".help").wait_for()
    page.keyboard.press("Escape")
    shown.part(".settings").click()
    shown.part("[role=menuitem]").filter(has_text="Quality").click()
    shown.part("[role=menuitemradio]").filter(has_text="180p").click()
    assert shown.get("it.quality") == 0
    page.keyboard.press("Escape")
    shown.get("it.seek(55)")  # behind what is buffered
    shown.wait("it.video.videoWidth === 320")
    shown.part(".settings").press("Enter")
    shown.part("[role=menuitem]").filter(has_text="Speed").press("ArrowRight")
    shown.part("[aria-checked=true]").press("ArrowDown")
    page.keyboard.press("Enter")
    assert shown.get("it.playbackRate") == 1.5
    assert page.evaluate("document.activeElement === it && it.shadowRoot.activeElement.title") == "Settings"
    slider = shown.part("[role=slider]").first
    assert slider.get_attribute("aria-valuemax") == "60"
    assert "of 1 minute" in (slider.get_attribute("aria-valuetext") or "")


def test_place_is_kept_and_an_address_says_another_one(page: Page, site: VideoSite) -> None:
    shown = Shown(page, site, autoplay="")
    shown.wait("it.state === 'playing'")
    shown.get("it.seek(40)")
    shown.wait("!it.video.seeking && it.currentTime > 40")
    shown.get("it.pause()")
    shown.wait("localStorage.length > 0")
    shown = Shown(page, site, preload="auto")
    shown.wait("it.state === 'ready' && it.video.readyState >= 2")
    assert 40 <= shown.get("it.currentTime") < 45
    assert "Continues at 0:4" in shown.part(".toast").inner_text()
    shown = Shown(page, site, preload="auto", start="0:20")
    shown.wait("it.video.readyState >= 2")
    assert abs(shown.get("it.currentTime") - 20) < 0.2
    until(page, lambda: shown.shows(20))


def test_video_becomes_playable_by_itself_and_a_better_version_interrupts_nothing(
    page: Page, site: VideoSite
) -> None:
    site.put(waiting("uploading", progress=0.25))
    shown = Shown(page, site, autoplay="")
    shown.part(".veil").get_by_text("Uploading", exact=True).wait_for()
    assert shown.part(".share").inner_text() == "25 %"
    site.put(waiting("processing"))
    shown.part(".veil").get_by_text("Processing", exact=True).wait_for()
    site.put(video(media=manifest(is_final=False)))
    shown.wait("it.state === 'playing' && it.currentTime > 0.3")
    site.put(video(media={**manifest(), "generation": "g2", "base": f"/api/videos/{ID}/media/g2/"}))
    shown.wait("it.hasNewer")
    shown.part(".toast").get_by_text("A better version is ready").wait_for()
    assert shown.get("[it.state, states.filter((one) => one === 'playing').length]") == ["playing", 1]
    shown.get("it.seek(30)")
    site.gone.add("g1")  # the old generation is pruned while it plays
    shown.wait("!it.hasNewer && it.state === 'playing' && it.currentTime > 30.2")
    assert site.asked(f"GET /api/videos/{ID}/media/g2/") > 0


def test_lost_line_is_tried_again_until_it_is_back(page: Page, site: VideoSite) -> None:
    shown = Shown(page, site, autoplay="")
    shown.wait("it.state === 'playing' && it.currentTime > 0.3")
    site.is_cut.set()
    shown.get("it.seek(50)")
    shown.part(".trouble").get_by_text("The connection is lost").wait_for(timeout=60_000)
    site.is_cut.clear()
    shown.wait("it.state === 'playing' && it.currentTime > 50.2")
    assert shown.part(".trouble").inner_text() == ""


@pytest.mark.parametrize("how", ["failed", "held", "missing", "away"])
def test_video_that_cannot_be_played_says_why(how: str, page: Page, site: VideoSite) -> None:
    if how == "failed":
        site.put(waiting("failed", reason="the file is damaged: upload it again"))
    elif how == "held":
        site.put(waiting("ready", is_held=True))
    elif how == "missing":
        site.videos.clear()
    else:
        site.is_cut.set()
    shown = Shown(page, site, autoplay="")
    words = {
        "failed": "The file is damaged: upload it again.",
        "held": "An admin holds",
        "missing": "There is no such video.",
        "away": "The server does not answer.",
    }
    shown.part(".veil").get_by_text(words[how]).wait_for()
    if how == "away":
        site.is_cut.clear()
        shown.wait("it.state === 'playing'")
    elif how == "missing":
        assert shown.get("heard")[0][1]["status"] == 404


def test_fingers(browser: Browser, site: VideoSite, page: Page) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    shown = Shown(phone, site)
    shown.part(".big").tap()
    shown.wait("it.state === 'playing'")
    box = shown.part("video").bounding_box()
    phone.touchscreen.tap(box["x"] + 20, box["y"] + 20)
    shown.wait("it.shadowRoot.querySelector('.stage').hasAttribute('data-awake')")
    assert shown.get("it.state") == "playing"
    phone.evaluate(_FINGER)
    right, middle = box["x"] + box["width"] * 0.9, box["x"] + box["width"] * 0.4
    jumps = "(x) => { const before = it.currentTime; finger(x); finger(x); return it.currentTime - before; }"
    assert phone.evaluate(jumps, right) > 9.9
    assert shown.part(".ripple.right").inner_text() == "+10 s"
    drags = "([from, to]) => { it.seek(50); finger(from, from - 40, to); return it.currentTime; }"
    assert 15 < phone.evaluate(drags, [right, middle]) < 25
    phone.close()


def test_page_of_another_site_plays_it_with_one_script_and_changes_nothing(
    page: Page, site: VideoSite
) -> None:
    site.put(video(media=manifest(is_final=False)))
    site.requests.clear()
    with Site() as other:
        other.pages["/watch"] = (
            f'<!doctype html><title>Other</title><script type="module" src="{site.url}/static/video-player.js"></script>'
            f'<framecast-video src="{ID}" muted autoplay></framecast-video>'
        )
        page.goto(f"{other.url}/watch")
        page.wait_for_function(
            "() => document.querySelector('framecast-video[state=playing]')?.currentTime > 0.3"
        )
    assert not [one for one in site.requests if not one.startswith("GET ")]
    assert site.asked("GET /api/videos/events") == 0
