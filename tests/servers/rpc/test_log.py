"""What the log keeps, and where clients are in it, without any of them."""

from framecast.model import Kind
from framecast.servers.rpc.batch import Batch
from framecast.servers.rpc.log import MAX_BATCHES, Limits, Log, limits_for


def add(log: Log, *, starts: bool = False, size: int = 10) -> Batch:
    number = log.first if log.at(log.first) is None else 0
    return log.append((b"",), (number,), (number + 1,), parts=[b"h", bytes(size - 1)], starts=starts)


def test_new_client_begins_at_the_newest_start() -> None:
    log = Log(Limits(100, 1000, 10_000))
    assert log.start == -1
    add(log)
    assert log.start == -1
    wanted = add(log, starts=True)
    add(log)
    assert log.start == wanted.number == 1


def test_group_of_pictures_is_kept_beyond_what_a_client_may_be_late() -> None:
    log = Log(Limits(5, 50, 10_000))
    add(log, starts=True)
    for _ in range(100):
        add(log)
    assert (log.first, log.start) == (0, 0)
    assert log.bytes == 1010


def test_older_groups_are_let_go_where_a_client_would_be_too_late() -> None:
    log = Log(Limits(5, 1000, 10_000))
    for number in range(20):
        add(log, starts=number % 4 == 0)
    assert log.start == 16
    assert log.first == 15  # five records
    assert log.bytes == 50


def test_group_that_is_too_large_has_no_start_any_more() -> None:
    log = Log(Limits(5, 50, 200))
    add(log, starts=True)
    for _ in range(30):
        add(log)
    assert log.bytes <= 200
    assert log.start == -1


def test_only_the_newest_of_a_track_is_held_and_others_stay() -> None:
    log = Log(limits_for([Kind.FRAMES, Kind.DATA], 512))
    first = add(log, starts=True, size=1000)
    log.only_newest(0, first)
    other = add(log)
    second = add(log, starts=True, size=500)
    log.only_newest(0, second)
    assert (first.data, first.size) == (b"", 0)
    assert log.bytes == 510
    assert log.at(other.number) is other
    assert log.start == second.number


def test_batches_of_superseded_pictures_do_not_pile_up() -> None:
    log = Log(limits_for([Kind.PACKETS], 512))
    add(log)
    for _ in range(MAX_BATCHES + 100):
        log.only_newest(1, add(log))
    assert log.at(log.first) is not None
    newest = add(log)
    assert newest.number - log.first < MAX_BATCHES


def test_message_is_joined_once() -> None:
    batch = Batch(0, (b"",), (0,), (2,), parts=[b"ab", b"cd", b"ef", b"gh"], starts=True)
    assert batch.records == 2
    assert batch.data == b"abcdefgh"
    assert batch.data is batch.data
