"""The helper that waits."""

import psutil
import pytest

from tests.support.waiting import until


def test_first_true_value_is_returned() -> None:
    values = iter((0, "", "found"))
    assert until(lambda: next(values)) == "found"


def test_what_never_happens_is_named() -> None:
    with pytest.raises(AssertionError, match=r"not within 0\.02 s: the moon rises"):
        until(lambda: False, "the moon rises", 0.02)


def test_process_that_has_gone_is_asked_about_again() -> None:
    answers = iter((psutil.NoSuchProcess(1), "there"))

    def ask() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert until(ask) == "there"
