"""go2rtc's own player files, unchanged, in a real Chromium, playing from Framecast."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from playwright.sync_api import Browser, Page, Route

from framecast.media.testpicture import read_blocks
from tests.cli.running import Node
from tests.servers.web.browser import blocks_on, chromium, until
from tests.support import needs
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer

FILES = Path(__file__).parents[2] / "support" / "go2rtc"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


@pytest.fixture(scope="module")
def camera() -> Iterator[RtspServer]:
    with RtspServer(Clip(size=(640, 360), gop_s=4.0, seconds=8, audio="aac")) as server:
        yield server


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, camera: RtspServer) -> Iterator[Node]:
    with Node(
        tmp_path_factory.mktemp("node"), "demo=pattern:?size=640x360&id=9", f"camera={camera.url()}"
    ) as running:
        yield running


@pytest.fixture
def page(browser: Browser, node: Node) -> Iterator[Page]:
    """A page of the node, strict policy included, into which the player's files are put."""
    context = browser.new_context()
    found = context.new_page()
    wrong: list[str] = []
    found.on("pageerror", lambda error: wrong.append(str(error)))

    def give(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        route.fulfill(body=(FILES / name).read_text(), content_type="text/javascript")

    found.route("**/go2rtc/*.js", give)
    found.goto(f"{node.url}docs")
    yield found
    context.close()
    assert wrong == []


def show(page: Page, src: str, mode: str = "webrtc,mse,hls,mjpeg") -> None:
    page.evaluate(
        """async ([src, mode]) => {
            await import(new URL("go2rtc/video-stream.js", location.href));
            const player = document.createElement("video-stream");
            player.mode = mode;
            player.src = new URL(`api/ws?src=${src}`, location.href);
            document.body.append(player);
            player.video.muted = true;
        }""",
        [src, mode],
    )


def mode_of(page: Page) -> str:
    return page.locator("video-stream .mode").inner_text()


@pytest.mark.parametrize("mode", ["mse", "webrtc,mse,hls,mjpeg"])
def test_its_player_plays_a_stream_by_mse(page: Page, mode: str) -> None:
    show(page, "demo", mode)
    first = until(page, lambda: blocks_on(page, "video-stream video"))
    assert first.stream_id == 9
    until(page, lambda: (found := blocks_on(page, "video-stream video")) and found.frame > first.frame + 30)
    assert mode_of(page) == "MSE"


def test_its_player_has_a_picture_at_once_although_others_have_watched_for_long(page: Page) -> None:
    """Its player looks for pictures at the beginning of the time line."""
    show(page, "camera", "mse")
    video = "document.querySelector('video-stream video')"
    until(page, lambda: page.evaluate(f"{video}.currentTime > 6"), 30)
    page.evaluate("document.querySelector('video-stream').remove()")
    show(page, "camera", "mse")
    until(page, lambda: page.evaluate(f"{video}.readyState >= 2 && {video}.videoWidth === 640"), 3)
    assert page.evaluate(f"{video}.buffered.start(0)") < 0.1


def test_its_player_shows_pictures_by_mjpeg(page: Page) -> None:
    show(page, "demo", "mjpeg")

    def frame() -> int:
        poster = page.evaluate("document.querySelector('video-stream video').poster")
        kind, _, data = poster.partition(",")
        if kind != "data:image/jpeg;base64":
            return -1
        found = read_blocks(np.asarray(simplejpeg.decode_jpeg(base64.b64decode(data), "GRAY"))[:, :, 0])
        return found.frame if found else -1

    first = until(page, lambda: (at := frame()) >= 0 and at + 1)
    until(page, lambda: frame() > first + 5)
    assert mode_of(page) == "MJPEG"


def test_its_player_falls_back_to_mjpeg_where_it_can_play_nothing_of_a_stream(page: Page) -> None:
    page.evaluate("() => { MediaSource.isTypeSupported = (type) => type.includes('flac'); }")
    show(page, "demo", "mse,mjpeg")
    until(
        page,
        lambda: page.evaluate(
            "document.querySelector('video-stream video').poster.startsWith('data:image/jpeg')"
        ),
    )
    assert mode_of(page) == "MJPEG"


# Its player plays on after a second description of the stream, but reports it as an error of the page.
@pytest.mark.flaky(
    reruns=4, reason="a camera that returns is sometimes described twice, first without its sound"
)
def test_its_player_goes_on_by_itself_when_the_source_returns(page: Page, camera: RtspServer) -> None:
    show(page, "camera", "mse")
    video = "document.querySelector('video-stream video')"
    until(page, lambda: page.evaluate(f"{video}.currentTime > 1"), 30)
    camera.kill()
    page.wait_for_timeout(2000)
    camera.start()
    stood = page.evaluate(f"{video}.currentTime")
    until(page, lambda: page.evaluate(f"{video}.currentTime") > stood + 2, 40)
