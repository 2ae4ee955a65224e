"""What a log keeps, with and without cursors in it."""

import pytest

from framecast.fanout.cursor import Cursor
from framecast.fanout.log import MAX_ENTRIES, Entry, Limits, Log, limits_for
from framecast.fanout.loss import Loss, loss_of
from framecast.model import Kind, TrackName


def add(log: Log[str], *, starts: bool = False, size: int = 10) -> Entry[str]:
    return log.add("message", size, starts=starts)


def stopped(log: Log[str]) -> Cursor[str]:
    """A cursor that has taken one entry and takes no other."""
    cursor = Cursor(log)
    assert cursor.take() is not None
    return cursor


def test_new_client_begins_at_the_newest_start() -> None:
    log: Log[str] = Log(Limits(100, 1000, 10_000))
    assert log.start == -1
    add(log)
    assert log.start == -1
    wanted = add(log, starts=True)
    add(log)
    assert log.start == wanted.number == 1


def test_group_of_pictures_is_kept_beyond_what_a_client_may_be_late() -> None:
    log: Log[str] = Log(Limits(5, 50, 10_000))
    add(log, starts=True)
    for _ in range(100):
        add(log)
    assert (log.first, log.start) == (0, 0)
    assert log.bytes == 1010


def test_older_groups_are_let_go_where_a_client_would_be_too_late() -> None:
    log: Log[str] = Log(Limits(5, 1000, 10_000))
    add(log, starts=True)
    slow = stopped(log)
    for number in range(1, 20):
        add(log, starts=number % 4 == 0)
    assert log.start == 16
    assert log.first == 15  # five records
    assert log.bytes == 50
    slow.close()
    add(log)
    assert log.first == log.start == 16  # nobody needs what lies before


def test_older_groups_are_let_go_when_no_client_needs_them() -> None:
    log: Log[str] = Log(Limits(100, 1000, 10_000))
    add(log, starts=True)
    quick, slow = stopped(log), stopped(log)
    for number in range(1, 11):
        add(log, starts=number % 4 == 0)
        assert quick.take() is not None
    assert log.first == 1
    while slow.take() is not None:
        pass
    add(log)
    assert log.first == log.start == 8


def test_group_that_is_too_large_has_no_start_any_more() -> None:
    log: Log[str] = Log(Limits(5, 50, 200))
    add(log, starts=True)
    for _ in range(30):
        add(log)
    assert log.bytes <= 200
    assert log.start == -1


def test_only_the_newest_of_a_track_is_held_and_others_stay() -> None:
    log: Log[str] = Log(limits_for([Kind.FRAMES, Kind.DATA], 512), 2)
    first = add(log, starts=True, size=1000)
    log.only_newest(0, first)
    assert Cursor(log).peek() is first  # a slow client
    other = add(log)
    second = add(log, starts=True, size=500)
    log.only_newest(0, second)
    assert (first.message, first.size) == (None, 0)
    assert log.bytes == 510
    assert log.at(other.number) is other
    assert log.start == second.number


def test_superseded_entries_do_not_pile_up() -> None:
    log: Log[str] = Log(limits_for([Kind.PACKETS], 512))
    add(log)
    for _ in range(MAX_ENTRIES + 100):
        log.only_newest(1, add(log))
    assert log.at(log.first) is not None
    newest = add(log)
    assert newest.number - log.first < MAX_ENTRIES


def test_log_that_is_cleared_holds_nothing_and_goes_on() -> None:
    log: Log[str] = Log(Limits(100, 1000, 10_000))
    add(log, starts=True)
    cursor = Cursor(log)
    log.clear()
    assert (log.bytes, log.start, cursor.take()) == (0, -1, None)
    added = add(log, starts=True)
    assert cursor.take() is added


@pytest.mark.parametrize(
    ("track", "loss"),
    [
        ("frames/bgr", Loss.NEWEST),
        ("jpeg/75", Loss.NEWEST),
        ("video", Loss.GROUPS),
        ("video/h264", Loss.GROUPS),
        ("data", Loss.QUEUE),
        ("audio", Loss.QUEUE),
    ],
)
def test_each_kind_of_track_has_the_policy_that_suits_it(track: str, loss: Loss) -> None:
    assert loss_of(TrackName.parse(track)) is loss


def test_start_of_a_group_that_is_too_large_is_kept_until_the_next_one() -> None:
    log: Log[str] = Log(Limits(0, 0, 100, keeps_start=True))
    for number in range(30):
        log.add(str(number), 50 if number == 0 else 10, starts=number == 0)
        assert log.bytes <= 100
        assert log.is_whole is (number <= 5)
        assert list(log.kept()) == list(map(str, range(number + 1 if number <= 5 else 1)))
    log.add("key", 50, starts=True)
    log.add("next", 10, starts=False)
    assert log.is_whole
    assert list(log.kept()) == ["key", "next"]
    assert log.bytes == 60


def test_start_that_is_too_large_by_itself_is_kept() -> None:
    log: Log[str] = Log(Limits(0, 0, 100, keeps_start=True))
    for _ in range(2):
        log.add("large", 500, starts=True)
        log.add("next", 10, starts=False)
        assert list(log.kept()) == ["large"]
        assert not log.is_whole


def test_nothing_is_kept_for_clients_before_the_first_start() -> None:
    log: Log[str] = Log(Limits(0, 0, 100, keeps_start=True))
    log.add("delta", 10, starts=False)
    assert list(log.kept()) == []
    log.add("key", 10, starts=True)
    assert list(log.kept()) == ["key"]
    log.clear()
    assert list(log.kept()) == []
