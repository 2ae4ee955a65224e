"""Files read picture by picture, compared with OpenCV property by property. Where OpenCV itself goes wrong, its place is not asked."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import framecast
from tests.support import film_shelf
from tests.support.film_shelf import COUNT, FILMS, film

Image = NDArray[np.uint8]

PROPS = (
    cv2.CAP_PROP_FRAME_COUNT,
    cv2.CAP_PROP_FOURCC,
    cv2.CAP_PROP_FPS,
    cv2.CAP_PROP_FRAME_WIDTH,
    cv2.CAP_PROP_FRAME_HEIGHT,
    cv2.CAP_PROP_POS_FRAMES,
    cv2.CAP_PROP_POS_MSEC,
)
# Files that do not tell the times of their pictures: OpenCV makes some up.
_UNTIMED = {"b-frames.avi", "mpeg4.avi", "bare.h264"}
# OpenCV numbers pictures by time: wrong where that is made up, where seeking lands amid them, and where the rate varies.
_LOST_BY_OPENCV = {"b-frames.ts", "varying.mp4", *_UNTIMED}


def pictures(cap: framecast.VideoCapture) -> list[Image]:
    """Every picture from here on."""
    found: list[Image] = []
    while True:
        good, image = cap.read()
        if not good:
            return found
        assert image is not None
        found.append(image)


def same_place(ours: framecast.VideoCapture, theirs: cv2.VideoCapture) -> bool:
    """True where the number of the next picture is the same, and the time of the one before, but for a rounding of the file."""
    times = ours.get(cv2.CAP_PROP_POS_MSEC), theirs.get(cv2.CAP_PROP_POS_MSEC)
    numbers = ours.get(cv2.CAP_PROP_POS_FRAMES), theirs.get(cv2.CAP_PROP_POS_FRAMES)
    return abs(times[0] - times[1]) < 1.5 and numbers[0] == numbers[1]


@pytest.mark.parametrize("name", sorted(FILMS.keys() - _UNTIMED))
def test_a_film_is_read_as_opencv_reads_it(name: str) -> None:
    theirs, ours = cv2.VideoCapture(str(film(name))), framecast.VideoCapture(film(name))
    assert [ours.get(prop) for prop in PROPS] == pytest.approx([theirs.get(prop) for prop in PROPS])
    count = 0
    while True:
        expected_good, expected = theirs.read()
        good, image = ours.read()
        assert (good, ours.isOpened()) == (expected_good, theirs.isOpened())
        assert same_place(ours, theirs)
        if not good:
            break
        assert image is not None
        assert image.shape == expected.shape
        assert np.abs(image.astype(int) - expected).mean() < 6
        count += 1
    assert count == COUNT
    assert ours.grab() is ours.retrieve()[0] is False
    ours.release()


@pytest.mark.parametrize("name", sorted(FILMS))
def test_a_place_between_key_frames_gives_exactly_its_picture(name: str) -> None:
    theirs, ours = cv2.VideoCapture(str(film(name))), framecast.VideoCapture(film(name))
    every = pictures(ours)
    assert len(every) == COUNT
    for number in (0, 25, 24, 9, 10, 11, COUNT - 1, 1, 2, 3.7, -3, COUNT, COUNT + 100, 33, 0):
        assert (
            ours.set(cv2.CAP_PROP_POS_FRAMES, number) is theirs.set(cv2.CAP_PROP_POS_FRAMES, number) is True
        )
        wanted = max(0, int(number))
        assert ours.get(cv2.CAP_PROP_POS_FRAMES) == min(wanted, COUNT)
        if name not in _LOST_BY_OPENCV and wanted <= COUNT:
            assert same_place(ours, theirs)
        good, image = ours.read()
        assert good is (wanted < COUNT)
        if good:
            assert image is not None
            assert np.array_equal(image, every[wanted])
            assert ours.get(cv2.CAP_PROP_POS_FRAMES) == wanted + 1
    assert ours.set(cv2.CAP_PROP_POS_FRAMES, 40)
    assert all(np.array_equal(a, b) for a, b in zip(pictures(ours), every[40:], strict=True))
    ours.release()


@pytest.mark.parametrize("name", ["b-frames.mp4", "b-frames.mkv", "plain.avi", "fast.mp4", "plain.ts"])
def test_a_time_is_a_place_as_opencv_rounds_it(name: str) -> None:
    theirs, ours = cv2.VideoCapture(str(film(name))), framecast.VideoCapture(film(name))
    for time_ms in (0, 20, 40, 50, 60, 61, 79, 400, 399.9, 1000, 700, -40):
        assert ours.set(cv2.CAP_PROP_POS_MSEC, time_ms) is theirs.set(cv2.CAP_PROP_POS_MSEC, time_ms) is True
        assert same_place(ours, theirs), time_ms
        assert ours.read()[0] is theirs.read()[0]
        assert same_place(ours, theirs), time_ms
    ours.release()


@pytest.mark.parametrize("path", [film_shelf.cut, film_shelf.trimmed, film_shelf.single, film_shelf.odd])
def test_unusual_films_are_read_and_sought_in(path: object) -> None:
    assert callable(path)
    file: Path = path()
    theirs, ours = cv2.VideoCapture(str(file)), framecast.VideoCapture(file)
    assert [ours.get(prop) for prop in PROPS] == pytest.approx([theirs.get(prop) for prop in PROPS])
    every = pictures(ours)
    expected = 0
    while theirs.read()[0]:
        expected += 1
    assert len(every) == expected
    for number in (0, expected - 1, expected // 2):
        assert ours.set(cv2.CAP_PROP_POS_FRAMES, number)
        image = ours.read()[1]
        assert image is not None
        assert np.array_equal(image, every[number])
    ours.release()


def test_grab_steps_without_a_picture_and_what_has_no_meaning_is_refused() -> None:
    ours = framecast.VideoCapture(film("b-frames.mp4"))
    assert ours.retrieve() == (False, None)
    for _ in range(6):
        assert ours.grab()
    sixth, again = ours.retrieve()[1], ours.retrieve()[1]
    assert sixth is not None
    assert again is not None
    assert np.array_equal(sixth, again)
    assert sixth is not again
    into = np.zeros_like(sixth)
    assert ours.set(cv2.CAP_PROP_POS_FRAMES, 5)
    assert ours.read(into)[1] is into
    assert np.array_equal(into, sixth)
    for prop in (cv2.CAP_PROP_FPS, cv2.CAP_PROP_FRAME_COUNT, cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_BRIGHTNESS):
        assert ours.set(prop, 1) is False
    assert ours.set(cv2.CAP_PROP_POS_FRAMES, float("nan")) is False
    assert ours.get(cv2.CAP_PROP_POS_FRAMES) == 6
    ours.release()
    assert ours.set(cv2.CAP_PROP_POS_FRAMES, 0) is False
    assert ours.read() == (False, None)


def test_another_size_goes_on_at_the_same_place() -> None:
    ours = framecast.VideoCapture(film("b-frames.mp4"))
    for _ in range(12):
        assert ours.grab()
    assert ours.set(cv2.CAP_PROP_FRAME_WIDTH, 80)
    assert ours.get(cv2.CAP_PROP_FRAME_HEIGHT) == 60
    assert ours.get(cv2.CAP_PROP_POS_FRAMES) == 12
    assert len(pictures(ours)) == COUNT - 12
    ours.release()


def test_a_film_goes_round_as_programs_for_opencv_do_it() -> None:
    ours = framecast.VideoCapture(film("b-frames.mp4"))
    first = pictures(ours)
    for _ in range(3):
        assert ours.set(cv2.CAP_PROP_POS_FRAMES, 0)
        assert all(np.array_equal(a, b) for a, b in zip(pictures(ours), first, strict=True))
    ours.release()
