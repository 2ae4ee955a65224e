"""streams.json: what survives what."""

import json
import os
import threading
from pathlib import Path

import pytest

from framecast.errors import FramecastError
from framecast.keyfile import KeyFile
from framecast.model import StreamSpec
from framecast.node.saved import SavedStreams


def spec(name: str, **options: object) -> StreamSpec:
    return StreamSpec.from_json(name, {"source": "rtsp://user:geheim@camera/1", **options})


def test_what_was_put_is_loaded(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path / "new" / "folder")
    assert saved.load() == {}
    door = spec("door", idle_s=3, display_name="Haustür", groups=["Garten"])
    saved.put(door)
    saved.put(spec("gate"))
    saved.delete("gate")
    assert SavedStreams(tmp_path / "new" / "folder").load() == {"door": door}


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.put(spec("door", always=True, display_name="", groups=[]))
    (entry,) = json.loads(saved.path.read_text()).values()
    assert entry == {"source": entry["source"], "always": True}
    assert KeyFile(tmp_path).unseal(entry["source"], "source:door") == "rtsp://user:geheim@camera/1"
    assert saved.path.stat().st_mode & 0o777 == 0o600


DOOR = '"door": {"source": "rtsp://camera/1"}'


@pytest.mark.parametrize(
    ("content", "readable"),
    [
        (b"", set()),
        (b"{", set()),
        (b"[]", set()),
        (b"null", set()),
        (b"\x00" * 4096, set()),
        (b"\xff\xfe\x00garbage", set()),
        (b"[" * 100_000, set()),
        (f'{{{DOOR}, "gate": {{"source": "rtsp://cam'.encode(), {"door"}),
        (f'{{\n {DOOR},\n "gate": "rtsp://camera/2"'.encode(), {"door", "gate"}),
        (f'{{{DOOR}, "gate": 12'.encode(), {"door"}),
        (f'{{{DOOR}, "ga\udcffte": "x", "barn": "y", 7'.encode("utf-8", "surrogateescape"), {"door", "barn"}),
        (f"{{{DOOR}}}{{{DOOR}}}".encode(), {"door"}),
    ],
)
def test_damaged_file_is_kept_beside_and_what_can_be_read_of_it_is_used(
    tmp_path: Path, content: bytes, readable: set[str]
) -> None:
    saved = SavedStreams(tmp_path)
    saved.path.write_bytes(content)
    assert set(saved.load()) == readable
    (aside,) = tmp_path.glob("streams.json.broken-*")
    assert aside.read_bytes() == content
    assert str(aside) in saved.problems[0]
    saved.put(spec("barn"))
    again = SavedStreams(tmp_path)
    assert set(again.load()) == readable | {"barn"}
    assert again.found
    assert not again.problems
    saved.path.write_bytes(content)
    SavedStreams(tmp_path).put(spec("yard"))
    assert [path.read_bytes() for path in tmp_path.glob("streams.json.broken-*")] == [content, content]


def test_folder_or_pipe_in_its_place_is_kept_beside(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    saved.path.mkdir()
    (saved.path / "mine").touch()
    assert saved.load() == {}
    saved.put(spec("door"))
    (aside,) = tmp_path.glob("streams.json.broken-*")
    assert (aside / "mine").exists()
    saved.path.unlink()
    os.mkfifo(saved.path)
    assert saved.load() == {}
    assert len(list(tmp_path.glob("streams.json.broken-*"))) == 2


def test_damaged_file_that_cannot_be_replaced_is_left_and_its_streams_run(tmp_path: Path) -> None:
    saved = SavedStreams(tmp_path)
    content = f"{{{DOOR}, "
    saved.path.write_text(content)
    saved.path.with_suffix(".new").mkdir()  # as a folder or disk that may not be written
    assert set(saved.load()) == {"door"}
    assert "is not repaired" in saved.problems[0]
    with pytest.raises(FramecastError, match="nothing was changed"):
        saved.put(spec("gate"))
    assert saved.path.read_text() == content


@pytest.mark.parametrize(("removed", "left"), [(False, {"demo", "door"}), (True, set())])
def test_implicit_stream_is_saved_with_the_first_change(
    tmp_path: Path, removed: bool, left: set[str]
) -> None:
    saved = SavedStreams(tmp_path)
    saved.load()
    assert not saved.found
    saved.implicit = {"demo": spec("demo")}
    if removed:
        saved.delete("demo")
    else:
        saved.put(spec("door"))
    assert set(saved.load()) == left
    assert saved.found


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


def test_folder_that_cannot_be_written_is_a_problem_before_the_first_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = SavedStreams(tmp_path / "new" / "data")
    saved.load()
    assert saved.problems == []
    assert not list(tmp_path.iterdir()), "no folder is made before something is saved"
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    saved.load()
    assert (
        f"the data folder {tmp_path}/new/data cannot be written (Permission denied: {tmp_path})"
        in saved.problems[0]
    )
