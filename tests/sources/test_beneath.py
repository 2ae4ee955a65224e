"""Paths inside of folders: what leads out of them is not found, and what is exchanged while it is opened is not opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framecast.errors import SourceError
from framecast.sources import beneath


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "cams").mkdir(parents=True)
    (folder / "cams" / "a.mp4").write_bytes(b"inside")
    (tmp_path / "mediation").mkdir()
    (tmp_path / "mediation" / "a.mp4").write_bytes(b"outside")
    (folder / "out").symlink_to(tmp_path / "mediation")
    (folder / "out.mp4").symlink_to("../mediation/a.mp4")
    (folder / "in.mp4").symlink_to("cams/a.mp4")
    (folder / "loop").symlink_to("loop")
    (tmp_path / "alias").symlink_to(folder)
    return folder


@pytest.mark.parametrize(
    "path",
    [
        "cams/a.mp4",
        "cams/../cams//a.mp4",
        "in.mp4",
        "{media}/cams/a.mp4",
        "{media}/../media/in.mp4",
        "{media}/../alias/in.mp4",
    ],
)
def test_what_is_inside_is_found_and_opened(media: Path, path: str) -> None:
    found = beneath.find(Path(path.format(media=media)), [str(media)])
    assert found is not None
    with beneath.hold(found, "it") as fd:
        assert Path(f"/proc/self/fd/{fd}").read_bytes() == b"inside"


@pytest.mark.parametrize(
    "path",
    [
        "out.mp4",
        "out/a.mp4",
        "..",
        ".",
        "../mediation/a.mp4",
        "{media}/../mediation/a.mp4",
        "{media}ation/a.mp4",
        "{media}",
        "/",
        "/etc/passwd",
        "/proc/self/environ",
        "a\0b",
        "\udcff/../../etc/passwd",
        "x" * 300 + "/../../etc/passwd",
    ],
)
def test_what_is_outside_is_not_found(media: Path, path: str) -> None:
    assert beneath.find(Path(path.format(media=media)), [str(media)]) is None
    assert beneath.find(Path("cams/a.mp4"), []) is None


def test_the_folder_may_be_reached_through_a_link_and_the_first_that_has_the_file_counts(media: Path) -> None:
    other = media.parent / "mediation"
    found = beneath.find(Path("a.mp4"), [str(media), str(media.parent / "none"), str(other)])
    assert found is not None
    assert found.path == os.path.join(os.path.realpath(other), "a.mp4")
    assert beneath.find(Path("cams/a.mp4"), [str(media.parent / "alias")]) is not None


@pytest.mark.parametrize("exchanged", ["cams", "cams/a.mp4"])
def test_link_put_in_the_way_after_the_check_is_refused(media: Path, exchanged: str) -> None:
    found = beneath.find(Path("cams/a.mp4"), [str(media)])
    assert found is not None
    target = media.parent / "mediation" / ("a.mp4" if "/" in exchanged else "")
    (media / exchanged).rename(media / "before")
    (media / exchanged).symlink_to(target)
    assert (media / "cams" / "a.mp4").read_bytes() == b"outside"
    with pytest.raises(SourceError) as caught, beneath.hold(found, "it"):
        raise AssertionError("it was opened")
    assert caught.value.reason == "forbidden"


def test_file_stays_the_same_one_after_it_was_opened(media: Path) -> None:
    found = beneath.find(Path("cams/a.mp4"), [str(media)])
    assert found is not None
    with beneath.hold(found, "it") as fd:
        (media / "cams" / "a.mp4").unlink()
        (media / "cams" / "a.mp4").symlink_to(media.parent / "mediation" / "a.mp4")
        assert Path(f"/proc/self/fd/{fd}").read_bytes() == b"inside"


def test_only_plain_files_are_opened_and_nothing_stays_open(media: Path) -> None:
    os.mkfifo(media / "pipe.mp4")
    before = len(os.listdir("/proc/self/fd"))
    for name, reason in (("pipe.mp4", "unsupported"), ("cams", "unsupported"), ("none.mp4", "not-found")):
        found = beneath.find(Path(name), [str(media)])
        assert found is not None
        with pytest.raises(SourceError) as caught, beneath.hold(found, "it"):
            raise AssertionError("it was opened")
        assert caught.value.reason == reason
        assert str(media) not in str(caught.value)
    assert len(os.listdir("/proc/self/fd")) == before
