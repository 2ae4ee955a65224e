"""`framecast view`: what it takes, what it says, and how it ends. The windows themselves: tests/desktop."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, Node, environment
from tests.support.display import Display
from tests.support.media_files import Clip
from tests.support.program import LIMIT_S


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """Give a screen."""
    with Display() as screen:
        yield screen


def view(
    folder: Path, screen: dict[str, str], *arguments: str, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, "view", *arguments],
        env=environment(folder) | screen,
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


def test_so_many_pictures_of_each_stream_are_shown(display: Display, node: Node) -> None:
    done = view(node.folder, display.environment, "pattern", "clip", "--frames", "10", "--mute")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["pattern: 10 pictures", "clip: 10 pictures"]


def test_files_and_patterns_need_no_node(display: Display, place: Path) -> None:
    clip = Clip(size=(640, 360), audio="aac").path()
    done = view(place, display.environment, str(clip), "pattern:?size=320x180", "--frames", "5")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{clip}: 5 pictures")
    assert "pattern:?size=320x180: 5 pictures" in done.stdout


def test_address_may_come_by_stdin(display: Display, place: Path) -> None:
    done = view(place, display.environment, "-", "--frames", "3", given="pattern:?size=320x180\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("pattern:?size=320x180: 3 pictures")


def test_without_a_display_it_is_one_sentence(place: Path) -> None:
    for screen in ({"DISPLAY": "", "WAYLAND_DISPLAY": ""}, {"DISPLAY": ":9876", "WAYLAND_DISPLAY": ""}):
        done = view(place, screen, "pattern:", "pattern:?id=2")
        assert done.returncode == 1
        assert done.stdout == ""
        said = [line for line in done.stderr.splitlines() if line.startswith("framecast:")]
        assert len(said) == 1
        assert "display" in said[0]
        assert "run this on a desktop" in said[0]


def test_unknown_name_is_refused_before_a_window_opens(display: Display, node: Node) -> None:
    done = view(node.folder, display.environment, "pattern", "nobody")
    assert done.returncode == 3
    assert "nobody" in done.stderr


def test_name_without_a_node_says_so(display: Display, place: Path) -> None:
    done = view(place, display.environment, "front-door")
    assert done.returncode == 6
    assert "framecast serve" in done.stderr


def test_stream_without_pictures_says_so(display: Display, place: Path) -> None:
    done = view(place, display.environment, "numbers:")
    assert done.returncode == 3
    assert "frames" in done.stderr


@pytest.mark.parametrize("size", ["640", "0x480", "640x0", "axb"])
def test_size_that_cannot_be_is_refused(size: str, display: Display, place: Path) -> None:
    done = view(place, display.environment, "pattern:", "--size", size)
    assert done.returncode == 2
    assert size in done.stderr
