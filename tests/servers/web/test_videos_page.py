"""The library as people meet it: a real node, its page of videos in Chromium, from files that are dropped to a video that plays.

The tests share one open node, and the videos of the fixture `stored`.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Route

from tests.cli.running import Node
from tests.servers.web.browser import Errors, chromium, until
from tests.servers.web.test_accessibility import grave
from tests.servers.web.wall_page import ask, node_with, pattern
from tests.support import needs
from tests.support.media_files import Clip
from tests.support.waiting import until as wait_until

MIB = 2**20
# Dropped onto the page as a person would: the files are made in the page from the given bytes, or of zeros.
_DROP = """files => {
    const given = new DataTransfer();
    for (const {name, text, size} of files) {
        const bytes = text === undefined ? new Uint8Array(size) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        given.items.add(new File([bytes], name, {lastModified: 1e12}));
    }
    for (const kind of ["dragenter", "dragover", "drop"])
        document.querySelector("main").dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: given}));
}"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("library")
    with node_with(folder, {"door": pattern(1, fps=5)}, library={"ladder": False}) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture(params=[{}])
def page(request: pytest.FixtureRequest, node: Node, browser: Browser) -> Iterator[Page]:
    size = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(**{**size, **request.param}, bypass_csp=True)
    found = context.new_page()
    errors = Errors(found)
    found.goto(node.url + "videos")
    found.get_by_role("heading", name="Videos", level=1).wait_for()
    yield found
    context.close()
    assert errors.found == []


@pytest.fixture(scope="module")
def stored(node: Node) -> list[str]:
    """Two videos that can be played, uploaded by one request each."""
    titles = ["Forest", "Meadow"]
    for number, title in enumerate(titles, 1):
        body, encoded = clip(40 * number), base64.b64encode(f"{title}.mp4".encode()).decode()
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(body)),
            "Upload-Metadata": f"filename {encoded}",
            "Content-Type": "application/offset+octet-stream",
        }
        request = urllib.request.Request(f"{node.url}api/uploads", body, headers, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 201

    def are_ready() -> bool:
        found = ask(node, "api/videos?state=ready")["videos"]
        return set(titles) <= {one["title"] for one in found}

    wait_until(are_ready, "two videos that can be played")
    return titles


def clip(first: int = 0) -> bytes:
    """Return a file that browsers play; another `first`, another file."""
    path: Path = Clip(size=(320, 180), fps=Fraction(25), seconds=4, audio="aac", first=first).path()
    return path.read_bytes()


def drop(page: Page, **files: bytes | int) -> None:
    """Drop MP4 files with these names onto the page: bytes, or a number of zeros."""
    page.get_by_role("button", name="Upload", exact=True).wait_for()
    specs = [
        {"name": f"{name}.mp4", "size": given}
        if isinstance(given, int)
        else {"name": f"{name}.mp4", "text": base64.b64encode(given).decode()}
        for name, given in files.items()
    ]
    page.evaluate(_DROP, specs)


def card(page: Page, title: str) -> Locator:
    """The card of a video."""
    return page.locator(".video-card").filter(has=page.get_by_role("link", name=title, exact=True))


def choose(page: Page, title: str, item: str) -> None:
    """Choose something in the menu of a video."""
    page.get_by_role("button", name=f"More for {title}", exact=True).click()
    page.get_by_role("menuitem", name=item).click()


def toasted(page: Page, words: str) -> None:
    """Wait for a message at the lower edge."""
    page.locator(".toast").get_by_text(words).wait_for()


def ready(page: Page, title: str) -> Locator:
    """Wait until a video can be played, and return its card."""
    found = card(page, title)
    found.locator(".video-picture img").wait_for()
    found.locator(".veil").wait_for(state="hidden")
    return found


def test_from_a_dropped_file_to_a_video_that_plays(node: Node, page: Page) -> None:
    page.get_by_role("heading", name="No videos yet").wait_for()
    assert grave(page) == []
    drop(page, Garden=clip(), playlist=b"#EXTM3U\n#EXT-X-VERSION:3\nhttp://127.0.0.1/secret.ts\n")
    found = ready(page, "Garden")
    assert found.locator(".video-length").inner_text() == "0:04"
    failed = card(page, "playlist")
    failed.get_by_text("This is a playlist").wait_for()  # the sentence of the check
    page.get_by_role("heading", name="2 videos uploaded").wait_for()
    assert grave(page) == []
    page.get_by_role("button", name="Close the panel").click()
    found.get_by_role("link", name="Garden", exact=True).click()
    page.wait_for_url(re.compile(r"/videos/[\w-]{22}$"))
    player = page.locator("framecast-video")
    player.evaluate("player => player.play()")
    until(page, lambda: player.evaluate("player => player.currentTime") > 0.5)
    assert player.evaluate("player => player.video.videoWidth") == 320
    page.goto(node.url)
    page.get_by_role("link", name="Videos").click()
    card(page, "Garden").wait_for()


# Without service workers, as after a crash: otherwise it goes on by itself.
@pytest.mark.parametrize("page", [{"service_workers": "block"}], indirect=True)
def test_upload_goes_on_after_a_reload_where_it_was(node: Node, page: Page) -> None:
    seen: list[tuple[str, str | None]] = []

    def cut_second(route: Route) -> None:
        request = route.request
        seen.append((request.method, request.headers.get("upload-offset")))
        is_cut = request.method == "PATCH" and request.headers["upload-offset"] != "0"
        route.abort("connectionfailed") if is_cut else route.continue_()

    page.route("**/api/uploads/*", cut_second)
    drop(page, Long=20 * MIB)
    page.get_by_text("It goes on by itself.").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())  # it warns of leaving
    page.reload()
    page.get_by_text("Not finished").wait_for()
    page.get_by_text("8.39 MB of 21 MB").wait_for()
    assert grave(page) == []
    page.unroute("**/api/uploads/*")
    seen.clear()
    page.on("request", lambda request: seen.append((request.method, request.headers.get("upload-offset"))))
    drop(page, Long=20 * MIB)
    page.get_by_text("21 MB · uploaded").wait_for()
    patches = [offset for method, offset in seen if method == "PATCH"]
    assert patches[0] == str(8 * MIB)
    assert "POST" not in [method for method, _ in seen]
    card(page, "Long").get_by_text("Failed").wait_for()  # zeros are no video


