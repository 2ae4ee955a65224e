"""The life of a stream, with a clock that stands still until it is moved."""

from itertools import product

import pytest

from framecast.model import State
from framecast.streams import Action, Life, Phase, Timing
from framecast.streams.life import STEADY_S, TABLE, Event


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def reach_deadline(self, life: Life) -> Action | None:
        assert life.deadline is not None
        self.now = life.deadline
        return life.tick()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def life(clock: Clock) -> Life:
    return Life(Timing(idle_s=10.0, retry_max_s=1.5), clock, jitter=lambda: 1.0)


def go_live(life: Life) -> None:
    assert life.want(True) is Action.START
    life.report(State.CONNECTING)
    life.report(State.LIVE)
    assert life.state is State.LIVE


def fail(life: Life, reason: str = "refused") -> None:
    life.report(State.OFFLINE, reason, "no")
    assert life.exited() is None


def test_new_stream_is_idle_and_does_nothing(life: Life) -> None:
    assert (life.phase, life.state, life.deadline) == (Phase.RESTING, State.IDLE, None)


def test_demand_connects(life: Life) -> None:
    assert life.want(True) is Action.START
    assert life.state is State.CONNECTING
    assert life.want(True) is None


def test_last_reader_leaves_and_the_source_stops_after_the_idle_time(life: Life, clock: Clock) -> None:
    go_live(life)
    assert life.want(False) is None
    assert life.state is State.LIVE
    assert life.deadline == clock.now + 10.0
    assert clock.reach_deadline(life) is Action.STOP
    assert life.exited() is None
    assert (life.state, life.reason) == (State.IDLE, "")


def test_reader_that_returns_in_time_finds_the_source_running(life: Life, clock: Clock) -> None:
    go_live(life)
    life.want(False)
    clock.now += 9.9
    assert life.want(True) is None
    assert (life.phase, life.deadline) == (Phase.RUNNING, None)


def test_reader_that_comes_while_it_stops_is_served_by_a_new_process_at_once(
    life: Life, clock: Clock
) -> None:
    go_live(life)
    life.want(False)
    clock.reach_deadline(life)
    assert life.want(True) is None
    assert life.exited() is Action.START
    assert life.reconnects == 0


def test_failure_is_told_and_tried_again(life: Life, clock: Clock) -> None:
    life.want(True)
    fail(life)
    assert (life.state, life.reason, life.detail) == (State.OFFLINE, "refused", "no")
    assert clock.reach_deadline(life) is Action.START
    assert life.reconnects == 1


def test_stream_stays_offline_while_it_is_dialled_again(life: Life, clock: Clock) -> None:
    life.want(True)
    fail(life)
    clock.reach_deadline(life)
    life.report(State.CONNECTING)
    assert (life.state, life.reason) == (State.OFFLINE, "refused")
    life.report(State.LIVE)
    assert (life.state, life.reason) == (State.LIVE, "")


def test_waits_grow_to_the_cap(life: Life, clock: Clock) -> None:
    life.want(True)
    waits = []
    for _ in range(5):
        fail(life)
        assert life.deadline is not None
        waits.append(life.deadline - clock.now)
        clock.reach_deadline(life)
    assert waits == pytest.approx([0.25, 0.5, 1.0, 1.5, 1.5])


@pytest.mark.parametrize(("live_s", "wait"), [(STEADY_S, 0.25), (STEADY_S - 0.1, 1.0)])
def test_only_a_source_that_was_live_for_a_while_is_trusted_again(
    life: Life, clock: Clock, live_s: float, wait: float
) -> None:
    life.want(True)
    for _ in range(2):
        fail(life)
        clock.reach_deadline(life)
    life.report(State.LIVE)
    clock.now += live_s
    fail(life, "closed")
    assert life.deadline == pytest.approx(clock.now + wait)


def test_readers_that_come_and_go_do_not_dial_a_dead_camera_more_often(life: Life, clock: Clock) -> None:
    life.want(True)
    fail(life)
    for _ in range(10):
        life.want(False)
        assert life.state is State.IDLE
        clock.now += 0.01
        assert life.want(True) is None
        assert life.phase is Phase.WAITING
    assert clock.now < 100.25
    assert clock.reach_deadline(life) is Action.START
    assert clock.now == pytest.approx(100.25)


def test_process_that_dies_without_a_word_has_crashed(life: Life) -> None:
    go_live(life)
    life.exited("killed by SIGKILL")
    assert (life.state, life.reason, life.detail) == (State.OFFLINE, "crashed", "killed by SIGKILL")


def test_stall_is_shown_and_ends(life: Life) -> None:
    go_live(life)
    shown = []
    for state in (State.STALLED, State.LIVE):
        life.report(state)
        shown.append(life.state)
    assert shown == [State.STALLED, State.LIVE]


def test_process_that_ends_because_of_a_stall_is_stalled_until_it_has_ended(life: Life) -> None:
    life.want(True)
    life.report(State.LIVE)
    life.report(State.STALLED, "stalled", "nothing came")
    life.report(State.OFFLINE, "stalled", "nothing came")
    assert life.state is State.STALLED
    life.exited()
    assert (life.state, life.reason) == (State.OFFLINE, "stalled")


def test_process_that_dials_anew_by_itself_is_offline_and_then_live_again(life: Life) -> None:
    go_live(life)
    life.report(State.OFFLINE, "closed", "cut")
    assert (life.phase, life.state, life.reason) == (Phase.RUNNING, State.OFFLINE, "closed")
    life.report(State.LIVE)
    assert (life.state, life.reason, life.reconnects) == (State.LIVE, "", 1)
    life.exited("killed by SIGKILL")
    assert life.reason == "crashed"  # what it said before holds no more


def test_clean_end_is_final_for_new_readers_too(life: Life) -> None:
    go_live(life)
    life.report(State.ENDED)
    assert life.exited() is None
    assert (life.phase, life.state, life.deadline) == (Phase.FINISHED, State.ENDED, None)
    life.want(False)
    assert life.want(True) is None
    assert life.state is State.ENDED


def test_restart_begins_anew_after_the_end(life: Life) -> None:
    go_live(life)
    life.report(State.ENDED)
    life.exited()
    assert life.restart() is Action.START
    assert life.state is State.CONNECTING


def test_restart_stops_a_running_source_and_starts_the_next_at_its_end(life: Life) -> None:
    go_live(life)
    assert life.restart() is Action.STOP
    assert life.exited() is Action.START


def test_restart_does_not_wait_for_the_backoff(life: Life) -> None:
    life.want(True)
    fail(life)
    assert life.restart() is Action.START


def test_source_that_fails_while_nobody_reads_rests(life: Life) -> None:
    go_live(life)
    life.want(False)
    fail(life, "closed")
    assert (life.phase, life.state) == (Phase.RESTING, State.IDLE)


def test_late_words_of_a_stopped_source_change_nothing(life: Life) -> None:
    go_live(life)
    life.restart()
    life.report(State.OFFLINE, "closed")
    life.report(State.ENDED)
    assert life.state is State.LIVE
    assert life.exited() is Action.START


def test_early_tick_does_nothing(life: Life, clock: Clock) -> None:
    life.want(True)
    fail(life)
    assert life.tick() is None
    assert life.phase is Phase.WAITING


def test_pairs_outside_the_table_change_nothing() -> None:
    for phase, event in product(Phase, Event):
        if (phase, event) not in TABLE:
            life = Life(Timing())
            life.phase = phase
            assert life._on(event) is None
            assert life.phase is phase
