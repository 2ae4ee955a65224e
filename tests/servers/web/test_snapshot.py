"""One picture over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from framecast.errors import Invalid
from framecast.model import State
from framecast.servers.web.media_routes import parse_duration
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
