"""What is left out for a subscriber that does not take it."""

from framecast.model import TrackName
from framecast.servers.zmq import lane
from framecast.servers.zmq.lane import Lane, Latest, Queue, lane_for
from framecast.servers.zmq.message import Message


def message(seq: int, *, key: bool = True, size: int = 1000, lost: int = 0) -> Message:
    return Message(b"t$", "{", bytes(size), seq=seq, is_key=key, lost=lost)


def drain(found: Lane) -> list[tuple[int, int]]:
    out = []
    while (taken := found.take()) is not None:
        out.append((taken[0].seq, taken[1]))
    return out


def test_pictures_are_replaced_by_newer_ones() -> None:
    found = Latest()
    for seq in range(5):
        found.offer(message(seq))
    assert drain(found) == [(4, 4)]
    found.offer(message(9, lost=4))
    assert drain(found) == [(9, 4)]
    assert found.lost == 8


def test_records_keep_their_order_and_lose_the_oldest_beyond_the_bound() -> None:
    found = Queue()
    for seq in range(100):
        found.offer(message(seq, size=1 << 20))
    taken = drain(found)
    assert [seq for seq, _ in taken] == list(range(100 - len(taken), 100))
    assert taken[0][1] == 100 - len(taken) == found.lost
    assert sum(dropped for _, dropped in taken[1:]) == 0
    assert (len(taken) + 1) << 20 >= lane.QUEUE_BYTES


def test_number_of_small_records_is_bounded_too() -> None:
    found = Queue()
    for seq in range(lane.QUEUE_RECORDS + 10):
        found.offer(message(seq, size=1))
    assert len(drain(found)) == lane.QUEUE_RECORDS


def test_one_record_that_is_larger_than_the_bound_is_sent_nevertheless() -> None:
    found = Queue()
    found.offer(message(0, size=lane.QUEUE_BYTES * 2))
    assert drain(found) == [(0, 0)]


def test_video_loses_whole_groups_and_goes_on_with_a_key_frame() -> None:
    found = Queue(groups=True)
    for seq in range(65):
        found.offer(message(seq, key=seq % 10 == 0, size=1 << 20))
    taken = drain(found)
    assert taken[0][0] in (50, 60)
    assert [seq for seq, _ in taken] == list(range(taken[0][0], 65))
    assert taken[0][1] == taken[0][0] == found.lost


def test_video_whose_groups_are_too_large_waits_for_the_next_one() -> None:
    found = Queue(groups=True)
    for seq in range(20):
        found.offer(message(seq, key=seq == 0, size=1 << 20))
    assert drain(found) == []
    found.offer(message(20))
    assert drain(found) == [(20, 20)]


def test_video_begins_with_a_key_frame_and_does_so_again_after_a_gap() -> None:
    found = Queue(groups=True)
    for seq, key, lost in (
        (3, False, 0),
        (4, True, 0),
        (5, False, 0),
        (8, False, 2),
        (9, False, 0),
        (10, True, 0),
    ):
        found.offer(message(seq, key=key, lost=lost))
    assert drain(found) == [(4, 1), (5, 0), (10, 4)]


def test_each_kind_of_track_has_the_lane_that_suits_it() -> None:
    assert isinstance(lane_for(TrackName.parse("frames/bgr")), Latest)
    assert isinstance(lane_for(TrackName.parse("jpeg/75")), Latest)
    assert isinstance(lane_for(TrackName.parse("data")), Queue)
