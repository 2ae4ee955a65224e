"""streams.json: what survives what."""

import json
import threading
from pathlib import Path

import pytest

from framecast.errors import FramecastError, Invalid
from framecast.model import StreamSpec
from framecast.node.saved import SavedStreams


def spec(name: str, **options: object) -> StreamSpec:
    return StreamSpec.from_json(name, {"source": "rtsp://user:geheim@camera/1", **options})


def test_what_was_put_is_loaded(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path / "new" / "folder")
    assert saved.load() == {}
    saved.put(spec("door", idle_s=3))
    saved.put(spec("gate"))
    saved.delete("gate")
    assert SavedStreams(tmp_path / "new" / "folder").load() == {"door": spec("door", idle_s=3)}


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("door", always=True))
    assert json.loads(saved.path.read_text()) == {
        "door": {"source": "rtsp://user:geheim@camera/1", "always": True}
    }
    assert saved.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["{", "[]", "\x00"])
def test_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    saved = SavedStreams(tmp_path)
    saved.path.write_text(content)
    with pytest.raises(Invalid, match=r"streams\.json"):
        saved.load()
    with pytest.raises(Invalid):
        saved.put(spec("door"))
    assert saved.path.read_text() == content


def test_one_damaged_stream_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("door"))
    streams = json.loads(saved.path.read_text())
    saved.path.write_text(json.dumps({"gate": {"colour": "red"}, **streams}))
    assert set(saved.load()) == {"door"}


def test_text_of_an_earlier_version_that_cannot_be_shown_is_left_out_alone(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.path.write_text(
        '{"bad": "/v/\\ud800.mp4", "esc": {"source": "/v/\\u001b[2J"}, "n\\u0000": "pattern:", "door": "pattern:",'
        ' "cafe": "/v/caf\\udce9.mp4"}'
    )
    found = saved.load()
    assert {name: str(spec.source) for name, spec in found.items()} == {
        "door": "pattern:",
        "cafe": "file:/v/caf%E9.mp4",
    }
    saved.put(spec("gate"))
    assert set(saved.load()) == {"door", "cafe", "gate"}


def test_two_nodes_do_not_lose_each_others_streams(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=SavedStreams(tmp_path).put, args=(spec(f"s{number}"),))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(SavedStreams(tmp_path).load()) == 20


def test_folder_that_cannot_be_made_is_an_error_of_the_caller(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FramecastError, match="nothing was changed"):
        SavedStreams(tmp_path / "file" / "data").put(spec("door"))
