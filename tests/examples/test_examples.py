"""Every example runs, and does what it says."""

from __future__ import annotations

import io
import urllib.request
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import framecast
from tests.client.nodes import TestNode
from tests.examples.programs import EXAMPLES, Program
from tests.support.media_files import frame_number
from tests.support.waiting import until


def test_reading_prints_frames_of_a_stream_and_of_an_address(cameras: TestNode) -> None:
    for source in ("door", "pattern:"):
        with Program("read.py", source, folder=cameras.folder) as program:
            for _ in range(3):
                program.expect(r"frame \d+: \d+ x \d+, mean [\d.]+, -?\d+ ms old")


def test_blur_shows_one_picture_a_second_as_a_stream_and_as_a_file(cameras: TestNode, tmp_path: Path) -> None:
    file = tmp_path / "blurred.png"
    with Program(
        "blur.py", "door", "--stream", "blurred", "--file", str(file), folder=cameras.folder
    ) as program:
        first = int(program.expect(r"frame (\d+) blurred")[1])
        with framecast.open("blurred", node=cameras.folder) as blurred:
            frame = blurred.read(20)
            assert (frame.width, frame.height) == (320, 240)
        assert int(program.expect(r"frame (\d+) blurred")[1]) >= first + 15
    sharp = framecast.snapshot("door", node=cameras.folder)
    assert _sharpness(file.read_bytes()) < 0.2 * _sharpness(sharp)


def _sharpness(data: bytes) -> float:
    gray = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    return float(cv2.Laplacian(gray, cv2.CV_64F).var())


def test_blur_without_a_place_says_where_it_could_go(cameras: TestNode) -> None:
    if "GTK" in cv2.getBuildInformation() or "QT:" in cv2.getBuildInformation():
        pytest.skip("this OpenCV has windows: install opencv-python-headless")
    with Program("blur.py", "door", folder=cameras.folder) as program:
        program.expect("use --stream NAME or --file FILE")
        assert program.wait() == 1


def test_one_process_serves_all_streams_of_the_node(cameras: TestNode) -> None:
    with Program("select_many.py", "--seconds", "30", folder=cameras.folder) as program:
        program.expect(r"door: [1-9]\d* frames, .*garden: [1-9]\d* frames")
    with Program("select_many.py", "door", "never", "--seconds", "1.5", folder=cameras.folder) as program:
        program.expect(r"door: [1-9]\d* frames, .*never: 0 frames")
        assert program.wait() == 0


def test_fragments_in_a_file_play(cameras: TestNode, tmp_path: Path) -> None:
    file = tmp_path / "door.mp4"
    with Program("fmp4_to_file.py", "door", str(file), "--seconds", "2", folder=cameras.folder) as program:
        program.expect("^init")
        program.expect("^key")
        assert program.wait() == 0
    with av.open(io.BytesIO(file.read_bytes()), "r") as container:
        numbers = [frame_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    assert len(numbers) > 25
    assert numbers[0] % 25 == 0
    assert all((after - before) % 100 == 1 for before, after in pairwise(numbers))


def test_server_and_client_in_one_program(tmp_path: Path, free_port: int) -> None:
    with Program("one_program.py", "--port", str(free_port), "--seconds", "60", folder=tmp_path) as program:
        program.expect(r"clock \d+ and test \d+ are [+-]\d+\.\d ms apart")
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/api/streams", timeout=20) as answer:
            assert b"clock" in answer.read()
        node = _child(program.process.pid)
        program.process.send_signal(2)
        program.wait()
        until(lambda: not Path(f"/proc/{node}").exists())


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def test_every_example_is_run_by_a_test() -> None:
    scripts = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.py")}
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    # What others import: chain/run.py, the clients of numbers, both ends of broadcast.
    modules = {"chain/analyse.py", "chain/detect.py", "chain/detectors.py"}
    modules |= {"numbers/numbers_client.py", "broadcast/window.py"}
    assert {script for script in scripts - modules if f'"{script}"' not in tests} == set()
