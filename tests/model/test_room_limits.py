"""Limits as marks: so many at once, then one in a time, by an account of every single one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from framecast.model.room_limits import Limit, RoomLimits


@given(st.integers(1, 8), st.sampled_from([0.25, 0.5, 1.0, 2.0]), st.lists(st.integers(0, 12), max_size=60))
def test_no_more_pass_than_the_burst_and_what_time_has_given_since(
    burst: int, every_s: float, quarters: list[int]
) -> None:
    limit, mark, now = Limit(burst, every_s), 0.0, 1000.0
    passed: list[float] = []
    for quarter in quarters:
        now += quarter / 4
        one_more = max(mark, now) + every_s
        wait_s = limit.wait_s(one_more, now)
        if wait_s:
            # One moment earlier is still too early; then it passes.
            assert limit.wait_s(max(mark, now + wait_s) + every_s, now + wait_s) == 0
            assert limit.wait_s(max(mark, now + wait_s - 0.01) + every_s, now + wait_s - 0.01) > 0
        else:
            mark = one_more
            passed.append(now)
    for first, begin in enumerate(passed):
        for count, end in enumerate(passed[first:], 1):
            assert count <= burst + (end - begin) / every_s


def test_the_defaults_are_told_as_numbers_by_name() -> None:
    found = RoomLimits().to_json()
    assert (found["person_burst"], found["person_every_s"]) == (5, 1.5)
    assert len(found) == 14
