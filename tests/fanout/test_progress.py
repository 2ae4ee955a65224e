"""When a client counts as stuck."""

from framecast.fanout.progress import Progress


def test_client_that_takes_nothing_is_stuck_and_one_that_takes_a_little_is_not() -> None:
    now = [0.0]
    idle, slow, stuck = (Progress(30, lambda: now[0]) for _ in range(3))
    while now[0] < 30:
        assert idle.check(5, waits=False)
        assert slow.check(int(now[0]) // 20, waits=True)
        assert stuck.check(5, waits=True)
        now[0] += 1
    assert idle.check(5, waits=False)
    assert slow.check(1, waits=True)
    assert not stuck.check(5, waits=True)


def test_client_has_all_the_time_from_when_something_waits() -> None:
    now = [0.0]
    progress = Progress(30, lambda: now[0])
    now[0] = 100
    assert progress.check(0, waits=False)
    now[0] = 129
    assert progress.check(0, waits=True)
    now[0] = 131
    assert not progress.check(0, waits=True)
