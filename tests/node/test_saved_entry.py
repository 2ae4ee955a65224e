"""Saved addresses are sealed; plain files of earlier versions go on; a lost key costs nothing but the address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framecast import sources
from framecast.errors import FramecastError, Invalid
from framecast.keyfile import KeyFile
from framecast.model import StreamSpec
from framecast.node import saved_entry
from framecast.node.saved import SavedStreams

URL = "rtsp://user:geheim@camera/1"


def spec(name: str, source: str = URL, **options: object) -> StreamSpec:
    return StreamSpec.from_json(name, {"source": source, **options})


def test_no_address_of_a_camera_is_on_the_disk(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("door"))
    saved.put(spec("pond", "/v/pond.mp4?key=geheim"))
    saved.put(spec("test", "pattern:?fps=5"))
    written = [path.read_bytes() for path in tmp_path.iterdir()]
    assert not [content for content in written if b"geheim" in content or b"camera" in content]
    assert json.loads(saved.path.read_text())["test"] == {"source": "pattern:?fps=5"}
    assert {name: one.source.reveal() for name, one in SavedStreams(tmp_path).load().items()} == {
        "door": URL,
        "pond": "/v/pond.mp4?key=geheim",
        "test": "pattern:?fps=5",
    }


def test_node_without_secrets_makes_no_key(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("test", "pattern:"))
    saved.put(spec("film", "file:/v/film.mp4"))
    assert not KeyFile(tmp_path).path.exists()


def test_plain_file_of_an_earlier_version_is_read_and_sealed_at_the_next_change(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    old = {"door": {"source": URL, "always": True}, "gate": URL, "later": {"source": URL, "colour": "red"}}
    saved.path.write_text(json.dumps(old))
    assert saved.load() == {"door": spec("door", always=True), "gate": spec("gate")}
    assert json.loads(saved.path.read_text()) == old
    saved.delete("nothing")
    assert "geheim" not in saved.path.read_text()
    assert set(json.loads(saved.path.read_text())) == set(old), "what this version does not know stays"
    assert SavedStreams(tmp_path).load() == {"door": spec("door", always=True), "gate": spec("gate")}


def test_lost_key_keeps_the_stream_and_says_what_to_do(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("door", display_name="Haustür"))
    key, before = KeyFile(tmp_path).path.read_bytes(), json.loads(saved.path.read_text())
    KeyFile(tmp_path).path.unlink()

    again = SavedStreams(tmp_path)
    (found,) = again.load().values()
    assert (found.name, found.display_name) == ("door", "Haustür")
    assert "secret.key" in again.problems[0]
    assert "framecast add door ADDRESS" in again.problems[0]
    with pytest.raises(Invalid, match="type the address again"):
        sources.check(found)
    with pytest.raises(FramecastError, match="type the address again"):
        again.put(found)
    again.put(spec("gate"))  # with a new key
    assert json.loads(saved.path.read_text())["door"] == before["door"]

    KeyFile(tmp_path).path.write_bytes(KeyFile(tmp_path).path.read_bytes() + key)
    healed = SavedStreams(tmp_path)
    assert {one.source.reveal() for one in healed.load().values()} == {URL}
    assert healed.problems == []


def test_key_file_that_others_can_read_changes_nothing(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("door"))
    before = saved.path.read_bytes()
    KeyFile(tmp_path).path.chmod(0o644)
    with pytest.raises(FramecastError, match="chmod 600"):
        saved.put(spec("gate"))
    assert saved.path.read_bytes() == before
    again = SavedStreams(tmp_path)
    assert set(again.load()) == {"door"}
    assert "chmod 600" in again.problems[0]


def test_address_that_was_moved_to_another_stream_is_not_opened(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("door"))
    entries = json.loads(saved.path.read_text())
    saved.path.write_text(json.dumps({"mine": entries["door"]}))
    again = SavedStreams(tmp_path)
    assert "geheim" not in again.load()["mine"].source.reveal()
    assert "another use" in again.problems[0]


def test_after_a_rotation_the_next_change_seals_everything_anew(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("door"))
    name = KeyFile(tmp_path).rotate()
    saved.put(spec("gate"))
    entries = json.loads(saved.path.read_text())
    assert [f":{name}:" in entry["source"] for entry in entries.values()] == [True, True]
    assert {one.source.reveal() for one in SavedStreams(tmp_path).load().values()} == {URL}


def test_origin_of_an_address_is_kept(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    owner = spec("owner", "zmq://h:1/x?token_file=/etc/token")
    for one in (owner, spec("stranger").from_network()):
        saved.put(one)
    found = SavedStreams(tmp_path).load()
    assert {name: one.source.is_foreign for name, one in found.items()} == {"owner": False, "stranger": True}


def test_stand_in_of_an_address_does_not_take_its_place() -> None:
    with pytest.raises(Invalid, match="type the address again"):
        saved_entry.compact(spec("door", "sealed:0123456789abcdef"))
