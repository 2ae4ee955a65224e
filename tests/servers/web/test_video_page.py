"""The page of a video in Chromium: what it shows in each state, what its owner can do, light and dark, on a phone; and its addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers.web.browser import Errors, chromium, until
from tests.servers.web.page_modules import STATIC, PageModules
from tests.servers.web.test_accessibility import grave
from tests.servers.web.video_site import ID, VideoSite, video, waiting
from tests.support import needs

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> PageModules:
    imports = 'import { descriptionParts, embedCodes, neighboursOf, videoAddress, videoHere } from "./video-place.js";'
    return PageModules(tmp_path_factory.mktemp("place"), [STATIC / "video-place.js"], imports)


@pytest.fixture(scope="module")
def site() -> Iterator[VideoSite]:
    with VideoSite() as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture
def opened(browser: Browser, site: VideoSite) -> Iterator[Any]:
    site.videos = {ID: video()}
    site.bodies.clear()
    pages: list[tuple[Page, Errors]] = []

    def open_page(path: str = f"videos/{ID}", **options: Any) -> Page:
        # axe-core is put into the page by the test: only for that the policy of the pages is set aside.
        page = browser.new_page(**{"viewport": {"width": 1440, "height": 900}, "bypass_csp": True, **options})
        pages.append((page, Errors(page)))
        page.goto(f"{site.url}/{path}")
        return page

    yield open_page
    found = [text for _, errors in pages for text in errors.found]
    for page, _ in pages:
        page.close()
    assert found == []


def test_address_of_a_page_names_its_video(modules: PageModules) -> None:
    script = """
        const of = (href, root = "https://x.test/tv/") => { const { id, query } = videoHere(href, root); return [id, query.get("t")]; };
        print([of("https://x.test/tv/videos/aB-_9?t=90"), of("https://x.test/tv/videos/aB/embed"), of("https://x.test/tv/videos/"), of("https://x.test/other/videos/aB"),
          videoAddress("https://x.test/tv/", "aB", { list: "L", at: 90.7 }), videoAddress("https://x.test/", "aB")]);
    """
    assert modules.run(script) == [
        *(["aB-_9", "90"], ["aB", None], ["", None], ["", None]),
        *("https://x.test/tv/videos/aB?list=L&t=90", "https://x.test/videos/aB"),
    ]


def test_codes_for_other_pages(modules: PageModules) -> None:
    script = 'print(embedCodes("https://x.test/tv/", "aB", { width: 1080, height: 1920 }))'
    codes = modules.run(script)
    assert 'src="https://x.test/tv/static/video-player.js"' in codes["element"]
    assert '<framecast-video src="aB">' in codes["element"]
    assert 'src="https://x.test/tv/videos/aB/embed"' in codes["frame"]
    assert 'width="640" height="1138"' in codes["frame"]


def test_description_has_links_and_places_and_no_markup(modules: PageModules) -> None:
    script = """
        print(descriptionParts('<b>0:20</b> and 1:02:03, see (https://x.test/a?b=1). javascript:alert(1) at 12:99 or 10.0:30 or 1:2'));
    """
    parts = modules.run(script)
    assert [part["place"] for part in parts if "place" in part] == ["0:20", "1:02:03"]
    assert [part["href"] for part in parts if "href" in part] == ["https://x.test/a?b=1"]
    assert "".join(part.get("text") or part.get("place") or part["href"] for part in parts).startswith(
        "<b>0:20</b> and"
    )


def test_neighbours_in_a_list(modules: PageModules) -> None:
    script = """
        const list = ["a", "b", "c"].map((id) => ({ id }));
        print(["a", "b", "c", "x"].map((id) => { const { at, previous, next } = neighboursOf(list, id); return [at, previous?.id ?? null, next?.id ?? null]; }));
    """
    assert modules.run(script) == [[0, None, "b"], [1, "a", "c"], [2, "b", None], [-1, None, None]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_shows_the_video_and_shuts_nobody_out(scheme: str, opened: Any, site: VideoSite) -> None:
    page = opened(f"videos/{ID}?t=20", color_scheme=scheme)
    page.get_by_role("heading", name="Arrival at the lake", level=1).wait_for()
    assert page.title() == "Arrival at the lake · Framecast"
    page.wait_for_function("document.querySelector('framecast-video').video.readyState >= 2")
    assert page.locator("framecast-video").evaluate("(it) => Math.round(it.currentTime)") == 20
    assert (
        page.get_by_role("link", name="https://example.org/lake").get_attribute("rel")
        == "noopener noreferrer nofollow ugc"
    )
    assert grave(page) == []
    page.locator("framecast-video .big").click()
    page.locator("framecast-video[state=playing]").wait_for()
    page.locator("framecast-video .settings").click()
    page.locator("framecast-video [role=menuitem]").first.wait_for()
    assert grave(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.locator("framecast-video[theatre]").wait_for()
    assert page.locator(".watch-player").bounding_box()["width"] >= 1425
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Begin at").check()
    assert f"/videos/{ID}?t=2" in page.get_by_role("dialog").inner_text()
    assert grave(page) == []
    page.get_by_role("button", name="Done").click()


def test_owner_changes_poster_subtitles_text_and_deletes_with_undo(opened: Any, site: VideoSite) -> None:
    page = opened()
    page.wait_for_function("document.querySelector('framecast-video').video.readyState >= 2")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Title", exact=True).fill("Departure")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Departure", level=1).wait_for()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Use this picture as the poster").click()
    page.get_by_role("img", name="The picture at 0:00").wait_for()
    assert grave(page) == []
    page.get_by_role("button", name="Use this picture").click()
    until(page, lambda: {"at_s": 0} in site.bodies)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Subtitles").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Deutsch (de)").wait_for()
    dialog.get_by_role("button", name="Add").click()
    dialog.get_by_text("Choose a file.").wait_for()
    page.get_by_label("File").set_input_files(
        {
            "name": "lake.fr.srt",
            "mimeType": "text/plain",
            "buffer": b"1\n00:00:01,000 --> 00:00:02,000\nOui\n",
        }
    )
    assert page.get_by_label("Language").input_value() == "fr"
    assert grave(page) == []
    dialog.get_by_role("button", name="Add").click()
    until(page, lambda: any("Oui" in str(body) for body in site.bodies))
    assert site.asked(f"PUT /api/videos/{ID}/subtitles?language=fr&label=fr") == 1
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_text("This video is deleted").wait_for()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("This video is deleted")).to_be_hidden()
    page.locator("framecast-video .big").wait_for()


@pytest.mark.parametrize(
    ("item", "words", "button"),
    [
        (waiting("uploading", progress=0.4), "40 %", None),
        (waiting("processing", progress=0.5), "processing goes on", "Stop processing"),
        (waiting("failed", reason="the file has no video"), "upload it in another format", "Process again"),
        (waiting("failed", reason="this is no video", size=0), "The file was not kept", None),
        (waiting("ready", is_held=True), "An admin holds this video back", "Release"),
    ],
    ids=["uploading", "processing", "failed", "refused", "held"],
)
def test_state_says_what_can_be_done(
    item: dict[str, Any], words: str, button: str | None, opened: Any, site: VideoSite
) -> None:
    site.put(item)
    page = opened(color_scheme="dark", **PHONE)
    page.get_by_text(words).first.wait_for()
    if button:
        page.get_by_role("button", name=button).wait_for()
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    site.put(video())
    page.locator("framecast-video .big").wait_for()


def test_guest_of_a_video_that_is_gone_and_of_one_that_is_somebody_elses(
    opened: Any, site: VideoSite
) -> None:
    page = opened("videos/BBBBBBBBBBBBBBBBBBBBBB")
    page.get_by_role("heading", name="This video is not here").wait_for()
    assert grave(page) == []
    site.put(video(is_mine=False, may_edit=False, description="", tags=[]))
    page = opened(**PHONE)
    page.get_by_role("heading", name="Arrival at the lake").wait_for()
    expect(page.get_by_role("button", name="Edit")).to_be_hidden()
    assert "Ada" in page.locator(".watch-note").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_playlist_leads_to_the_next_video(opened: Any, site: VideoSite) -> None:
    other = video("B" * 22, title="A walk")
    site.videos[other["id"]] = other
    site.playlists["L"] = {"id": "L", "title": "Summer", "videos": [site.videos[ID], other]}
    page = opened(f"videos/{ID}?list=L")
    page.get_by_role("navigation", name="Playlist").get_by_text("1 of 2").wait_for()
    page.locator("framecast-video .next").click()
    page.get_by_role("heading", name="A walk").wait_for()
    assert page.url.endswith(f"/videos/{other['id']}?list=L")


def test_frame_for_other_pages(opened: Any) -> None:
    page = opened(f"videos/{ID}/embed?autoplay&muted&t=0:30", viewport={"width": 480, "height": 270})
    page.locator("framecast-video[state=playing]").wait_for()
    page.wait_for_function("document.querySelector('framecast-video').currentTime >= 30")
    assert page.locator("framecast-video").bounding_box() == {"x": 0, "y": 0, "width": 480, "height": 270}
    assert grave(page) == []
