"""Streams that are recorded into the library, from the command line and over HTTP, and read back by `video:ID`: a whole node."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import framecast
from framecast.errors import Conflict, NotFound
from tests.cli.running import Node, Running
from tests.support.waiting import until

CAMERA = "cam=pattern:?size=320x180&fps=25&audio=1"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("node"), CAMERA) as node:
        yield node


def api(node: Node, method: str, path: str, **options: Any) -> Any:
    """Return the JSON of an answer."""
    answer = httpx.request(method, f"{node.url}api/{path}", timeout=60, **options)
    assert answer.is_success, answer.text
    return answer.json()


def pictures(node: Node, video: str, **options: Any) -> list[Any]:
    """All pictures of a video."""
    with framecast.open(
        f"video:{video}", node=node.folder / "run", pace="fastest", loop=False, timeout_s=60, **options
    ) as reader:
        return [frame.bgr.shape for frame in reader]


def test_recording_over_http_plays_while_it_grows_and_is_read_afterwards(node: Node) -> None:
    video = api(node, "POST", "recordings", json={"stream": "cam", "title": "A parcel"})
    assert (video["title"], video["stream"], video["is_recording"]) == ("A parcel", "cam", True)
    again = httpx.post(f"{node.url}api/recordings", json={"stream": "cam"})
    assert (again.status_code, again.json()["error"]) == (409, Conflict.__name__)
    assert [one["id"] for one in api(node, "GET", "recordings")["videos"]] == [video["id"]]

    def playable() -> Any:
        found = api(node, "GET", f"videos/{video['id']}")
        return found if found["media"]["hls"] else None

    base = until(playable, "the recording can be played")["media"]["base"].lstrip("/")
    growing = httpx.get(f"{node.url}{base}main.m3u8")
    assert growing.headers["cache-control"] == "no-store"
    assert "EVENT" in growing.text
    assert "ENDLIST" not in growing.text
    until(lambda: len(httpx.get(f"{node.url}{base}main.m3u8").text) > len(growing.text), "it grows")
    part = httpx.get(f"{node.url}{base}main.mp4", headers={"Range": "bytes=0-99"})
    assert (part.status_code, part.content[4:8]) == (206, b"ftyp")

    ended = api(node, "DELETE", f"recordings/{video['id']}")
    assert not ended["is_recording"]
    assert ended["duration_s"] > 2

    def published() -> Any:
        found = api(node, "GET", f"videos/{video['id']}")
        return found if found["media"]["poster"] else None

    until(published, "the recording is checked and published like an upload")
    shapes = pictures(node, video["id"])
    assert set(shapes) == {(180, 320, 3)}
    assert len(shapes) == pytest.approx(ended["duration_s"] * 25, abs=3)


def test_recording_from_the_command_line_ends_by_itself_or_by_a_signal(node: Node) -> None:
    done = node.command("record", "cam", "--library", "--seconds", "3", "--title", "Three seconds")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"video:\S{22}: \d+\.\d s, Three seconds\n", done.stdout)
    with Running(node.folder, "record", "cam", "--library") as recording:
        until(lambda: api(node, "GET", "recordings")["videos"], "it records")
        recording.process.send_signal(signal.SIGINT)
        recording.ended()
    assert api(node, "GET", "recordings")["videos"] == []


def test_what_is_not_there_is_said(node: Node, tmp_path: Path) -> None:
    answer = httpx.post(f"{node.url}api/recordings", json={"stream": "nothing"})
    assert (answer.status_code, answer.json()["error"]) == (404, NotFound.__name__)
    assert httpx.delete(f"{node.url}api/recordings/nothing").status_code == 404
    done = node.command("record", "nothing", "--library")
    assert done.returncode != 0
    assert "no stream" in done.stderr
    for wrong in (["record", "cam"], ["record", "cam", str(tmp_path / "x.mp4"), "--library"]):
        assert "--library" in node.command(*wrong).stderr
    with pytest.raises(NotFound):
        framecast.open("video:AAAAAAAAAAAAAAAAAAAAAA", node=node.folder / "run")


def test_video_is_a_stream_that_begins_again_at_its_end(node: Node) -> None:
    done = node.command("record", "cam", "--library", "--seconds", "2")
    video = done.stdout.partition(": ")[0]
    missing = httpx.put(
        f"{node.url}api/streams", params={"name": "gone", "src": "video:AAAAAAAAAAAAAAAAAAAAAA"}
    )
    assert (missing.status_code, missing.json()["error"]) == (404, NotFound.__name__)
    assert httpx.put(f"{node.url}api/streams", params={"name": "again", "src": video}).is_success
    with framecast.open("again", node=node.folder / "run", policy="queue(64)", timeout_s=60) as reader:
        times = [frame.captured_at for _, frame in zip(range(100), reader, strict=False)]
    assert len(times) == 100  # more than the video has
    assert times == sorted(times)
    assert node.streams()["again"]["source"] == video
