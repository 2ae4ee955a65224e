"""What a task hands back is checked like an upload: each thing that is wrong is refused, beside a twin that is right."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framecast.errors import Broken
from framecast.servers.library.produced import check_form, check_output
from tests.servers.library.rig import INDEX, MEDIA, manifest, published

OLDER = {"main.mp4": "g000000000001"}


def written(folder: Path, **more: bytes) -> dict[str, Any]:
    """Write the files of a right result and return its manifest."""
    files = published(**more)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return manifest(files)


def test_right_result_is_taken_with_all_its_files(tmp_path: Path) -> None:
    right = written(tmp_path, **{"sub-de.vtt": b"WEBVTT\n\n", "waveform.json": b"{}"})
    right |= {"waveform": "waveform.json", "subtitles": [{"name": "sub-de.vtt"}]}
    right["storyboard"] = {"sheets": ["poster.jpg"]}
    output = check_output(tmp_path, check_form(right), {})
    assert set(output.own) == set(right["files"])


def test_file_of_an_older_generation_is_taken_only_from_where_it_lies(tmp_path: Path) -> None:
    right = written(tmp_path)
    (tmp_path / "main.mp4").unlink()
    right["files"]["main.mp4"]["from"] = OLDER["main.mp4"]
    assert check_output(tmp_path, right, OLDER).older == {"main.mp4": 200}
    for older in ({}, {"main.mp4": "g000000000002"}):
        with pytest.raises(Broken, match="generation"):
            check_output(tmp_path, right, older)


def _link(folder: Path, _right: dict[str, Any]) -> None:
    (folder / "poster.jpg").unlink()
    (folder / "poster.jpg").symlink_to("/etc/passwd")


def _hard_link(folder: Path, _right: dict[str, Any]) -> None:
    os.link(folder / "poster.jpg", folder.parent / "second")


def _pipe(folder: Path, right: dict[str, Any]) -> None:
    (folder / "poster.jpg").unlink()
    os.mkfifo(folder / "poster.jpg")
    right["files"]["poster.jpg"]["size"] = 0


def _folder(folder: Path, right: dict[str, Any]) -> None:
    (folder / "more").mkdir()


def _unnamed(folder: Path, _right: dict[str, Any]) -> None:
    (folder / "x.json").write_bytes(b"{}")


def _named(name: str, content: bytes) -> Callable[[Path, dict[str, Any]], None]:
    def change(folder: Path, right: dict[str, Any]) -> None:
        (folder / name).write_bytes(content)
        right["files"][name] = {"size": len(content), "from": None}

    return change


def _text(name: str, old: str, new: str) -> Callable[[Path, dict[str, Any]], None]:
    def change(folder: Path, right: dict[str, Any]) -> None:
        text = (folder / name).read_text().replace(old, new)
        _named(name, text.encode())(folder, right)

    return change


def _manifest(**changed: Any) -> Callable[[Path, dict[str, Any]], None]:
    def change(_folder: Path, right: dict[str, Any]) -> None:
        right |= changed

    return change


WRONG: dict[str, Callable[[Path, dict[str, Any]], None]] = {
    "a symbolic link": _link,
    "a file that has a second name": _hard_link,
    "a pipe": _pipe,
    "a folder": _folder,
    "a page": _named("index.html", b"<script>"),
    "a name with a capital letter": _named("Main.mp4", b"\0\0\0\x18ftyp"),
    "an MP4 file that is none": _named("main.mp4", b"<script>" * 27),
    "a picture that is none": _named("poster.jpg", b"<svg>"),
    "JSON that is none": _named("waveform.json", b"{"),
    "WebVTT that is none": _named("sub-de.vtt", b"<script>"),
    "text that is no UTF-8": _named("sub-de.vtt", b"WEBVTT\xff"),
    "a playlist of another place": _text("main.m3u8", "main.mp4", "../../../etc/passwd"),
    "a playlist with an address": _text("index.m3u8", "main.m3u8", "https://evil.example/x.m3u8"),
    "a playlist with a key": _text(
        "main.m3u8", "#EXTINF", '#EXT-X-KEY:METHOD=NONE,URI="file:///etc/passwd"\n#EXTINF'
    ),
    "a playlist with bytes behind the file": _text("main.m3u8", ":180@20", ":181@20"),
    "a playlist of a file that is not there": _text("index.m3u8", "main.m3u8", "v1.m3u8"),
    "a wrong size": lambda _folder, right: right["files"]["poster.jpg"].update(size=1),
    "a size that is no number": lambda _folder, right: right["files"]["poster.jpg"].update(size="14"),
    "a file that is not there": lambda folder, _right: (folder / "poster.jpg").unlink(),
    "a file that is not named": _unnamed,
    "no files": lambda _folder, right: right.update(files={}),
    "a poster that is not among the files": _manifest(poster="other.jpg"),
    "sheets that are not among the files": _manifest(storyboard={"sheets": ["b.jpg"]}),
    "a storyboard that is none": _manifest(storyboard=[1]),
    "subtitles that are not among the files": _manifest(subtitles=[{"name": "sub-x.vtt"}]),
    "a download that is no name": _manifest(download=["main.mp4"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_result_that_is_wrong_is_refused(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "output"
    folder.mkdir()
    right = written(folder)
    check_output(folder, right, {})
    WRONG[what](folder, right)
    with pytest.raises(Broken, match="not as it must be"):
        check_output(folder, check_form(right), {})


@pytest.mark.parametrize("wrong", [{}, {"files": []}, {"files": {"a": 1}}, {"files": {}, "subtitles": 1}])
def test_manifest_of_another_form_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        check_form(wrong)


def test_texts_are_those_of_the_rig() -> None:
    """The playlists above are right, so that a change of one word makes them wrong."""
    assert MEDIA.format("main").count("main.mp4") == 2
    assert "main.m3u8" in INDEX.format("main")
