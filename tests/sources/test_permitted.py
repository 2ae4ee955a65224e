"""Which files a confined process may open: where its folder is opened with it, and what is left out of a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from framecast.model import Source, StreamSpec
from framecast.sandbox import landlock
from framecast.sources import permitted


def of_source(
    address: str, kind: str = "file", folders: Sequence[str] | None = None, withheld: Sequence[str] = ()
) -> dict[str, int]:
    return dict(permitted.of_source(StreamSpec("x", Source(address)), kind, folders, withheld))


def test_the_folder_of_a_file_is_opened_unless_it_is_one_of_many_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    videos = home / "videos"
    videos.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    clip = videos / "clip.mp4"
    assert of_source(str(clip)) == {str(clip): landlock.READ, str(videos): landlock.READ}
    assert of_source(str(clip), withheld=[str(videos / "data")]) == {str(clip): landlock.READ}
    assert of_source(str(clip), withheld=[str(videos)]) == {str(clip): landlock.READ}
    for folder in (home, tmp_path, Path("/tmp"), Path("/none")):
        assert list(of_source(str(folder / "clip.mp4"))) == [str(folder / "clip.mp4")]


def test_of_a_stranger_the_file_alone_is_opened_and_nothing_outside_the_folders(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    assert of_source("clip.mp4", folders=[str(tmp_path)]) == {str(tmp_path / "clip.mp4"): landlock.READ}
    assert of_source("/etc/passwd", folders=[str(tmp_path)]) == {}


def test_devices_can_be_used_and_keys_can_be_read() -> None:
    assert of_source("/dev/video7", "device") == {"/dev/video7": landlock.USE}
    found = of_source("zmq://host/x?server_key_file=/keys/a&secret_key_file=/keys/b&other=/keys/c", "zmq")
    assert found == {"/keys/a": landlock.READ, "/keys/b": landlock.READ}
    assert of_source("rtsp://host/x?token_file=/etc/shadow", "rtsp") == {}


def test_a_withheld_folder_is_cut_out_of_a_folder_around_it(tmp_path: Path) -> None:
    for name in ("a/data/key", "a/lib/x", "b"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a" / "data")
    found = set(permitted._without(str(tmp_path), [str(tmp_path / "a" / "data")]))
    assert found == {str(tmp_path / "a" / "lib"), str(tmp_path / "b")}
    assert list(permitted._without(str(tmp_path / "a" / "data" / "key"), [str(tmp_path / "a")])) == []
    assert list(permitted._without(str(tmp_path / "b"), [str(tmp_path / "bb")])) == [str(tmp_path / "b")]


def test_programs_are_found_without_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    permitted.program_folders.cache_clear()
    try:
        found = permitted.program_folders()
    finally:
        permitted.program_folders.cache_clear()
    assert not any(str(tmp_path).startswith(folder) for folder in found if folder != "/")
    for module in (os, landlock, pytest):
        assert any(os.path.realpath(str(module.__file__)).startswith(folder) for folder in found)


def test_names_can_be_resolved_here() -> None:
    assert permitted.can_resolve()
