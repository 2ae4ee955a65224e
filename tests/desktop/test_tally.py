"""What a window counts."""

from framecast.desktop.tally import Tally


def test_rate_is_that_of_the_last_two_seconds_and_the_mean_that_of_all() -> None:
    tally = Tally()
    for number in range(50):
        tally.show(100 + number / 10, 0.05, None)
    for number in range(100):
        tally.show(105 + number / 25, 0.01 * (number % 3), 0.02)
    assert abs(tally.fps - 25) < 0.01
    assert abs(tally.mean_fps - 149 / (4 + 99 / 25 + 1)) < 0.1
    assert tally.frames == 150
    assert tally.median_age_ms == 20
    assert tally.median_offset_ms == 20


def test_nothing_shown_is_nothing_counted() -> None:
    tally = Tally()
    assert (tally.fps, tally.mean_fps, tally.age_ms, tally.median_age_ms) == (0, 0, 0, 0)
    assert tally.median_offset_ms is None
