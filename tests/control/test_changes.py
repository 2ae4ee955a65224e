"""Changes of streams: who hears of them, and what a slow listener gets."""

import pytest

from framecast.control.changes import Change, Changes, NewestOfEach, change_from_json
from framecast.errors import Closed, Invalid
from framecast.model import State
from framecast.model.status import Status

LIVE = Change("front", Status("front", state=State.LIVE))
BACK = Change("back", Status("back"))
GONE = Change("front", None)


def test_messages_of_the_node_become_changes() -> None:
    assert change_from_json({"event": "stream", "name": "front", "state": "live"}) == LIVE
    assert change_from_json({"event": "removed", "name": "front"}) == GONE
    assert change_from_json({"event": "later"}) is None
    with pytest.raises(Invalid):
        change_from_json({"event": "stream", "name": "front", "state": "flying"})


def test_listeners_get_what_is_known_and_then_the_changes_of_their_stream() -> None:
    changes = Changes()
    changes.note(BACK)
    all_of_them: list[Change] = []
    front: list[Change] = []
    changes.listen("", all_of_them.append)
    end = changes.listen("front", front.append)
    assert (all_of_them, front) == ([BACK], [])
    changes.note(LIVE)
    changes.note(GONE)
    end()
    end()
    changes.note(LIVE)
    assert all_of_them == [BACK, LIVE, GONE, LIVE]
    assert front == [LIVE, GONE]
    assert changes.listener_count == 1
    assert changes.newest == {"back": BACK.status, "front": LIVE.status}


def test_a_removed_stream_is_forgotten() -> None:
    changes = Changes()
    changes.note(LIVE)
    changes.note(GONE)
    late: list[Change] = []
    changes.listen("front", late.append)
    assert (late, changes.newest) == ([], {})


def test_a_listener_may_end_itself_or_another_one_while_it_is_called() -> None:
    changes = Changes()
    ends: list[object] = []
    seen: list[str] = []

    def first(_: Change) -> None:
        seen.append("first")
        end()

    def second(_: Change) -> None:
        seen.append("second")

    end = changes.listen("front", first)
    changes.listen("front", second)
    changes.note(LIVE)
    changes.note(LIVE)
    assert (seen, ends) == (["first", "second", "second"], [])


def test_a_slow_listener_has_the_newest_of_each_stream() -> None:
    woken: list[int] = []
    slow: NewestOfEach[int] = NewestOfEach(lambda: woken.append(1))
    assert not slow.is_ready
    for number in range(1000):
        slow.put(f"stream{number % 3}", number)
    assert slow.is_ready
    assert len(woken) == 1000
    assert list(slow.take()) == [997, 998, 999]
    assert not slow.is_ready
    assert list(slow.take()) == []


def test_what_is_there_comes_before_the_failure() -> None:
    slow: NewestOfEach[int] = NewestOfEach(lambda: None)
    slow.put("front", 1)
    slow.fail(Closed("the server is stopping"))
    taken = slow.take()
    assert next(taken) == 1
    with pytest.raises(Closed):
        next(taken)
