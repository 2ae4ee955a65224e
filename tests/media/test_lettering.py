"""Text for pictures."""

import numpy as np
import pytest

from framecast.media.lettering import fitted, line

FAINT = 32  # the blur around a stroke
EVERY_LETTER = "".join(map(chr, range(32, 127)))


@pytest.mark.parametrize("weight", [0.08, 0.12, 0.14])
@pytest.mark.parametrize("text", ["garage", EVERY_LETTER])
def test_no_letter_is_cut_off_above_or_below(text: str, weight: float) -> None:
    image = line(text, 80, weight)
    assert image.max() == 255
    assert max(image[0].max(), image[-1].max()) < FAINT


def test_tails_reach_below_the_line() -> None:
    with_tail, without = line("gjpqy", 80), line("acemnosuvwxz", 80)
    assert np.flatnonzero(with_tail.any(axis=1))[-1] > np.flatnonzero(without.any(axis=1))[-1] + 8


@pytest.mark.parametrize("height", [1, 6, 7, 33, 120])
def test_line_is_as_high_as_it_was_asked_for(height: int) -> None:
    assert line("garage", height).shape[0] == max(6, height)


def test_digits_of_a_clock_are_all_as_wide_as_each_other() -> None:
    assert len({line(digit, 40, fixed=True).shape for digit in "0123456789"}) == 1


def test_what_the_font_does_not_know_is_a_question_mark() -> None:
    assert np.array_equal(line("日", 40), line("?", 40))


def test_long_line_is_made_lower_and_then_cut() -> None:
    assert fitted("garage", 40, 1000).shape[0] == 40
    lower = fitted("garage " * 4, 40, 200)
    assert lower.shape[0] < 40
    assert lower.shape[1] <= 200
    assert fitted("garage " * 40, 40, 100).shape == (6, 100)
