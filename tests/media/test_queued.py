"""A stage of an encode: items in order, a few ahead, failures reach the one who puts."""

import threading

import pytest

from framecast.media.queued import Queued


def test_items_are_taken_in_order_and_then_it_finishes() -> None:
    taken: list[int] = []
    stage = Queued(taken.append, lambda: taken.append(-1), "test")
    for number in range(50):
        stage.put(number)
    stage.finish()
    assert taken == [*range(50), -1]


def test_no_more_than_a_few_wait() -> None:
    may_go, is_held = threading.Event(), threading.Event()

    def take(_: int) -> None:
        is_held.set()
        may_go.wait()

    ahead: list[int] = []
    stage = Queued(take, lambda: None, "test", ahead=3)

    def feed() -> None:
        for number in range(20):
            stage.put(number)
            ahead.append(number)

    feeder = threading.Thread(target=feed)
    feeder.start()
    is_held.wait()
    assert len(ahead) <= 4  # one is taken, three wait
    may_go.set()
    feeder.join()
    stage.finish()
    assert len(ahead) == 20


def test_failure_reaches_the_one_who_puts_and_nobody_waits_for_ever() -> None:
    def fail(_: int) -> None:
        raise ValueError("broken")

    finished: list[bool] = []
    stage = Queued(fail, lambda: finished.append(True), "test", ahead=1)

    def put_all() -> None:
        for number in range(1000):
            stage.put(number)

    with pytest.raises(ValueError, match="broken"):
        put_all()
    with pytest.raises(ValueError, match="broken"):
        stage.finish()
    assert not finished
