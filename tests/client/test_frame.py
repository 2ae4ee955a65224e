"""Frames: pixels without a copy, memory that stays as it is while anything looks at it, and times."""

from __future__ import annotations

import copy
import gc
import os
import pickle
from collections.abc import Callable
from fractions import Fraction

import cv2
import numpy as np
import pytest

import framecast
from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.model import FORMATS
from tests.client.nodes import TestNode

BGR = np.zeros((48, 64, 3), np.uint8)
BGR[:, :32], BGR[:, 32:] = (200, 40, 10), (20, 120, 240)


def in_format(format: str) -> np.ndarray:
    codes = {
        "rgb": cv2.COLOR_BGR2RGB,
        "gray": cv2.COLOR_BGR2GRAY,
        "i420": cv2.COLOR_BGR2YUV_I420,
    }
    if format == "nv12":
        i420 = cv2.cvtColor(BGR, cv2.COLOR_BGR2YUV_I420).reshape(-1)
        luma, chroma = i420[: 48 * 64], i420[48 * 64 :].reshape(2, -1).T.reshape(-1)
        return np.concatenate([luma, chroma]).reshape(72, 64)
    return BGR if format == "bgr" else cv2.cvtColor(BGR, codes[format])


@pytest.mark.parametrize("format", FORMATS)
def test_a_frame_of_any_format_has_all_the_others(node: TestNode, format: str) -> None:
    with (
        framecast.publish("x", node=node.folder, format=format) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        out.send(in_format(format))
        frame = camera.read(10)
        assert (frame.format, frame.width, frame.height) == (format, 64, 48)
        assert frame.gray.shape == (48, 64)
        assert frame.i420.shape == (72, 64)
        assert frame.rgb.shape == (48, 64, 3)
        if format != "gray":
            assert np.abs(frame.bgr.astype(int) - BGR).max() < 12
            assert np.array_equal(frame.rgb[..., ::-1], frame.bgr)
        assert frame.bgr is frame.bgr
        assert np.array_equal(frame.as_format(format).reshape(-1), in_format(format).reshape(-1))
        assert frame.jpeg(90).startswith(b"\xff\xd8")


def test_planes_are_views_and_odd_sizes_are_cropped(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder, format="i420") as camera,
    ):
        image = np.full((481, 853, 3), 100, np.uint8)
        out.send(image)
        frame = camera.read(20)
        y, u, v = frame.planes
        assert (y.shape, u.shape, v.shape) == ((481, 853), (241, 427), (241, 427))
        assert frame.bgr.shape == (481, 853, 3)
        assert np.abs(frame.bgr.astype(int) - 100).max() < 4


def test_native_pixels_are_a_view_that_keeps_its_memory(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        out.send(np.full((48, 64, 3), 1, np.uint8))
        frame = camera.read(10)
        part = frame.bgr[10:20, ::2].reshape(10, -1)
        assert not part.flags.owndata
        del frame
        gc.collect()
        for number in range(2, 60):
            out.send(np.full((48, 64, 3), number, np.uint8))
            assert camera.read(10).bgr[0, 0, 0] == number
        assert np.all(part == 1)


def test_a_program_that_keeps_many_frames_gets_copies_and_nobody_else_notices(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as hoarder,
        framecast.open("x", node=node.folder) as other,
    ):
        kept = []
        for number in range(20):
            out.send(np.full((48, 64, 3), number, np.uint8))
            kept.append(hoarder.read(10))
            assert other.read(10).seq == number
        assert [int(frame.bgr[0, 0, 0]) for frame in kept] == list(range(20))
        assert hoarder.stats().copied == 17
        assert other.stats().copied == 0


def test_times_come_from_the_publisher(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        before, captured_at = monotonic_ns(), utc_ns() - 250_000_000
        out.send(BGR, captured_at=captured_at)
        frame = camera.read(10)
        assert frame.captured_at == captured_at
        assert frame.clock is Clock.DEVICE
        assert before <= frame.arrived_ns <= frame.published_ns <= monotonic_ns()
        assert 0.25 <= frame.age_s < 60
        assert frame.time_base == Fraction(1, 1_000_000)
        assert (frame.seq, frame.dropped, frame.track) == (0, 0, "frames")
        assert "64x48 bgr" in repr(frame)


def test_numpy_and_dlpack_take_a_frame_as_an_array(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        out.send(BGR)
        frame = camera.read(10)
        seen = np.asarray(frame)
        assert np.array_equal(seen, BGR)
        assert np.shares_memory(seen, frame.bgr)
        assert np.array(frame).flags.writeable
        assert np.asarray(frame, np.float32).dtype == np.float32
        with pytest.raises(ValueError, match="without a copy"):
            np.asarray(frame, np.float32, copy=False)
        shared = np.from_dlpack(frame)
        assert np.shares_memory(shared, frame.bgr)
        assert not shared.flags.writeable
        assert frame.__dlpack_device__() == (1, 0)
        old = np.from_dlpack(_OldConsumer(frame))  # type: ignore[arg-type]
        assert np.array_equal(old, BGR)
        mine = frame.copy()
        mine[:] = 0
        assert np.array_equal(frame.bgr, BGR)


class _OldConsumer:
    """Asks as libraries did before DLPack 1.0, which cannot say that memory is read-only."""

    def __init__(self, frame: framecast.Frame) -> None:
        self._frame = frame

    def __dlpack__(self, **_: object) -> object:
        return self._frame.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._frame.__dlpack_device__()


@pytest.mark.parametrize("make", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_deep_copy_and_a_pickle_are_frames_of_their_own(
    node: TestNode, make: Callable[[framecast.Frame], framecast.Frame]
) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        out.send(BGR, captured_at=5)
        frame = camera.read(10)
        assert frame.gray.size
        other, light = make(frame), copy.copy(frame)
        assert np.shares_memory(light.bgr, frame.bgr)
        assert not np.shares_memory(other.bgr, frame.bgr)
        assert (other.seq, other.captured_at, other.info) == (frame.seq, 5, frame.info)
        with pytest.raises(framecast.ReadOnlyFrame):
            other.bgr[0] = 0
        del frame, light
        out.send(BGR)
        assert camera.read(10).seq == 1  # the copies hold no lease, and none was returned twice
        assert np.array_equal(other.bgr, BGR)


def test_a_forked_child_cannot_use_a_frame(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        out.send(BGR)
        frame = camera.read(10)
        uses: list[Callable[[], object]] = [
            lambda: frame.bgr,
            lambda: frame.planes,
            lambda: frame.jpeg(),
            lambda: camera.read(0),
            lambda: out.send(BGR),
        ]
        child = os.fork()
        if child == 0:
            refused = 0
            for use in uses:
                try:
                    use()
                except framecast.ForkedView:
                    refused += 1
            os._exit(refused)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == len(uses)
        for use in uses[:3]:
            use()
        out.send(BGR)
        assert camera.read(10).seq == 1
