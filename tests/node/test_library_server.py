"""A node whose library is used: its server starts with the first notice, works on real files, and is replaced when it is killed."""

from __future__ import annotations

import hashlib
import html
from pathlib import Path

import httpx
import psutil
import pytest

from framecast.client.node_client import NodeClient
from framecast.errors import FramecastError
from framecast.library import Library, open_library
from framecast.model.library_layout import original_key
from framecast.model.video import LOCAL, VideoState
from framecast.model.video_job import UploadLimits
from framecast.store.objects import FolderObjects
from framecast.store.open import sqlite_url
from tests.node.running import gone, served
from tests.support.film_shelf import film
from tests.support.waiting import until


def upload(library: Library, folder: Path, content: bytes) -> str:
    """Bring a whole file into a library, as an upload does; return the id of its video."""
    upload = library.begin_upload(None, len(content), "film.mp4", {}, UploadLimits())
    library.note_offset(upload.id, len(content))
    FolderObjects(folder).put(original_key(upload.video), content)
    return library.finish_upload(upload.id, hashlib.sha256(content).hexdigest()).id


def tell(client: NodeClient) -> None:
    client.request({"op": "publish_topic", "topic": "videos", "key": ""})


def server(client: NodeClient) -> int:
    """The process of the library server, 0 without one."""
    return int(client.info().get("library", {}).get("pid", 0))


def tasks(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def test_uploaded_file_is_published_whoever_is_killed_meanwhile(place: Path) -> None:
    folder = place / "data" / "library"
    with served(place) as node:
        assert not {"library", "files"} & set(node.client.info()), "a library that is not used costs nothing"
        assert not folder.exists()
        (place / "data").mkdir(exist_ok=True)
        library = open_library(sqlite_url(place / "data" / "framecast.db"))
        content = film("sound.mp4").read_bytes()
        first = upload(library, folder, content)
        tell(node.client)
        until(
            lambda: is_ready(library, first), "the notice has started the server, and the video is published"
        )

        until(lambda: node.client.info()["files"]["answers"], "what moves its files runs, too")

        # Killed with its task: its successor does the job again at once, and ends the task's process.
        old = server(node.client)
        second = upload(library, folder, content + b"\0\0\0\x08free")
        tell(node.client)
        until(lambda: tasks(old) != [] or is_ready(library, second), "a task runs")
        running = tasks(old)
        psutil.Process(old).kill()
        gone(running)
        until(lambda: server(node.client) not in (0, old), "another process has taken its place")
        until(lambda: is_ready(library, second), "the video is published all the same")

        # Killed with the node: nothing is left, and the next node goes on by itself.
        third = upload(library, folder, content + b"\0\0\0\x08skip")
        everything = node.processes()
        node.process.kill()
        gone(everything)
    with served(place) as node:
        until(lambda: is_ready(library, third), "the library was used, so its server starts with the node")
        assert server(node.client)
    library.close()


def test_library_is_turned_off_and_on_by_a_reload(place: Path) -> None:
    config = place / "framecast.yaml"
    (place / "data" / "library").mkdir(parents=True)

    def turn(word: str) -> None:
        config.write_text(f"library: {{enabled: {word}}}\n")
        node.client.request({"op": "reload"})

    def answer() -> str:
        with pytest.raises(FramecastError) as error:
            node.client.request({"op": "video", "video": "nowhere"})
        return str(error.value)

    config.write_text("library: {enabled: false}\n")
    with served(place, "--config", str(config)) as node:
        web = node.client.info()["servers"]["web"]["url"].rstrip("/")
        assert not {"library", "files"} & set(node.client.info())
        assert "library.enabled: true" in refusal(f"{web}/api/videos")
        assert "library.enabled: true" in refusal(f"{web}/videos")
        assert "library.enabled: true" in answer()

        turn("true")
        until(lambda: not refusal(f"{web}/videos"), "the page is there")
        until(lambda: "no such video" in answer(), "the library server answers")
        running = psutil.Process(server(node.client))

        turn("false")
        gone([running])
        until(lambda: "library.enabled: true" in refusal(f"{web}/videos"), "the page says what to do")
        assert "library" not in node.client.info()
        assert "library.enabled: true" in answer()

        for word in ("true", "false", "true"):  # faster than a process ends
            turn(word)
        until(lambda: "no such video" in answer(), "another process answers")
        assert server(node.client) not in (0, running.pid)


def refusal(url: str) -> str:
    """What the web server says to a person if it refuses a page, empty if it does not; also while it is started again."""
    try:
        answer = httpx.get(url, headers={"Accept": "text/html"})
    except httpx.TransportError:
        return "no answer"
    return "" if answer.is_success else html.unescape(answer.text)


def is_ready(library: Library, video: str) -> bool:
    found = library.video(video, LOCAL)
    assert found.state is not VideoState.FAILED, found.reason
    return found.state is VideoState.READY