_KEEPER = """async () => {
    const found = await navigator.serviceWorker.getRegistration(new URL("static/upload-keeper/", location.origin).href);
    return Boolean(found?.active);
}"""


def test_upload_goes_on_when_one_goes_to_another_page_of_the_site(node: Node, page: Page) -> None:
    held: list[Route] = []
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))  # nobody answers: leaving would not go on

    def hold(route: Route) -> None:
        """Keep the page of videos waiting, so that it is left in the middle of the upload."""
        if route.request.method == "PATCH" and page.url != node.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/uploads/*", hold)
    drop(page, Wanderer=clip(700))
    until(page, lambda: held)
    until(page, lambda: page.evaluate(_KEEPER))
    page.get_by_role("link", name="Streams", exact=True).click()
    page.wait_for_url(node.url)
    panel = page.locator(".upload-panel")
    panel.get_by_role("heading", name="1 video uploaded").wait_for(timeout=60_000)
    assert panel.bounding_box() is not None
    assert asked == []
    wait_until(
        lambda: any(one["title"] == "Wanderer" for one in ask(node, "api/videos")["videos"]),
        "the video is there",
    )


def test_pause_cancel_and_what_is_refused_at_once(page: Page) -> None:
    held: list[Route] = []
    page.route(
        "**/api/uploads/*",
        lambda route: held.append(route) if route.request.method == "PATCH" else route.continue_(),
    )
    drop(page, One=20 * MIB, Two=MIB, Three=MIB, Empty=0)
    page.get_by_text("The file is empty.").wait_for()
    page.get_by_text("1.05 MB · waiting").wait_for()  # two at once
    until(page, lambda: len(held) == 2)
    page.get_by_role("button", name="Pause One").click()
    page.get_by_role("button", name="Resume One").wait_for()
    page.get_by_role("button", name="Cancel Three").click()
    page.unroute("**/api/uploads/*")
    for route in held:
        with suppress(Error):  # the page gave up the one that is paused
            route.continue_()
    page.get_by_role("button", name="Cancel One").click()
    page.get_by_text("1.05 MB · uploaded").wait_for()
    assert grave(page) == []
    page.get_by_role("button", name="Clear").click()
    page.locator(".upload-row").first.wait_for(state="detached")
    card(page, "One").wait_for(state="detached")


def test_menu_that_is_opened_early_has_all_its_items(stored: list[str], page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/library", lambda route: held.append(route))
    page.reload()
    page.get_by_role("button", name="More for Forest", exact=True).click()
    until(page, lambda: held)
    assert page.get_by_role("menuitem").count() == 0
    for route in held:
        route.continue_()
    page.get_by_role("menuitem", name="Add to a playlist").wait_for()


def test_playlist_is_made_ordered_and_played(node: Node, stored: list[str], page: Page) -> None:
    choose(page, "Forest", "Add to a playlist")
    page.get_by_role("radio", name="A new playlist").check()
    page.get_by_label("Title", exact=True).fill("Evening")
    page.get_by_role("button", name="Add", exact=True).click()
    toasted(page, "Added to “Evening”.")
    choose(page, "Meadow", "Add to a playlist")
    page.get_by_role("radio", name="Evening").check()
    page.get_by_role("button", name="Add", exact=True).click()
    toasted(page, "Added to “Evening”.")
    page.get_by_role("tab", name="Playlists").click()
    page.get_by_role("link", name="Evening").click()
    titles = page.locator(".playlist-item .link")
    until(page, lambda: titles.all_inner_texts() == ["Forest", "Meadow"])
    page.get_by_role("button", name="Move Meadow up").click()
    until(page, lambda: titles.all_inner_texts() == ["Meadow", "Forest"])
    assert page.evaluate("document.activeElement.ariaLabel").startswith("Move Meadow")
    page.wait_for_load_state("networkidle")
    assert grave(page) == []
    page.reload()
    until(page, lambda: titles.all_inner_texts() == ["Meadow", "Forest"])
    href = page.get_by_role("link", name="Play all").get_attribute("href") or ""
    listed = ask(node, "api/playlists")["playlists"][0]
    assert href.endswith(f"?list={listed['id']}")


def test_edit_search_tag_select_delete_undo_and_bin(node: Node, stored: list[str], page: Page) -> None:
    choose(page, "Meadow", "Edit")
    page.get_by_label("Title").fill("Meadow at noon")
    page.get_by_label("Tags").fill("summer, bees")
    page.get_by_role("radio", name="Public").check()
    assert grave(page) == []
    page.get_by_role("button", name="Save").click()
    card(page, "Meadow at noon").get_by_text("#bees").click()
    card(page, "Forest").wait_for(state="detached")
    assert page.url.endswith("?tag=bees")
    page.get_by_role("button", name="Only the tag bees").click()
    page.get_by_label("Search videos").fill("fores")
    card(page, "Meadow at noon").wait_for(state="detached")
    assert page.url.endswith("?q=fores")
    page.reload()
    card(page, "Forest").wait_for()
    assert page.get_by_label("Search videos").input_value() == "fores"
    page.get_by_label("Search videos").fill("nothing like it")
    page.get_by_role("heading", name="No video matches").wait_for()
    page.get_by_role("button", name="Show all").click()
    choose(page, "Forest", "Delete")
    toasted(page, "“Forest” is deleted.")
    card(page, "Forest").wait_for(state="detached")
    page.get_by_role("button", name="Undo").click()
    card(page, "Forest").wait_for()
    choose(page, "Forest", "Select")
    page.get_by_label("Select Meadow at noon").check()
    page.get_by_text("2 videos selected").wait_for()
    page.get_by_role("region", name="Selected videos").get_by_role("button", name="Delete").click()
    toasted(page, "2 videos are deleted.")
    page.goto(node.url + "videos/manage#bin")
    page.get_by_role("button", name="Restore Forest").click()
    page.get_by_role("button", name="Restore Forest").wait_for(state="detached")
    page.get_by_role("button", name="Delete Meadow at noon for good").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete for good").click()
    page.get_by_role("heading", name="Manage videos").wait_for()
    until(page, lambda: page.get_by_text("Meadow at noon").count() == 0)
    found = ask(node, "api/videos")["videos"]
    assert {one["title"] for one in found} >= {"Forest"}
    for tab in ("Storage", "Jobs", "Reports and held videos", "Bin"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_load_state("networkidle")
        assert grave(page) == [], tab


PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "color_scheme": "dark",
    "has_touch": True,
    "is_mobile": True,
}


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_everything_is_within_reach_on_a_phone(node: Node, stored: list[str], page: Page) -> None:
    drop(page, Pocket=MIB)
    page.get_by_role("heading", name="1 video uploaded").wait_for()
    card(page, "Pocket").get_by_text("Failed").wait_for()
    assert grave(page) == []
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main select, main input:not([type=checkbox])")]
            .map((one) => [one, one.getBoundingClientRect()])
            .filter(([one, {width, height}]) => width && one.checkVisibility() && !one.closest(".visually-hidden") && Math.min(width, height) < 43.5)
            .map(([one, {width, height}]) => `${one.ariaLabel ?? one.textContent} ${width}x${height}`)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for path in ("videos#playlists", "videos/manage#storage", "videos/manage#jobs"):
        page.goto(node.url + path)
        page.reload()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert grave(page) == [], path


def test_error_is_shown_and_passes_by_itself(node: Node, page: Page) -> None:
    answer = json.dumps({"error": "Unavailable", "message": "the database does not answer"})
    page.route("**/api/videos?*", lambda route: route.fulfill(status=503, body=answer))
    page.reload()
    page.get_by_role("alert").filter(has_text="The database does not answer.").wait_for()
    assert grave(page) == []
    page.unroute("**/api/videos?*")
    page.get_by_role("alert").filter(has_text="The database").wait_for(state="hidden")
    page.locator(".video-card").first.wait_for()
