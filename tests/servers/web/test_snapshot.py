"""One picture over HTTP."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse

import pytest

from framecast.errors import Invalid
from framecast.model import State
from framecast.servers.web.live.silence import OLD_S
from framecast.servers.web.viewers.picture_routes import parse_duration
from tests.servers.web.mjpeg_reader import blocks_of, size_of
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

FRAME = "/api/frame.jpeg?src=door"


def test_picture_is_made_after_it_was_asked_for(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door")
    for _ in range(5):
        before = camera.frame
        response, body = web.ask(FRAME)
        assert response.status == 200
        assert response.getheader("content-type") == "image/jpeg"
        assert response.getheader("cache-control") == "no-store"
        blocks = blocks_of(body)
        assert blocks
        assert blocks.frame > before


def test_size_keeps_the_proportion(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    assert size_of(web.ask(FRAME)[1]) == (640, 360)
    assert size_of(web.ask(FRAME + "&w=320")[1]) == (320, 180)
    assert size_of(web.ask(FRAME + "&h=180")[1]) == (320, 180)
    assert size_of(web.ask(FRAME + "&w=200&h=200")[1]) == (200, 200)


def test_quality_changes_the_size_in_bytes(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    assert len(web.ask(FRAME + "&q=20")[1]) < len(web.ask(FRAME + "&q=95")[1])


def test_cached_picture_is_given_while_it_is_young_enough(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door")
    first = web.ask(FRAME + "&cache=1m")[1]
    node.fail("door")
    assert web.ask(FRAME + "&cache=1m")[1] == first
    node.recover("door")
    shown = camera.frame
    blocks = blocks_of(web.ask(FRAME)[1])
    assert blocks
    assert blocks.frame > shown


def test_all_who_ask_at_once_share_one_subscriber(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door", fps=5)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: web.ask(FRAME)[1], range(16)))
    assert len(camera.readers) == 1
    assert len(set(found)) < len(found)


def test_failed_camera_has_no_snapshot_but_a_reason(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    node.fail("door", "bad-auth")
    for _ in range(2):
        response, body = web.ask(FRAME)
        assert response.status == 503
        assert response.getheader("retry-after")
        assert b"the user name or password is wrong" in body


def test_camera_that_comes_while_a_snapshot_waits_is_shown(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door")
    node.set_state("door", State.CONNECTING)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(web.ask, FRAME)
        camera.switch.wait_for(lambda: bool(camera.readers))
        node.recover("door")
        assert asked.result()[0].status == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "src=",
        "src=a/b",
        "src=door&w=-1",
        "src=door&w=20000",
        "src=door&q=0",
        "src=door&q=x",
        "src=door&cache=soon",
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(node: SmallNode, web: WebProcess, query: str) -> None:
    node.add("door")
    response, _ = web.ask(f"/api/frame.jpeg?{query}")
    assert response.status == 400
    answer = web.json(f"/api/frame.jpeg?{query}")
    assert answer["error"] == "Invalid"
    assert len(answer["message"]) > 10


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 0), ("5s", 5), ("500ms", 0.5), ("1.5m", 90), ("1h", 3600), ("7", 7)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["2h", "-1s", "5 s", "s", "1d", "9" * 50])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_duration(text)


def age_ms(response: HTTPResponse) -> int:
    return int(response.getheader("x-framecast-age-ms") or -1)


def test_picture_tells_its_age_and_when_it_was_captured(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    response, _ = web.ask(FRAME)
    captured = float(response.getheader("x-timestamp") or 0)
    assert response.getheader("x-live") == "1"
    assert 0 <= age_ms(response) <= 1000 * (time.time() - captured) + 1


def test_camera_that_stops_is_an_error_with_the_age_of_its_last_picture(
    node: SmallNode, web: WebProcess
) -> None:
    camera = node.add("door", options={"stall_s": 0.5})
    captured = float(web.ask(FRAME)[0].getheader("x-timestamp") or 0)
    camera.running.clear()  # the node still calls it live
    response, body = web.ask(FRAME)
    assert response.status == 503
    assert b"no pictures are coming" in body
    assert age_ms(response) > 500
    assert float(response.getheader("x-timestamp") or 0) >= captured
    assert response.getheader("cache-control") == "no-store"
    camera.running.set()
    while web.ask(FRAME)[0].status != 200:
        pass


def test_no_signal_is_a_picture_where_that_is_asked_for(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door", options={"stall_s": 0.5})
    shown = web.ask(FRAME + "&nosignal=picture")
    assert (shown[0].status, shown[0].getheader("x-live")) == (200, "1")
    camera.running.clear()
    for failed in (False, True):
        if failed:
            node.fail("door", "bad-auth")
        response, body = web.ask(FRAME + "&nosignal=picture&w=320")
        assert (response.status, response.getheader("x-live")) == (200, "0")
        assert response.getheader("content-type") == "image/jpeg"
        assert response.getheader("cache-control") == "no-store"
        assert size_of(body) == (320, 180)
        assert blocks_of(body) is None
    assert web.ask(FRAME + "&nosignal=maybe")[0].status == 400


def test_kept_picture_of_a_camera_that_stopped_is_no_fresh_one(
    node: SmallNode, start_web: Callable[..., WebProcess]
) -> None:
    camera = node.add("door")
    first, second = start_web(), start_web()
    newest = first.ask(FRAME)[1]
    camera.running.clear()
    while age_ms(first.ask(FRAME)[0]) < 1000 * OLD_S:
        pass
    # It has never asked for this stream, and gets the picture that its publisher keeps.
    response, _ = second.ask(FRAME)
    assert response.status == 503
    assert age_ms(response) > 1000 * OLD_S
    response, body = second.ask(FRAME + "&cache=1m")
    assert response.status == 200
    assert age_ms(response) > 1000 * OLD_S
    shown, before = blocks_of(body), blocks_of(newest)
    assert shown
    assert before
    assert shown.frame >= before.frame
    camera.running.set()
    while second.ask(FRAME)[0].status != 200:
        pass
