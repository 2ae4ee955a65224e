"""Test clips: what is in the file, and what happens to files that exist or fail."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from framecast.errors import Conflict, Invalid
from framecast.media.testclip import CODECS, TestClip, write
from framecast.media.testpicture import read_blocks

SHORT: dict[str, Any] = {"seconds": 0.4, "size": (320, 240), "fps": Fraction(25)}


def make(path: Path, *, replace: bool = False, **options: Any) -> list[float]:
    """Write a clip and return the progress that was reported."""
    done: list[float] = []
    write(path, TestClip(**(SHORT | options)), replace=replace, on_progress=done.append)
    return done


@pytest.mark.parametrize("codec", CODECS)
def test_clip_has_its_pictures_in_their_order_and_its_sound(tmp_path: Path, codec: str) -> None:
    done = make(tmp_path / "a.mp4", codec=codec)
    with av.open(str(tmp_path / "a.mp4")) as file:
        blocks = [
            read_blocks(frame.to_ndarray(format="bgr24").astype(np.uint8)) for frame in file.decode(video=0)
        ]
        assert [(one.frame, one.time_ms) for one in blocks if one] == [(at, at * 40) for at in range(10)]
        assert file.streams.video[0].average_rate == 25
    with av.open(str(tmp_path / "a.mp4")) as file:
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert samples >= 0.4 * 48000
    assert done == pytest.approx([0.04 * at for at in range(1, 11)])


def test_clip_without_sound_has_none(tmp_path: Path) -> None:
    make(tmp_path / "a.mkv", audio=False)
    with av.open(str(tmp_path / "a.mkv")) as file:
        assert [stream.type for stream in file.streams] == ["video"]


def test_existing_file_is_replaced_only_on_demand(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"mine")
    with pytest.raises(Conflict, match="exists already"):
        make(path)
    assert path.read_bytes() == b"mine"
    make(path, replace=True)
    assert path.stat().st_size > 1000
    assert list(tmp_path.iterdir()) == [path]


def test_file_that_appears_during_the_work_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"

    def take_the_name(_: float) -> None:
        path.write_bytes(b"mine")

    with pytest.raises(Conflict):
        write(path, TestClip(**SHORT), on_progress=take_the_name)
    assert path.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [path]


def test_interrupted_work_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.mp4", TestClip(**SHORT), on_progress=interrupt)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("a.txt", {}, ".mkv"),
        ("a.mov", {"codec": "vp9"}, ".mov cannot contain vp9"),
        ("a.mp4", {"codec": "h266"}, "codec must be one of h264"),
        ("a.mp4", {"size": (321, 240)}, "even sides"),
        ("a.mp4", {"size": (64, 64)}, "at least 128x96"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(
    tmp_path: Path, name: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid) as raised:
        make(tmp_path / name, **options)
    assert said in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_missing_folder_is_the_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        make(tmp_path / "no" / "a.mp4")
    assert raised.value.filename == str(tmp_path / "no" / "a.mp4")
