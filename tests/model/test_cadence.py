"""How often pictures come, found from counters, and the words for it."""

from itertools import pairwise

import pytest

from framecast.model.cadence import LEAST_S, Cadence, note_words, patience_s, seconds_words


def asked(times: list[float], until: float, every: float = 4.0) -> Cadence:
    """A cadence that was asked every few seconds while pictures came at these times."""
    found, now = Cadence(), 0.0
    while now <= until:
        come = [time for time in times if time <= now]
        if come:
            found.note(len(come), come[-1], now)
        now += every
    return found


def test_picture_a_minute_is_known_after_the_second() -> None:
    assert asked([1.0], 60).every_s is None
    assert asked([1.0, 61.0], 64).every_s == 60.0
    assert asked([1.0, 61.0], 100).every_s == 60.0


def test_many_pictures_a_second_have_no_pause_to_tell() -> None:
    assert asked([number * 0.04 for number in range(500)], 20).every_s is None
    assert asked([number * 1.5 for number in range(20)], 28).every_s == 1.5


def test_pause_of_a_fast_stream_is_not_taken_for_its_rate() -> None:
    fast = [number * 0.04 for number in range(100)]
    assert asked([*fast, *(600 + time for time in fast)], 620).every_s is None


def test_counter_that_begins_again_is_no_picture_back_in_time() -> None:
    found = asked([1.0, 61.0], 64)
    found.note(1, 70.0, 72.0)
    found.note(2, 80.0, 84.0)
    assert found.every_s == 10.0


def test_patience_grows_with_the_pause_and_never_jumps() -> None:
    values = [patience_s(number / 100) for number in range(2000)]
    assert values[0] == LEAST_S
    assert all(0 <= after - before <= 0.06 for before, after in pairwise(values))
    assert patience_s(60) == 123


@pytest.mark.parametrize(
    ("age_s", "every_s", "words"),
    [
        (None, None, ""),
        (0.1, None, ""),
        (42.0, None, "no picture for 42 s"),
        (42.0, 60.0, "every 60 s"),
        (125.0, 60.0, "no picture for 2 min"),
        (0.1, 1.5, "every 1.5 s"),
    ],
)
def test_words(age_s: float | None, every_s: float | None, words: str) -> None:
    assert note_words(is_live=True, age_s=age_s, every_s=every_s) == words
    assert note_words(is_live=False, age_s=age_s, every_s=every_s) == ""


def test_stream_without_pictures_is_not_said_to_have_none() -> None:
    assert note_words(is_live=True, age_s=42, every_s=None, has_pictures=False) == "nothing for 42 s"


def test_durations() -> None:
    assert [seconds_words(each) for each in (2.0, 42.4, 119, 121, 7200, 200_000)] == [
        "2 s",
        "42 s",
        "119 s",
        "2 min",
        "2 h",
        "2 d",
    ]
