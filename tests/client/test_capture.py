"""The stand-in for cv2.VideoCapture, used as programs for OpenCV use it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import framecast
from framecast.client import capture
from tests.client.nodes import TestNode
from tests.support.media_files import Clip, frame_number


def test_the_numbers_are_opencvs() -> None:
    names = [name for name in dir(capture) if name.startswith("CAP_PROP_")]
    assert len(names) >= 6
    for name in names:
        assert getattr(capture, name) == getattr(cv2, name)


def test_a_file_is_read_to_its_end_as_opencv_reads_it() -> None:
    clip = Clip(size=(320, 240), seconds=2.0)
    theirs, ours = cv2.VideoCapture(str(clip.path())), framecast.VideoCapture(str(clip.path()))
    assert ours.isOpened()
    for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS):
        assert ours.get(prop) == pytest.approx(theirs.get(prop))
    numbers: list[int] = []
    while True:
        good, image = ours.read()
        if not good:
            break
        assert image is not None
        expected_good, expected = theirs.read()
        assert expected_good
        assert image.shape == expected.shape
        assert image.flags.writeable
        assert np.abs(image.astype(int) - expected).mean() < 3
        assert ours.get(cv2.CAP_PROP_POS_MSEC) == pytest.approx(40 * len(numbers))
        numbers.append(frame_number(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)))
        assert ours.get(cv2.CAP_PROP_POS_FRAMES) == len(numbers)
    assert numbers == list(range(clip.frames))
    assert ours.isOpened() is theirs.isOpened() is True
    assert ours.read() == (False, None)
    ours.release()
    assert not ours.isOpened()
    theirs.release()


def test_a_live_stream_can_be_grabbed_scaled_and_released(
    node: TestNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(node.folder))
    with framecast.publish("x") as out:
        out.send(np.full((48, 64, 3), 9, np.uint8))
        cap = framecast.VideoCapture("x")
        assert cap.isOpened()
        assert cap.getBackendName() == "FRAMECAST"
        assert cap.grab()
        good, image = cap.retrieve()
        assert good
        assert image is not None
        assert np.all(image == 9)
        assert cap.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        assert not cap.set(cv2.CAP_PROP_BRIGHTNESS, 1)
        assert cap.set(cv2.CAP_PROP_FRAME_WIDTH, 32)
        assert cap.get(cv2.CAP_PROP_FRAME_HEIGHT) == 24
        into = np.zeros((24, 32, 3), np.uint8)
        assert cap.read(into)[1] is into
        assert np.all(into == 9)
        cap.release()
        cap.release()
        assert not cap.isOpened()
        assert cap.read() == (False, None)


def test_what_cannot_be_opened_is_not_open_and_says_why(
    node: TestNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(node.folder))
    cap = framecast.VideoCapture("nothing-here")
    assert not cap.isOpened()
    assert isinstance(cap.error, framecast.NotFound)
    assert cap.get(cv2.CAP_PROP_FRAME_WIDTH) == 0
    assert framecast.VideoCapture("/nothing/here.mp4").isOpened() is False
    assert not framecast.VideoCapture().isOpened()
