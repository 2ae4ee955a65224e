"""Arrays of frames: read-only with a helpful error, plain once they are the program's own."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from framecast.client.array import FrameArray
from framecast.errors import ReadOnlyFrame


def shared() -> FrameArray:
    array = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    array.flags.writeable = False
    return array.view(FrameArray)


def assign(array: Any) -> None:
    array[0, 0] = 1


def add_in_place(array: Any) -> None:
    array += 1


def shift_in_place(array: Any) -> None:
    array >>= 1


WRITES: dict[str, Callable[[Any], object]] = {
    "an item": assign,
    "a part": lambda array: assign(array[1:]),
    "+=": add_in_place,
    ">>=": shift_in_place,
    "fill": lambda array: array.fill(0),
    "sort": lambda array: array.sort(),
    "put": lambda array: array.put([0], [1]),
    "setflags": lambda array: array.setflags(write=True),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_writing_to_a_shared_array_says_to_take_a_copy(write: Callable[[Any], object]) -> None:
    array = shared()
    with pytest.raises(ReadOnlyFrame, match=r"take \.copy\(\)"):
        write(array)
    assert array.tobytes() == bytes(range(48))


@pytest.mark.parametrize("write", [write for name, write in WRITES.items() if name != "setflags"])
def test_a_copy_can_be_written(write: Callable[[Any], object]) -> None:
    write(shared().copy())


def test_numpy_and_opencv_cannot_write_either() -> None:
    array = shared()
    with pytest.raises(ValueError, match="read-only"):
        np.add(array, 1, out=array)
    with pytest.raises(cv2.error):
        cv2.rectangle(array, (0, 0), (1, 1), (255, 255, 255))
    cv2.rectangle(array.copy(), (0, 0), (1, 1), (255, 255, 255))


@pytest.mark.parametrize(
    "derive",
    [
        lambda array: array + 1,
        lambda array: array > 3,
        lambda array: array.copy(),
        lambda array: array.astype(np.float32),
        lambda array: copy.copy(array),
        lambda array: copy.deepcopy(array),
        lambda array: pickle.loads(pickle.dumps(array)),
        lambda array: cv2.blur(array, (3, 3)),
        lambda array: np.concatenate([array, array]),
        lambda array: array.mean(axis=0),
        np.asarray,
    ],
)
def test_what_is_made_from_it_is_a_plain_array(derive: Callable[[Any], object]) -> None:
    assert type(derive(shared())) is np.ndarray


def test_numbers_come_out_as_numbers() -> None:
    assert isinstance(shared().sum(), np.integer)
    assert shared()[1, 2, 0] == 18


def test_parts_stay_guarded_views() -> None:
    part = shared()[1:3, ::2].T
    assert type(part) is FrameArray
    with pytest.raises(ReadOnlyFrame):
        part[0] = 1
