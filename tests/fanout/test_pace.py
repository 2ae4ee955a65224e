"""How many records a client gets that asked for fewer."""

from framecast.fanout.pace import Pace


def due(pace: Pace, times: list[float]) -> int:
    return sum(pace.is_due(time) for time in times)


def test_client_without_a_rate_gets_everything() -> None:
    assert due(Pace(0), [0.0] * 100) == 100


def test_average_is_the_rate_that_was_asked_for() -> None:
    jittered = [100 + number / 30 + (number % 3) * 0.004 for number in range(300)]
    assert 99 <= due(Pace(10), jittered) <= 102


def test_jitter_does_not_halve_the_rate() -> None:
    jittered = [100 + number / 25 - (number % 2) * 0.003 for number in range(250)]
    assert due(Pace(25), jittered) == 250


def test_rate_is_kept_after_a_pause_without_making_up_for_it() -> None:
    pace = Pace(10)
    assert pace.is_due(100.0)
    assert due(pace, [200 + number / 100 for number in range(100)]) <= 11


def test_what_is_always_due_counts() -> None:
    pace = Pace(1)
    assert pace.is_due(100.0)
    assert not pace.is_due(100.5)
    assert pace.is_due(100.5, always=True)
    assert not pace.is_due(101.0)
