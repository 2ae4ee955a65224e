"""The chain of analysers and one detector, and the death of each of its members."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framecast
from tests.client.nodes import TestNode
from tests.examples.onnx_file import constant_model
from tests.examples.programs import EXAMPLES, Program

CAMERAS = ("door", "garden")


def answer(reader: framecast.Reader) -> tuple[dict[str, Any], Any]:
    """Return the next answer of the detector, and the record that carried it."""
    item = next(iter(reader.data(policy="latest")))
    assert isinstance(item.value, dict)
    return item.value, item


def test_every_camera_is_answered_with_the_frames_own_time(cameras: TestNode) -> None:
    with Program("chain/run.py", *CAMERAS, folder=cameras.folder) as chain:
        chain.expect("model loaded")
        for camera in CAMERAS:
            with (
                framecast.open(f"{camera}.motion", node=cameras.folder, policy="queue(64)") as motion,
                framecast.open(f"{camera}.objects", node=cameras.folder, timeout_s=40) as objects,
            ):
                seen = {motion.read(40).captured_at}
                value: dict[str, Any] = {}
                for _ in range(3):
                    value, item = answer(objects)
                    assert item.captured_at == value["captured_at"]
                    assert len(value["boxes"]) == len(value["labels"]) == len(value["confidences"])
                    while value["captured_at"] > max(seen):
                        seen.add(motion.read(40).captured_at)
                    assert value["captured_at"] in seen or value["captured_at"] < min(seen)
                assert objects.read().width == value["width"]
    assert "model loaded" not in chain.lines[chain.lines.index("model loaded") + 1 :]


@pytest.mark.parametrize("victim", ["analyse door", "analyse garden", "detect"])
def test_the_chain_survives_the_death_of_any_member(cameras: TestNode, victim: str) -> None:
    with Program("chain/run.py", *CAMERAS, folder=cameras.folder) as chain:
        pid = int(chain.expect(f"{victim} is process (\\d+)")[1])
        readers = {
            camera: framecast.open(f"{camera}.objects", node=cameras.folder, timeout_s=60)
            for camera in CAMERAS
        }
        answers = {camera: reader.data(policy="latest") for camera, reader in readers.items()}
        for camera in CAMERAS:
            answers[camera].read(60)
        os.kill(pid, signal.SIGKILL)
        chain.expect(f"{victim} ended with -9, starting it again")
        chain.expect(f"{victim} is process")
        for camera in CAMERAS:
            before = framecast.clock.utc_ns()
            while answers[camera].read(60).captured_at < before:
                continue
        for reader in readers.values():
            reader.close()


def test_an_onnx_model_answers_with_its_own_boxes_and_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "chain"))
    from detectors import Detection, Onnx, People  # type: ignore[import-not-found]

    candidates = np.zeros((1, 6, 4), np.float32)  # centre x, y, width, height, two classes
    candidates[0, :, 0] = (320, 320, 64, 128, 0.1, 0.9)
    candidates[0, :, 1] = (322, 321, 64, 128, 0.1, 0.8)  # the same thing again
    candidates[0, :, 2] = (100, 100, 20, 20, 0.7, 0.0)
    model = tmp_path / "model.onnx"
    model.write_bytes(constant_model(candidates))
    found = Onnx(model, ["cat", "person"], 0.5).detect(np.zeros((320, 640, 3), np.uint8))
    assert {(detection.label, detection.box) for detection in found} == {
        ("person", (288, 256, 64, 128)),
        ("cat", (90, 90, 20, 20)),
    }
    assert isinstance(found[0], Detection)
    assert People(0.5).detect(np.zeros((360, 640, 3), np.uint8)) == []
    sys.modules.pop("detectors")
