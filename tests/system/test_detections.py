"""A stream and what a detector finds in it, recorded into the library of a whole node: over HTTP and over the picture in Chromium.

The detector reads the number of each picture from the picture itself and answers with a box whose place says that number. So a box that is drawn over
another picture than its own shows.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser

import framecast
from framecast.media.testpicture import read_blocks
from tests.cli.running import Node
from tests.servers.web.browser import _PIXELS, Errors, chromium
from tests.servers.web.browser import until as until_page
from tests.support import needs
from tests.support.waiting import until

SIZE = (640, 360)
PLACES = 16
HOSTILE = '<img src=x onerror="window.stolen=1">' * 3


def box_of(number: int) -> list[int]:
    """The box of a picture: its left edge says the number, modulo `PLACES`."""
    return [20 + 36 * (number % PLACES), 200, 30, 100]


def detect(folder: Path, stop: threading.Event) -> None:
    with (
        framecast.open("cam", node=folder, policy="queue(8)", timeout_s=60) as camera,
        framecast.publish("cam.objects", tracks=["data"], node=folder) as out,
    ):
        for frame in camera:
            if stop.is_set():
                return
            found = read_blocks(frame.gray)
            if found is not None:
                answer = {"boxes": [box_of(found.frame)], "labels": [HOSTILE], "confidences": [0.9]}
                out.send_data({**answer, "frame": found.frame}, at=frame)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("node"), "cam=pattern:?size=640x360&fps=10") as node:
        yield node


@pytest.fixture(scope="module")
def video(node: Node) -> dict[str, Any]:
    """A video of about 8 s with its detections, published."""
    stop = threading.Event()
    detector = threading.Thread(target=detect, args=(node.folder / "run", stop))
    detector.start()
    try:
        until(lambda: "cam.objects" in node.streams(), "the detector publishes")
        done = node.command("record", "cam", "--library", "--seconds", "8")
        assert done.returncode == 0, done.stderr
    finally:
        stop.set()
        detector.join()
    id = done.stdout.removeprefix("video:").partition(":")[0]

    def published() -> Any:
        found = httpx.get(f"{node.url}api/videos/{id}", timeout=60).json()
        if not found["media"]["poster"]:
            threading.Event().wait(
                0.25
            )  # each question takes time from the task that publishes, which has a lower priority
        return found if found["media"]["poster"] else None

    found: dict[str, Any] = until(published, "the recording is published", 150)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(needs.chromium()) as found:
        yield found


def records(node: Node, video: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    answer = httpx.get(f"{node.url}api/videos/{video['id']}/data/cam.objects{query}", timeout=60)
    assert answer.is_success, answer.text
    return list(answer.json()["records"])


def test_data_of_a_detector_is_kept_through_publishing_and_read_by_time(
    node: Node, video: dict[str, Any]
) -> None:
    (track,) = video["media"]["data"]
    assert track["name"] == "cam.objects"
    found = records(node, video)
    assert len(found) == track["count"]
    assert len(found) > 40
    times = [one["time_s"] for one in found]
    assert times == sorted(times)
    frames = [one["value"]["frame"] for one in found]
    # Pictures are 0.1 s apart, and so are the answers about them: no time of arrival is among them.
    first = frames[0] - round(10 * times[0])
    assert [round(10 * at) + first for at in times] == frames
    assert all(one["value"]["boxes"] == [box_of(one["value"]["frame"])] for one in found)
    part = records(node, video, "?from_s=2&to_s=4")
    assert part == [one for one in found if 2 <= one["time_s"] < 4]
    base = f"{node.url}api/videos/{video['id']}/data"
    tag = httpx.get(f"{base}/cam.objects").headers["etag"]
    assert httpx.get(f"{base}/cam.objects", headers={"If-None-Match": tag}).status_code == 304
    assert httpx.get(f"{base}/nothing").status_code == 404
    assert httpx.get(f"{base}/cam.objects?from_s=3&to_s=2").status_code == 400
    assert httpx.delete(f"{node.url}api/videos/{video['id']}").is_success
    assert httpx.post(f"{node.url}api/videos/{video['id']}/restore").is_success
    assert records(node, video) == found


def test_data_is_read_in_python_with_the_times_of_the_pictures(node: Node, video: dict[str, Any]) -> None:
    found = records(node, video)
    what, folder = f"video:{video['id']}", node.folder / "run"
    options: dict[str, Any] = {"node": folder, "loop": False, "timeout_s": 60}
    with framecast.open(what, pace="fastest", **options) as reader, reader.data() as data:
        items = list(data)
    assert [item.value for item in items] == [one["value"] for one in found]
    assert [item.time_s for item in items] == pytest.approx([one["time_s"] for one in found], abs=0.002)
    # At the rate of the file, beside its pictures: the answer about a picture has its time of capture.
    with framecast.open(what, policy="queue(64)", **options) as reader, reader.data() as data:
        captured = {read_blocks(frame.gray).frame: frame.captured_at for frame in reader}  # type: ignore[union-attr]
        answers = {item.value["frame"]: item.captured_at for item in data}  # type: ignore[index,call-overload]
    assert len(answers) > 40
    assert all(abs(captured[number] - at) < 2_000_000 for number, at in answers.items() if number in captured)


def test_stream_of_a_video_has_its_data_again_and_again(node: Node, video: dict[str, Any]) -> None:
    source = {"name": "again", "src": f"video:{video['id']}"}
    assert httpx.put(f"{node.url}api/streams", params=source).is_success
    with (
        framecast.open("again", node=node.folder / "run", timeout_s=60) as reader,
        reader.data() as data,
    ):
        first = data.read()
        times = [first.time_s]
        for item in data:
            times.append(item.time_s)
            if item.value == first.value:  # the next pass
                break
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(video["duration_s"], abs=0.3)


_OVERLAY = """it => {
    const canvas = it.detections.element;
    const {width, height} = canvas;
    if (!width) return [0, 0, 0, 0];
    const {data} = canvas.getContext("2d").getImageData(0, Math.round(height * 250 / 360), width, 1);
    let [left, right] = [-1, -1];
    for (let x = 0; x < width; x++) if (data[4 * x + 3] > 100) [left, right] = [left < 0 ? x : left, x];
    return [width, height, left, right];
}"""


_AT = """at => {
    const it = document.querySelector("framecast-video");
    return !it.video.seeking && Math.abs(it.currentTime - at) < 0.2;
}"""


def test_box_is_drawn_over_its_own_picture_and_can_be_turned_off(
    node: Node, video: dict[str, Any], browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    errors = Errors(page)
    page.goto(f"{node.url}videos/{video['id']}")
    player = page.locator("framecast-video")
    player.locator(".big").click()
    page.keyboard.press("k")
    button = player.locator(".tool.data")

    def number() -> int | None:
        width, height, text = player.locator("video").evaluate(_PIXELS)
        if width <= 64:
            return None
        found = read_blocks(np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width))
        return found.frame if found else None

    def drawn() -> int | None:
        """The place of the box, None if there is none."""
        width, _, left, _ = player.evaluate(_OVERLAY)
        return None if left < 0 or not width else round((left / width * SIZE[0] - 20) / 36)

    frames = [one["value"]["frame"] for one in records(node, video)]

    def expected(shown: int) -> int:
        """The place of the box that counts: a detector on a busy machine misses pictures, and its last answer stays."""
        return max((one for one in frames if one <= shown), default=0) % PLACES

    seen = set()
    for at in (1.0, 2.55, 4.05, 5.15, 3.35):
        player.evaluate("(it, at) => it.seek(at)", at)
        page.wait_for_function(_AT, arg=at, timeout=60_000)
        until_page(page, lambda: (shown := number()) is not None and drawn() == expected(shown))
        seen.add(number())
    assert len(seen) == 5
    page.keyboard.press("d")
    until_page(page, lambda: drawn() is None)
    assert button.get_attribute("aria-pressed") == "false"
    page.keyboard.press("d")
    until_page(page, lambda: drawn() is not None)
    assert button.get_attribute("aria-pressed") == "true"
    page.keyboard.press("k")
    # While it plays, the box is that of this picture, or of one beside it: the two are not read at the same moment.
    for _ in range(10):
        page.wait_for_timeout(150)
        until_page(page, lambda: drawn() in {expected((number() or 0) + off) for off in (-1, 0, 1)})
    assert page.evaluate("window.stolen") is None
    assert page.locator("img[src=x]").count() == 0
    assert errors.found == []
    page.close()
