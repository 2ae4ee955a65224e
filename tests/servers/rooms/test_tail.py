"""The newest events in memory: in order, bounded, and as the messages are now."""

from __future__ import annotations

from typing import Any

from framecast.model.room import Author, Event, EventKind, Message, Quote, RoomRole
from framecast.servers.rooms.tail import RoomTail

ANN = Author("a:1", "Ann", RoomRole.MEMBER)
BOB = Author("a:2", "Bob", RoomRole.MEMBER)


def said(seq: int, text: str = "hello", by: Author = ANN, reply_to: Quote | None = None) -> Event:
    return Event(
        seq, float(seq), EventKind.MESSAGE, Message(seq, float(seq), by, text, reply_to=reply_to), seq, by=by
    )


def texts(tail: RoomTail) -> list[Any]:
    return [one["message"]["text"] for one in tail.newest(100, tail.last) if "message" in one]


def filled(*events: Event, **bounds: int) -> RoomTail:
    tail = RoomTail(**bounds)
    tail.reset("e", 0, ())
    for event in events:
        assert tail.add(event)
    return tail


def test_only_the_next_event_is_kept() -> None:
    tail = filled(said(1), said(2))
    assert not tail.add(said(2))
    assert not tail.add(said(4))
    assert (tail.first, tail.last) == (1, 2)


def test_what_is_asked_for_is_given_in_order_or_not_at_all() -> None:
    tail = filled(*(said(seq) for seq in range(1, 11)), most=4)
    assert (tail.first, tail.last) == (7, 10)
    assert [one["seq"] for one in tail.between(6, 10) or []] == [7, 8, 9, 10]
    assert [one["seq"] for one in tail.between(7, 9) or []] == [8, 9]
    assert tail.between(10, 10) == []
    assert tail.between(5, 10) is None
    assert [one["seq"] for one in tail.newest(2, 9)] == [8, 9]


def test_bytes_are_bounded_and_the_newest_stays() -> None:
    tail = filled(*(said(seq, "x" * 1000) for seq in range(1, 51)), most_bytes=20_000)
    assert tail.first > 40
    assert filled(said(1, "x" * 50_000), most_bytes=20_000).first == 1


def test_a_log_that_begins_again_keeps_what_has_no_gap() -> None:
    tail = filled(said(1))
    tail.reset("other", 9, [said(5), said(6), said(8), said(9)])
    assert (tail.epoch, tail.first, tail.last) == ("other", 8, 9)


def test_nobody_gets_what_was_deleted_edited_or_cleared() -> None:
    quote = Quote(1, "Ann", "secret")
    tail = filled(said(1, "secret"), said(2, "reply", BOB, quote), said(3, "typo"), said(4, "fine", BOB))
    before = tail.newest(1, 1)[0]
    assert tail.newest(1, 1)[0] is before, "the JSON form is made once"
    tail.add(Event(5, 5.0, EventKind.DELETE, target=1, by=ANN))
    assert texts(tail) == ["", "reply", "typo", "fine"]
    first, second = tail.newest(100, 2)
    assert first["message"]["is_deleted"] is True
    assert second["message"]["reply_to"]["text"] == ""
    tail.add(Event(6, 6.0, EventKind.EDIT, Message(3, 3.0, ANN, "type", edited_at=6.0), 3, by=ANN))
    assert texts(tail) == ["", "reply", "type", "fine", "type"]
    tail.add(Event(7, 7.0, EventKind.CLEAR, data={"author": BOB.id}, by=ANN))
    assert texts(tail) == ["", "", "type", "", "type"]


def test_reactions_are_those_of_now() -> None:
    tail = filled(said(1))
    for seq, count in ((2, 1), (3, 2)):
        tail.add(
            Event(
                seq, 1.0, EventKind.REACT, target=1, data={"emoji": "+", "on": True, "count": count}, by=BOB
            )
        )
    assert tail.newest(100, 1)[0]["message"]["reactions"] == [{"emoji": "+", "count": 2}]
    tail.add(Event(4, 1.0, EventKind.REACT, target=1, data={"emoji": "+", "on": False, "count": 0}, by=BOB))
    assert tail.newest(100, 1)[0]["message"]["reactions"] == []
