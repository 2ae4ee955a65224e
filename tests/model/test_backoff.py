"""Waits between tries."""

import pytest

from framecast.model.backoff import Backoff


@pytest.mark.parametrize(
    ("failures", "most_s", "least", "most"),
    [
        (0, 1.5, 0.125, 0.25),
        (1, 1.5, 0.25, 0.5),
        (2, 1.5, 0.5, 1.0),
        (3, 1.5, 0.75, 1.5),
        (40, 1.5, 0.75, 1.5),
        (100_000, 60.0, 30.0, 60.0),
        (0, 0.1, 0.05, 0.1),
    ],
)
def test_wait_doubles_up_to_the_cap_and_jitters_between_half_and_all(
    failures: int, most_s: float, least: float, most: float
) -> None:
    for jitter, expected in ((0.0, least), (1.0, most)):
        backoff = Backoff(most_s, lambda jitter=jitter: jitter)  # type: ignore[misc]
        backoff.failures = failures
        assert backoff.next_s() == pytest.approx(expected)


def test_the_first_wait_can_be_named() -> None:
    backoff = Backoff(2.0, lambda: 1.0, first_s=0.1)
    assert [backoff.next_s() for _ in range(6)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0])


def test_wait_is_short_again_after_a_reset() -> None:
    backoff = Backoff(10.0, lambda: 1.0)
    waits = [backoff.next_s() for _ in range(4)]
    backoff.reset()
    assert waits == [0.25, 0.5, 1.0, 2.0]
    assert backoff.next_s() == 0.25


def test_two_cameras_do_not_dial_in_step() -> None:
    first, second = Backoff(10.0), Backoff(10.0)
    assert [first.next_s() for _ in range(5)] != [second.next_s() for _ in range(5)]
