"""How a process ended, as a value and in words."""

from __future__ import annotations

import signal

import pytest

from framecast.node.exit_status import Cause, ExitStatus


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (ExitStatus(), ""),
        (ExitStatus(status=3), "exit code 3"),
        (ExitStatus(status=-signal.SIGKILL), "killed by SIGKILL"),
        (ExitStatus(status=-200), "killed by signal 200"),
        (
            ExitStatus(Cause.NOT_STARTED, detail="fork: Cannot allocate memory"),
            "fork: Cannot allocate memory",
        ),
        (ExitStatus(Cause.NO_FORKSERVER), "no forkserver"),
        (ExitStatus(Cause.FORKSERVER_DIED), "the forkserver died"),
    ],
)
def test_words_say_how_it_ended(ended: ExitStatus, words: str) -> None:
    assert str(ended) == words


def test_a_signal_counts_only_for_a_process_that_ran() -> None:
    timers = (signal.SIGALRM, signal.SIGPROF)
    assert ExitStatus(status=-signal.SIGPROF).was_killed_by(*timers)
    assert not ExitStatus(status=-signal.SIGKILL).was_killed_by(*timers)
    assert not ExitStatus(status=signal.SIGALRM).was_killed_by(*timers)
    assert not ExitStatus(Cause.NO_FORKSERVER, -signal.SIGALRM).was_killed_by(*timers)


def test_only_a_lost_forkserver_is_tried_again() -> None:
    lost = {cause for cause in Cause if ExitStatus(cause).lost_forkserver}
    assert lost == {Cause.NO_FORKSERVER, Cause.FORKSERVER_DIED}
