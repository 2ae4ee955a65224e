"""A client's place in a log: what it gets, and what it is said to have lost, by each policy."""

from __future__ import annotations

from framecast.fanout.cursor import Cursor
from framecast.fanout.log import Limits, Log
from framecast.fanout.loss import Loss

SMALL = Limits(3, 1000, 10_000)  # a client may be three records late


def filled(log: Log[str], numbers: range, starts: int = 0) -> None:
    """Add messages that are their numbers; each `starts`-th one is a start."""
    for number in numbers:
        log.add(str(number), 10, starts=bool(starts) and number % starts == 0)


def taken(cursor: Cursor[str]) -> list[tuple[str | None, int]]:
    """Take everything; return each message and what was lost before it."""
    found = []
    while (entry := cursor.take()) is not None:
        found.append((entry.message, cursor.dropped))
    return found


def test_client_that_keeps_up_gets_everything_and_loses_nothing() -> None:
    log: Log[str] = Log(SMALL)
    filled(log, range(1), 1)
    cursor = Cursor(log)
    assert taken(cursor) == [("0", 0)]
    filled(log, range(1, 3))
    assert taken(cursor) == [("1", 0), ("2", 0)]
    assert (cursor.peek(), cursor.lost) == (None, 0)


def test_client_waits_for_a_start_and_hears_what_it_missed_if_it_is_to_count() -> None:
    log: Log[str] = Log(SMALL)
    filled(log, range(5, 7))
    uncounted, counted = Cursor(log), Cursor(log, had=log.counts)
    filled(log, range(7, 9))
    assert uncounted.peek() is None
    assert (uncounted.lost, counted.lost) == (0, 2)
    log.add("start", 10, starts=True)
    assert taken(uncounted) == [("start", 0)]
    assert taken(counted) == [("start", 2)]
    assert counted.lost == 2


def test_slow_queue_goes_on_with_the_oldest_that_is_kept() -> None:
    log: Log[str] = Log(SMALL)
    filled(log, range(1), 1)
    cursor = Cursor(log, Loss.QUEUE)
    assert taken(cursor) == [("0", 0)]
    filled(log, range(1, 11), 1)
    assert cursor.lost == 7  # before it takes anything
    assert taken(cursor) == [("8", 7), ("9", 0), ("10", 0)]
    assert cursor.lost == 7


def test_slow_client_of_groups_goes_on_with_the_newest_start() -> None:
    log: Log[str] = Log(SMALL)
    filled(log, range(1), 1)
    cursor = Cursor(log)
    assert taken(cursor) == [("0", 0)]
    filled(log, range(1, 10), 4)
    assert taken(cursor) == [("8", 7), ("9", 0)]


def test_slow_client_of_groups_waits_if_no_start_is_kept() -> None:
    log: Log[str] = Log(Limits(3, 30, 50))
    filled(log, range(1), 1)
    cursor = Cursor(log)
    assert taken(cursor) == [("0", 0)]
    filled(log, range(1, 20))
    assert log.start == -1
    assert (cursor.peek(), cursor.number) == (None, -1)
    filled(log, range(20, 21), 20)
    assert taken(cursor) == [("20", 19)]


def test_superseded_message_is_passed_over_and_counted_as_lost() -> None:
    log: Log[str] = Log(Limits(100, 1000, 10_000))
    log.only_newest(0, log.add("0", 10, starts=True))
    cursor = Cursor(log, Loss.NEWEST)
    assert taken(cursor) == [("0", 0)]
    for number in range(1, 4):
        log.only_newest(0, log.add(str(number), 10, starts=True))
    assert taken(cursor) == [("3", 2)]


def test_peek_passes_nothing_and_a_gap_is_counted_once_by_track() -> None:
    log: Log[str] = Log(Limits(100, 1000, 10_000), tracks=2)
    log.add("0", 10, starts=True)
    cursor = Cursor(log)
    assert taken(cursor) == [("0", 0)]
    log.count(1, 3)
    entry = log.add("1", 10, starts=False)
    assert cursor.peek() is cursor.peek() is entry
    assert cursor.pass_gap(entry) == (0, 3)
    assert cursor.pass_gap(entry) == ()
    cursor.advance(entry)
    assert (cursor.peek(), cursor.lost) == (None, 3)


def test_log_remembers_the_losses_of_cursors_that_have_left_once() -> None:
    log: Log[str] = Log(SMALL)
    filled(log, range(1), 1)
    cursor = Cursor(log, Loss.QUEUE)
    taken(cursor)
    filled(log, range(1, 11), 1)
    assert log.lost == 7
    cursor.close()
    cursor.close()
    assert log.lost == 7
