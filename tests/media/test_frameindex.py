"""Where the pictures of a file are, against what decoding it from the beginning shows."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import av
import pytest

from framecast.media.demux import Demuxer
from framecast.media.frameindex import FrameIndex
from framecast.model import Source, StreamSpec
from framecast.sources.file import opening_for
from tests.support import film_shelf
from tests.support.film_shelf import FILMS, film


def index_of(path: Path) -> FrameIndex:
    return FrameIndex(lambda: Demuxer(opening_for(StreamSpec("x", Source(str(path))), path)))


def shown(path: Path) -> list[int]:
    with av.open(str(path)) as file:
        return [frame.pts for frame in file.decode(video=0) if frame.pts is not None]


# What FFmpeg alone does not know the times of is asked through VideoCapture: tests/client/test_film.py.
TIMED = [name for name in sorted(FILMS) if name not in ("b-frames.avi", "mpeg4.avi", "bare.h264")]


@pytest.mark.parametrize("name", TIMED)
def test_every_picture_is_found_in_any_order(name: str) -> None:
    times = shown(film(name))
    index = index_of(film(name))
    order = list(range(len(times)))
    random.Random(name).shuffle(order)
    for number in order:
        place = index.by_number(number)
        assert place is not None
        assert (place.number, place.pts) == (number, times[number])
        assert place.before == (times[number - 1] if number else None)
        assert place.key_dts <= place.pts
    assert index.by_number(len(times)) is None
    last = index.last()
    assert last is not None
    assert last.number == len(times) - 1
    index.close()


def test_what_an_edit_list_hides_is_not_counted() -> None:
    times = shown(film_shelf.cut())
    index = index_of(film_shelf.cut())
    found = [index.by_number(number) for number in range(len(times))]
    assert [place.pts for place in found if place is not None] == times
    assert index.by_number(len(times)) is None
    index.close()


def test_a_list_that_is_wrong_is_not_believed() -> None:
    times = shown(film("plain.mp4"))
    index = index_of(film("plain.mp4"))
    index._times[20] += 1
    assert [place.pts for n in range(15, 30) if (place := index.by_number(n)) is not None] == times[15:30]
    index.close()


def test_a_time_gives_the_picture_next_to_it_the_later_one_of_two() -> None:
    index = index_of(film("b-frames.mp4"))
    for time_ms, number in ((1, 0), (19, 0), (20, 1), (40, 1), (59, 1), (60, 2), (1000, 25)):
        place = index.by_time(Fraction(time_ms, 1000))
        assert place is not None
        assert place.number == number
    assert index.by_time(Fraction(100)) is None
    index.close()
