"""`framecast snapshot` against a running node, and without one."""

import subprocess
from pathlib import Path

import cv2
import numpy as np

from tests.cli.running import COMMAND, Node, environment, run


def size_of(jpeg: bytes) -> tuple[int, int]:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.shape[1], image.shape[0]


def test_picture_is_saved_under_the_streams_name(node: Node, place: Path) -> None:
    done = node.command("snapshot", "pattern", cwd=place)
    assert done.stdout == "pattern.jpg\n", done.stderr
    assert size_of((place / "pattern.jpg").read_bytes()) == (320, 180)


def test_size_and_quality_are_as_asked_for(node: Node, place: Path) -> None:
    small, large = place / "small.jpg", place / "large.jpg"
    assert node.command("snapshot", "clip", str(small), "--size", "160x0", "--quality", "20").returncode == 0
    assert node.command("snapshot", "clip", str(large), "--size", "160x0", "--quality", "95").returncode == 0
    assert size_of(small.read_bytes()) == (160, 90)
    assert len(small.read_bytes()) < len(large.read_bytes())


def test_stream_that_does_not_exist_is_refused_at_once_with_what_there_is(node: Node) -> None:
    done = node.command("snapshot", "nobody")
    assert done.returncode != 0
    assert "there is no stream 'nobody'; existing streams: " in done.stderr


def test_dash_writes_to_stdout(node: Node) -> None:
    command = [*COMMAND, "snapshot", "pattern", "-"]
    done = subprocess.run(command, env=environment(node.folder), capture_output=True, timeout=60)
    assert size_of(done.stdout) == (320, 180)


def test_address_needs_no_node(tmp_path: Path) -> None:
    done = run(tmp_path, "snapshot", "pattern:?size=128x96", "a.jpg")
    assert done.returncode == 0, done.stderr
    assert size_of((tmp_path / "a.jpg").read_bytes()) == (128, 96)


def test_address_needs_the_name_of_a_file(tmp_path: Path) -> None:
    assert run(tmp_path, "snapshot", "pattern:?size=128x96").returncode == 2


def test_wrong_size_is_refused(node: Node) -> None:
    done = node.command("snapshot", "pattern", "--size", "big")
    assert done.returncode == 2
    assert "640x360" in done.stderr


def test_folder_that_is_not_there_is_named(node: Node) -> None:
    done = node.command("snapshot", "pattern", "/nowhere/a.jpg")
    assert done.returncode == 9
    assert "there is no folder /nowhere" in done.stderr
