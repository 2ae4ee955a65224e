"""What is said about a file that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.errors import SourceError
from framecast.model.missing_file import looks_like_file, missing_file, refuse_missing
from framecast.model.source import Source


def said(path: object, *, is_foreign: bool = False) -> str:
    return missing_file(Source(str(path), is_foreign)) or ""


def test_sentence_has_the_path_and_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "gardn.mp4"
    assert said(path) == f"there is no file {path}; the folder has no media files"
    (tmp_path / "front.mkv").touch()
    assert said(path) == f"there is no file {path}; media files there: front.mkv"
    (tmp_path / "garden.mp4").touch()
    assert said(path) == f"there is no file {path}; similar names there: garden.mp4"
    assert said(f"file:{path}") == said(path)
    assert said(tmp_path / "no" / "a.mp4").endswith(f": there is no folder {tmp_path / 'no'}")
    assert said(tmp_path / "front.mkv" / "a.mp4").endswith(f": there is no folder {tmp_path / 'front.mkv'}")


def test_strangers_learn_nothing_about_the_folder(tmp_path: Path) -> None:
    (tmp_path / "garden.mp4").touch()
    assert said(tmp_path / "gardn.mp4", is_foreign=True) == f"there is no file {tmp_path / 'gardn.mp4'}"


def test_relative_path_is_shown_as_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said("a.mp4").startswith(f"there is no file {tmp_path / 'a.mp4'}")


@pytest.mark.parametrize(
    "source", ["rtsp://a/b.mp4", "pattern:", "0", "v4l2:/dev/video99", "numbers:", "file://[", "a\0b"]
)
def test_other_sources_are_left_to_themselves(source: str) -> None:
    assert said(source) == ""


def test_file_that_exists_is_fine(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert said(tmp_path / "a.mp4") == said(tmp_path) == ""
    refuse_missing(Source(str(tmp_path / "a.mp4")))
    with pytest.raises(SourceError) as caught:
        refuse_missing(Source(str(tmp_path / "b.mp4")))
    assert caught.value.reason == "not-found"


def test_names_that_are_meant_as_files() -> None:
    assert [text for text in ("a.mp4", "A.MKV", "cam.1", "door", "mp4") if looks_like_file(text)] == [
        "a.mp4",
        "A.MKV",
    ]
