"""A real file through the real tasks in their processes: checked, published, encoded; subtitles and a poster that people add."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from framecast.model.library_layout import file_key
from framecast.model.video import LOCAL, VideoState
from framecast.processing.run import run_task
from framecast.processing.tasks import TASKS
from tests.processing.results import clicking
from tests.servers.library.rig import Rig, until
from tests.servers.library.test_loop import is_idle, working
from tests.support.media_files import Clip

CLIP = Clip(size=(320, 180), seconds=5, gop_s=2)
SRT = "1\n00:00:01,000 --> 00:00:02,000\n<b>Hallo</b> <img src=x>\n"


@pytest.fixture
def rig(tmp_path: Path) -> Any:
    made = Rig(tmp_path)
    yield made
    made.close()


async def at_once(kind: str, request: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Not after everything else that this machine does."""
    return await run_task(kind, request, limits=replace(TASKS[kind].limits, nice=0), **more)


def work(rig: Rig) -> None:
    working(rig, at_once, lambda: until(lambda: is_idle(rig), "all jobs are done"))


def test_upload_becomes_a_video_that_people_add_to(rig: Rig) -> None:
    id = rig.upload(clicking("click.mp4", CLIP).read_bytes())
    work(rig)
    video = rig.video(id)
    assert (video.state, video.width, video.height) == (VideoState.READY, 320, 180)
    manifest = manifest_of(rig, id)
    assert manifest["is_final"]
    assert [one["name"] for one in manifest["renditions"]] == ["180p"]
    assert {"index.m3u8", "v180.mp4", "audio.mp4", "waveform.json", "storyboard-0.jpg"} <= set(
        manifest["files"]
    )
    assert manifest["download"] == "main.mp4"
    assert read(rig, id, "main.mp4")[4:8] == b"ftyp"
    assert read(rig, id, manifest["poster"])[:2] == b"\xff\xd8"
    before = read(rig, id, manifest["poster"])

    rig.library.add_subtitles(id, LOCAL, "de", "Deutsch", SRT)
    rig.library.set_poster(id, LOCAL, 4.0)
    work(rig)
    manifest = manifest_of(rig, id)
    assert [one["language"] for one in manifest["subtitles"]] == ["de"]
    assert b"<b>Hallo</b>\n" in read(rig, id, manifest["subtitles"][0]["name"])
    assert read(rig, id, manifest["poster"]) != before
    assert (manifest["hls"], manifest["download"]) == ("index.m3u8", "main.mp4")
    assert read(rig, id, "v180.mp4")[4:8] == b"ftyp"

    rig.library.remove_subtitles(id, LOCAL, "de")
    work(rig)
    assert manifest_of(rig, id)["subtitles"] == []


def manifest_of(rig: Rig, id: str) -> dict[str, Any]:
    media = rig.video(id).media
    assert media is not None
    return dict(media.manifest)


def read(rig: Rig, id: str, name: str) -> bytes:
    media = rig.video(id).media
    assert media is not None
    return rig.objects.read(file_key(id, media.manifest["files"][name]["from"] or media.generation, name))
