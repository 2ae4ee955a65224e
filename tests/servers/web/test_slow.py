"""Streams that show a picture now and then: its newest picture is no old one while the next is not overdue."""

from __future__ import annotations

from collections.abc import Callable

from framecast.model.cadence import patience_s
from tests.servers.web.browser import chromium
from tests.servers.web.mjpeg_reader import MjpegReader, blocks_of
from tests.servers.web.player_page import Player, open_page
from tests.servers.web.small_node import Camera, SmallNode
from tests.servers.web.web_process import WebProcess
from tests.support import needs

FRAME = "/api/frame.jpeg?src=door"


def tell(node: SmallNode, camera: Camera, every_s: float | None) -> None:
    """Let the node say how often the camera shows a picture."""
    camera.every_s = every_s
    node.tell(camera)


def test_newest_picture_of_a_slow_stream_is_given_at_once_until_the_next_is_overdue(
    node: SmallNode, start_web: Callable[..., WebProcess]
) -> None:
    camera = node.add("door", options={"stall_s": 0.5})
    first, second = start_web(), start_web()
    assert first.ask(FRAME)[0].status == 200
    camera.running.clear()
    while first.ask(FRAME)[0].status != 503:  # nobody knows yet that it is slow
        pass
    tell(node, camera, 60.0)
    while (found := first.ask(FRAME))[0].status != 200:
        pass
    response, body = first.ask(FRAME)
    assert body == found[1]
    assert (
        int(response.getheader("x-framecast-age-ms") or 0)
        > int(found[0].getheader("x-framecast-age-ms") or 0)
        > 500
    )
    # It has never asked for this stream, and gets what its publisher keeps.
    response, body = second.ask(FRAME)
    assert (response.status, response.getheader("x-live")) == (200, "1")
    assert blocks_of(body)
    shown = first.json("/api/streams?src=door")
    assert shown["every_s"] == 60.0
    # Pictures are due every 0.6 s, and none has come for longer.
    tell(node, camera, 0.6)
    while first.ask(FRAME)[0].status != 503:
        pass
    assert patience_s(0.6) < 5


def test_view_that_was_covered_shows_its_picture_again_when_the_stream_is_known_to_be_slow(
    node: SmallNode, web: WebProcess
) -> None:
    camera = node.add("door")
    with MjpegReader(web.connect(), "src=door") as viewer:
        viewer.until(live=True)
        camera.running.clear()
        viewer.until(live=False)
        tell(node, camera, 60.0)
        assert viewer.until(live=True).blocks
        node.fail("door")  # a source that has failed is not slow
        viewer.until(live=False)


def test_player_of_a_slow_stream_is_live_between_its_pictures(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door")
    with chromium(needs.chromium()) as browser:
        page = browser.new_page()
        open_page(page, f"http://127.0.0.1:{web.port}/healthz")
        player = Player(page, "door", mode="mjpeg")
        player.wait_until_live()
        camera.running.clear()
        player.wait("it.state === 'nosignal'")
        tell(node, camera, 60.0)
        player.wait("it.state === 'live'")
        late = Player(page, "door", id="late", mode="mjpeg")
        late.wait("it.state === 'live'")
        # It is still live when a stream of many pictures a second would long be covered.
        seen = late.get("states.late")
        page.wait_for_function(
            "(from) => performance.now() > from + 3000", arg=page.evaluate("performance.now()")
        )
        assert late.get("states.late") == seen
        assert seen[-1] == "live"
        node.fail("door")
        for one in (player, late):
            one.wait("it.state === 'nosignal' && it.words !== ''")
        page.close()
