"""What is still read of a damaged file of streams, and that the damaged file is kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from framecast.node import salvage
from framecast.node.salvage import Damaged, entries, read, set_aside

WHOLE = {"door": "pattern:", "yard": {"source": "rtsp://cam/1", "idle_s": 3}, "roof": "a.mp4"}


def test_entries_of_a_whole_object_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "streams.json"
    path.write_text(json.dumps(WHOLE))
    assert read(path) == WHOLE
    assert entries(json.dumps(WHOLE, indent=2)) == WHOLE


def test_wherever_the_file_is_cut_only_whole_entries_are_read() -> None:
    text = json.dumps(WHOLE)
    names = list(WHOLE)
    most = 0
    for end in range(len(text) + 1):
        found = entries(text[:end])
        assert list(found) == names[: len(found)]
        assert all(found[name] == WHOLE[name] for name in found)
        most = max(most, len(found))
        assert len(found) == most, "a longer text gives no fewer entries"
    assert most == len(names)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("[1, 2]", {}),
        ("{", {}),
        ('{"a" "x"}', {}),
        ('{"a": "x" "b": "y"}', {"a": "x"}),
        ('{"a": 12', {}),  # it may have been 123
        ('{"a": 12, "b": "y"}', {"b": "y"}),
        ('{"a": "x\ufffd", "b": "y"}', {"b": "y"}),
        ('{"a\ufffd": "x", "b": "y"}', {"b": "y"}),
        ('{"a": "x", b: "y"}', {"a": "x"}),
        ('{"a": ' + "[" * 100_000, {}),
    ],
)
def test_reading_ends_at_the_first_broken_entry(text: str, found: dict[str, Any]) -> None:
    assert entries(text) == found


@pytest.mark.parametrize(
    ("content", "why", "readable"),
    [
        (b"", "it is empty", {}),
        (b"[]", "one JSON object", {}),
        (b'{"door": "pattern:", "ya', "it is not JSON", {"door": "pattern:"}),
        (b'{"door": "\xff", "yard": "pattern:"}', "it is not JSON", {"yard": "pattern:"}),
        (b"[" * 200_000, "it is nested too deeply", {}),
    ],
)
def test_damage_is_named_and_the_rest_is_given(
    content: bytes, why: str, readable: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "streams.json"
    path.write_bytes(content)
    with pytest.raises(Damaged, match=why) as caught:
        read(path)
    assert caught.value.readable == readable


def test_pipe_and_folder_do_not_stop_the_node(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Damaged, match="it is not a file"):
        read(tmp_path / "pipe")
    with pytest.raises((Damaged, OSError)):
        read(tmp_path)


def test_file_beyond_the_limit_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "streams.json"
    path.write_text("{}")
    monkeypatch.setattr(salvage, "MAX_BYTES", 2)
    assert read(path) == {}
    monkeypatch.setattr(salvage, "MAX_BYTES", 1)
    with pytest.raises(Damaged, match="it has more than"):
        read(path)


def test_damaged_files_are_kept_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "streams.json"
    kept = []
    for text in ("one", "two", "three"):
        path.write_text(text)
        kept.append(set_aside(path))
        assert path.read_text() == text, "it has both names until it is replaced"
        path.unlink()
    assert [one.read_text() for one in kept] == ["one", "two", "three"]
    assert all(one.name.startswith("streams.json.broken-") for one in kept)


def test_folder_in_the_place_of_the_file_is_moved(tmp_path: Path) -> None:
    path = tmp_path / "streams.json"
    path.mkdir()
    assert set_aside(path).is_dir()
    assert not path.exists()
