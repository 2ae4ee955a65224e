"""The check of uploaded files: what is accepted, and what is found in it. What is refused: `test_hostile`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from framecast.processing.facts import checked_facts
from framecast.processing.run import run_task
from framecast.processing.tasks import TASKS
from tests.processing import videos
from tests.processing.videos import Video
from tests.support.media_files import made_at


def check(path: Path) -> dict[str, Any]:
    """Return the facts of a file, or raise Refused."""
    limits = replace(TASKS["check"].limits, wall_s=200.0)  # however busy the machine is
    return asyncio.run(run_task("check", {"input": str(path)}, inputs=[path], output=None, limits=limits))


def fact(facts: dict[str, Any], name: str) -> Any:
    found: Any = facts
    for part in name.split("."):
        found = found[part]
    return found


@pytest.mark.parametrize("video", [*videos.FFMPEG, *videos.GSTREAMER], ids=lambda video: video.name)
def test_what_people_record_is_accepted_and_described(video: Video) -> None:
    facts = check(video.make())
    found = {name: fact(facts, name) for name in video.facts}
    assert found == {
        name: pytest.approx(value, rel=0.05)
        if isinstance(value, float) and name == "duration_s"
        else pytest.approx(value)
        if isinstance(value, float)
        else value
        for name, value in video.facts.items()
    }
    assert facts["duration_s"] == pytest.approx(2.0, abs=0.3) or video.name == "slow-motion.mp4"


def test_subtitles_chapters_and_a_title_are_found(tmp_path: Path) -> None:
    words, parts, whole = tmp_path / "words.srt", tmp_path / "parts.txt", tmp_path / "whole.mkv"
    words.write_text("1\n00:00:00,000 --> 00:00:01,000\nHallo\n")
    parts.write_text(
        ";FFMETADATA1\ntitle=Garden\\\n\x07\n[CHAPTER]\nSTART=0\nEND=1000000000\n[CHAPTER]\nSTART=1000000000\nEND=2000000000\n"
    )
    made_at(
        whole,
        "-i",
        str(videos.plain()),
        "-i",
        str(words),
        "-i",
        str(parts),
        "-map",
        "0",
        "-map",
        "1",
        "-map_metadata",
        "2",
        "-map_chapters",
        "2",
        "-c",
        "copy",
        "-c:s",
        "srt",
        "-metadata:s:s:0",
        "language=deu",
    )
    facts = check(whole)
    assert facts["chapters"] == 2
    assert facts["subtitles"] == [{"index": 2, "codec": "subrip", "language": "deu", "label": ""}]
    assert facts["title"] == "Garden\\n\\x07"
    assert facts["can_remux"] is True


FACTS: dict[str, Any] = {
    "container": "mov",
    "duration_s": 2.0,
    "video": {
        "index": 0,
        "language": "",
        "label": "",
        "codec": "h264",
        "width": 192,
        "height": 144,
        "fps": 25.0,
        "is_vfr": False,
        "rotation": 90,
        "is_mirrored": False,
        "pixel_format": "yuv420p",
        "pixel_ratio": [1, 1],
        "bit_depth": 8,
        "transfer": "sdr",
    },
    "audio": {
        "index": 1,
        "language": "und",
        "label": "",
        "codec": "aac",
        "sample_rate": 48000,
        "channels": 2,
    },
    "subtitles": [{"index": 2, "codec": "subrip", "language": "deu", "label": ""}],
    "chapters": 2,
    "can_remux": True,
    "title": "Garden",
}


def test_facts_of_a_process_are_taken_if_each_is_as_it_must_be() -> None:
    assert checked_facts(FACTS) == FACTS
    assert checked_facts({**FACTS, "video": None, "duration_s": None}) == {
        **FACTS,
        "video": None,
        "duration_s": None,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("container", "hls"),
        ("container", ["mov"]),
        ("duration_s", -1),
        ("duration_s", 1e300),
        ("duration_s", "2"),
        ("duration_s", True),
        ("title", "\x1b[2J"),
        ("title", "x" * 201),
        ("chapters", 1.5),
        ("chapters", 1001),
        ("can_remux", 1),
        ("can_remux", None),
        ("subtitles", FACTS["subtitles"] * 21),
        ("subtitles", {}),
        ("video", {}),
        ("video", []),
        ("video", {**FACTS["video"], "width": 9000}),
        ("video", {**FACTS["video"], "width": 8192, "height": 8192}),
        ("video", {**FACTS["video"], "width": 192.5}),
        ("video", {**FACTS["video"], "rotation": 45}),
        ("video", {**FACTS["video"], "is_vfr": 0}),
        ("video", {**FACTS["video"], "codec": "hls"}),
        ("video", {**FACTS["video"], "fps": 1e9}),
        ("video", {**FACTS["video"], "pixel_ratio": [1, 0]}),
        ("video", {**FACTS["video"], "pixel_ratio": [1]}),
        ("video", {**FACTS["video"], "script": "<script>"}),
        ("audio", {**FACTS["audio"], "channels": 0}),
        ("audio", {**FACTS["audio"], "codec": ""}),
        ("more", 1),
    ],
)
def test_facts_that_are_not_as_they_must_be_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{field}|mapping|width"):
        checked_facts({**FACTS, field: value})
    with pytest.raises(ValueError, match="mapping"):
        checked_facts({name: one for name, one in FACTS.items() if name != field} | {"x": 1})
    with pytest.raises(ValueError, match="must be there"):
        checked_facts({**FACTS, "video": None, "audio": None})
