"""What is a name, what an address; and how long a stream that was opened by address lives."""

from __future__ import annotations

from pathlib import Path

import pytest

import framecast
from framecast.client.node_client import NodeClient
from framecast.client.place import is_name
from framecast.client.private import private_node
from tests.support.media_files import Clip


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("front-door", True),
        ("camera.1", True),
        ("0", True),
        (0, False),
        ("rtsp://10.0.0.1/live", False),
        ("pattern:", False),
        ("/dev/video0", False),
        ("clips/one.mp4", False),
        (Path("one"), False),
        ("", False),
    ],
)
def test_names_and_addresses(what: str | int | Path, expected: bool) -> None:
    assert is_name(what) is expected


def test_a_text_with_a_dot_that_is_a_file_here_is_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_name("clip.mp4")
    (tmp_path / "clip.mp4").touch()
    (tmp_path / "door").touch()
    assert not is_name("clip.mp4")
    assert is_name("door")


def names() -> list[str]:
    with NodeClient(socket=private_node().socket) as client:
        return [status.name for status in client.streams()]


def test_readers_of_one_address_share_its_stream_and_the_last_removes_it() -> None:
    before = names()
    one, two = framecast.open("numbers:?period=0.5"), framecast.open("numbers:?period=0.5")
    other = framecast.open("numbers:?period=0.5", stall_s=7.0)
    assert one.name == two.name != other.name
    assert len(names()) == len(before) + 2
    other.close()
    one.close()
    one.close()
    assert two.name in names()
    two.close()
    assert names() == before


def test_every_opening_of_a_file_is_its_own_from_its_beginning() -> None:
    path = Clip(size=(320, 240), seconds=2.0).path()
    with (
        framecast.open(path, loop=False, policy="queue(64)") as one,
        framecast.open(str(path), loop=False, policy="queue(64)") as two,
    ):
        assert one.name != two.name
        assert one.read(20).time_s < 1
        assert two.read(20).time_s < 1


def test_an_address_is_not_looked_for_in_a_node_and_bad_options_are_named(tmp_path: Path) -> None:
    with pytest.raises(framecast.Invalid, match="is not a stream name") as caught:
        framecast.open("rtsp://user:secret@10.0.0.1/live", node=tmp_path)
    assert "secret" not in str(caught.value)
    with pytest.raises(framecast.Invalid, match="flavour"):
        framecast.open("numbers:", flavour="vanilla")


def test_an_impatient_reader_hears_why_a_source_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no film at all" * 100)
    with (
        framecast.open(tmp_path / "broken.mp4", wait=False) as camera,
        pytest.raises(framecast.SourceError) as caught,
    ):
        camera.read(20)
    assert caught.value.reason in ("bad-data", "unsupported")


@pytest.mark.parametrize("given", ["./gardn.mp4", "gardn.mp4"])
def test_a_file_that_is_missing_is_named_at_once_with_the_names_near_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    (tmp_path / "garden.mp4").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(tmp_path / "run"))
    with pytest.raises(framecast.SourceError) as caught:
        framecast.open(given)
    assert caught.value.reason == "not-found"
    path = tmp_path / "gardn.mp4"
    assert str(caught.value).startswith(f"there is no file {path}; similar names there: garden.mp4")
    capture = framecast.VideoCapture(given)
    assert not capture.isOpened()
    assert "there is no file" in str(capture.error)
