"""Where parts of a stream end, and where records lie in them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from framecast.clock import NS
from framecast.media.segmenter import CutRule, Placement

HLS = CutRule(min_s=1.0, max_s=20.0, max_bytes=1000)
BEGAN_NS = 1_763_700_000 * NS
HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("rule", "seconds", "size", "is_key", "fits", "ends"),
    [
        (HLS, 0.9, 10, True, True, False),
        (HLS, 1.0, 10, True, True, True),
        (HLS, 5.0, 10, False, True, False),
        (HLS, 20.0, 10, False, True, True),
        (HLS, 0.1, 1000, False, True, True),
        (HLS, 0.1, 10, False, False, True),
        (CutRule(), 1e9, 1 << 40, True, True, False),
        (CutRule(), 0.0, 0, False, False, True),
        (CutRule(max_s=60), 59.9, 0, True, True, False),
        (CutRule(max_s=60), 60.0, 0, False, True, True),
    ],
)
def test_part_ends(rule: CutRule, seconds: float, size: int, is_key: bool, fits: bool, ends: bool) -> None:
    assert rule.ends(seconds, size, is_key=is_key, fits=fits) is ends


def at(seconds: float) -> int:
    """The capture time so many seconds after the beginning."""
    return BEGAN_NS + round(seconds * NS)


def test_records_lie_where_the_times_of_the_stream_put_them_although_capture_times_jitter() -> None:
    line = Placement(Fraction(100), at(0), HALF)
    assert [line.place(Fraction(100 + n), at(n + (0.4 if n % 2 else -0.4))) for n in range(5)] == [
        0,
        1,
        2,
        3,
        4,
    ]


def test_new_count_of_the_source_is_placed_by_the_capture_time_and_goes_on_from_there() -> None:
    line = Placement(Fraction(100), at(0), HALF)
    assert line.place(Fraction(3), at(7)) == 7
    assert line.place(Fraction(4), at(8.3)) == 8  # another track of the same source stays in step with it
    assert line.place(Fraction(103), at(3)) == 3


def test_what_comes_before_the_first_record_lies_before_zero() -> None:
    line = Placement(Fraction(100), at(0), HALF)
    assert line.place(Fraction(99), at(-1)) == -1


def test_small_skew_is_kept_and_a_larger_one_is_a_new_count() -> None:
    for skew_s, placed in ((0.5, 10), (0.6, Fraction(106, 10))):
        assert Placement(Fraction(0), at(0), HALF).place(Fraction(10), at(10 + skew_s)) == placed
