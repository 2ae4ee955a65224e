"""Several real streams matched by the time of capture."""

from __future__ import annotations

import numpy as np
import pytest

import framecast
from framecast.clock import utc_ns
from tests.client.nodes import TestNode
from tests.support.media_files import Clip

MS = 1_000_000


def image(number: int) -> np.ndarray:
    return np.full((48, 64, 3), number % 256, np.uint8)


def test_pairs_have_the_same_time_and_unpaired_frames_are_left_out(node: TestNode) -> None:
    with (
        framecast.publish("left", node=node.folder) as left,
        framecast.publish("right", node=node.folder) as right,
        framecast.matched(["left", "right"], tolerance_s=0.01, wait_s=20, node=node.folder) as pairs,
    ):
        begin = utc_ns()
        for out in (left, right):
            out.send(image(99), captured_at=begin - 40 * MS)
        one, two = pairs.read(20)
        assert one is not None
        assert two is not None
        for number in range(10):
            left.send(image(number), captured_at=begin + number * 40 * MS)
            if number != 4:
                right.send(image(number), captured_at=begin + number * 40 * MS + 5 * MS)
        for number in (0, 1, 2, 3, 5, 6, 7, 8, 9):
            one, two = pairs.read(20)
            assert one is not None
            assert two is not None
            assert one.bgr[0, 0, 0] == two.bgr[0, 0, 0] == number
        assert pairs.unmatched == (1, 0)
        with pytest.raises(framecast.WouldBlock):
            pairs.read(0)


def test_a_dead_stream_is_none_and_the_others_go_on(node: TestNode) -> None:
    with (
        framecast.publish("left", node=node.folder) as left,
        framecast.open("left", node=node.folder) as reader,
        framecast.matched([reader, "never"], wait_s=0.2, node=node.folder) as pairs,
    ):
        for number in range(5):
            left.send(image(number))
            one, two = pairs.read(20)
            assert one is not None
            assert (one.seq, two) == (number, None)
        assert pairs.late == (False, True)
        pairs.close()
        with pytest.raises(framecast.Closed):
            pairs.read()
        left.send(image(5))
        assert reader.read(10).seq == 5


def test_it_ends_when_all_streams_have_ended(node: TestNode) -> None:
    with framecast.NodeClient(node.folder) as client:
        for name in ("a", "b"):
            client.put(name, "numbers:?count=1")
        with pytest.raises(framecast.Invalid, match="two or more"):
            framecast.matched(["a"], node=node.folder)
        with pytest.raises(framecast.Invalid, match="more than 0"):
            framecast.matched(["a", "b"], tolerance_s=0, node=node.folder)


def test_files_are_matched_to_their_end() -> None:
    path = Clip(size=(320, 240), seconds=2.0).path()
    with (
        framecast.open(path, loop=False, policy="queue(64)") as one,
        framecast.open(path, loop=False, policy="queue(64)") as two,
        framecast.matched([one, two], tolerance_s=2.0, wait_s=10) as pairs,
    ):
        assert sum(1 for match in pairs if None not in match) >= 25
