"""What a program gets of a room: each event once and in order, whatever the connection does, or word of a gap; and in bounds."""

from __future__ import annotations

import random

import pytest

from framecast.client.room_log import Position, RoomLog, position_from
from framecast.client.room_values import RoomEvent
from framecast.errors import Invalid
from framecast.v1.rooms_pb2 import GetMessagesResponse, JoinResponse, RoomAuthor, RoomMessage
from framecast.v1.rooms_pb2 import RoomEvent as Sent

ADA = RoomAuthor(id="g:1", name="ada", role="guest")
PAGE = 10
MOST_MISSED = 20


class Server:
    """A room as the server has it: the pages, the welcome and the events that it would send."""

    def __init__(self) -> None:
        self.epoch = "e1"
        self.events: list[Sent] = []

    def say(self, count: int = 1, kind: str = "message") -> None:
        for _ in range(count):
            seq = len(self.events) + 1
            event = Sent(seq=seq, at=float(seq), kind=kind, by=ADA)
            if kind == "message":
                event.message.CopyFrom(RoomMessage(seq=seq, at=float(seq), author=ADA, text=f"text {seq}"))
            else:
                event.target = 1
            self.events.append(event)

    def page(self, log: RoomLog) -> GetMessagesResponse:
        after = log.position.seq
        found = [one.message for one in self.events if one.kind == "message" and one.seq > after][:PAGE]
        epoch = self.epoch if self.events else ""
        return GetMessagesResponse(messages=found, epoch=epoch, last=len(self.events))

    def welcome(self, log: RoomLog) -> JoinResponse.Welcome:
        since, last = log.since, len(self.events)
        epoch = self.epoch if self.events else ""
        if since is None:
            return JoinResponse.Welcome(epoch=epoch, last=last, events=self.events[-5:])
        is_gap = (
            log.position.epoch != epoch and (since > 0 or log.position.epoch != "")
        ) or not 0 <= last - since <= MOST_MISSED
        events = self.events[-5:] if is_gap else self.events[since:]
        return JoinResponse.Welcome(epoch=epoch, last=last, events=events, is_gap=is_gap)

    def enter(self, log: RoomLog) -> None:
        """As the connection does it."""
        for _ in range(100):
            if log.is_caught_up or log.is_full:
                break
            log.on_page(self.page(log), PAGE)
        log.on_welcome(self.welcome(log))


def taken(log: RoomLog) -> list[RoomEvent]:
    found = []
    while (event := log.take()) is not None:
        found.append(event)
    return found


def numbers(log: RoomLog) -> list[int]:
    return [event.seq for event in taken(log) if event.kind == "message"]


def test_what_is_kept_comes_first_and_then_what_is_said() -> None:
    server, log = Server(), RoomLog(position_from(None))
    server.say(35)
    server.enter(log)
    server.say(3)
    log.on_events(server.events[35:], "e1")
    assert numbers(log) == [*range(1, 39)]
    assert str(log.taken) == "e1/38"


def test_now_means_nothing_of_before() -> None:
    server, log = Server(), RoomLog(position_from("now"))
    server.say(7)
    server.enter(log)
    assert numbers(log) == []
    server.say(2)
    log.on_events(server.events[7:], "e1")
    assert numbers(log) == [8, 9]


def test_place_of_another_run_is_where_this_one_begins() -> None:
    server = Server()
    server.say(9)
    for since in ("e1/6", 6):
        log = RoomLog(position_from(since))
        server.enter(log)
        assert numbers(log) == [7, 8, 9]


def test_reconnection_repeats_and_leaves_out_nothing() -> None:
    server, log = Server(), RoomLog(position_from(None))
    server.say(5)
    server.enter(log)
    server.say(4)  # while the connection is lost
    server.enter(log)
    log.on_events(server.events[5:], "e1")  # late, from the old connection
    assert numbers(log) == [*range(1, 10)]


def test_long_absence_is_read_page_by_page_and_is_no_gap() -> None:
    server, log = Server(), RoomLog(position_from(None))
    server.say(3)
    server.enter(log)
    server.say(MOST_MISSED + 30)
    server.say(MOST_MISSED + 30, kind="react")
    while not log.is_caught_up or log.position.seq < len(server.events):
        server.enter(log)
    assert numbers(log) == [*range(1, 4 + MOST_MISSED + 30)]
    assert log.gaps == 0


def test_room_before_its_first_message_loses_none() -> None:
    server, log = Server(), RoomLog(position_from(None))
    server.enter(log)
    server.say(2)
    log.on_events(server.events, "e1")
    server.say(1)
    server.enter(log)
    assert numbers(log) == [1, 2, 3]
    assert log.gaps == 0


def test_other_numbering_is_a_gap_and_is_told() -> None:
    server, log = Server(), RoomLog(position_from(None))
    server.say(12)
    server.enter(log)
    taken(log)
    server.epoch, server.events = "e2", []
    server.say(8)
    server.enter(log)
    found = taken(log)
    assert [event.kind for event in found] == ["gap", *["message"] * 5]
    messages = [event.message for event in found if event.message is not None]
    assert [one.is_after_gap for one in messages] == [True, False, False, False, False]
    assert [one.seq for one in messages] == [4, 5, 6, 7, 8]
    assert str(log.taken) == "e2/8"


def test_place_beyond_the_end_of_a_log_is_a_gap() -> None:
    server, log = Server(), RoomLog(Position("e1", 500))
    server.say(3)
    server.enter(log)
    assert log.gaps == 1
    assert numbers(log) == [1, 2, 3]


def test_program_that_does_not_read_is_bounded_and_gets_everything_later() -> None:
    server, log = Server(), RoomLog(position_from(None), most_events=20)
    server.say(15)
    server.enter(log)
    for start in range(15, 90, 5):
        server.say(5)
        log.on_events(server.events[start:], "e1")
        assert len(log) <= 20
    found: list[int] = []
    while len(found) < 90:
        event = log.take()
        if event is not None:
            found.append(event.seq)
        if not log.is_caught_up and log.is_low:
            server.enter(log)
    assert found == [*range(1, 91)]


def test_bytes_are_bounded_too() -> None:
    server, log = Server(), RoomLog(position_from(None), most_bytes=5000)
    server.say(100)
    server.enter(log)
    assert 5 < len(log) < 20


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_failures_gives_every_message_once_and_in_order(seed: int) -> None:
    chance = random.Random(seed)
    server, log = Server(), RoomLog(position_from(None), most_events=30)
    found: list[int] = []
    live = 0
    for _ in range(300):
        step = chance.random()
        if step < 0.4:
            server.say(chance.randrange(1, 6), chance.choice(["message", "message", "react"]))
        elif step < 0.6:
            server.enter(log)
            live = len(server.events)
        elif step < 0.8 and live < len(server.events):
            log.on_events(server.events[live:], "e1")
            live = len(server.events)
        else:
            for _ in range(chance.randrange(1, 12)):
                event = log.take()
                if event is not None and event.kind == "message":
                    found.append(event.seq)
    while log.position.seq < len(server.events) or not log.is_caught_up or len(log):
        server.enter(log)
        found += numbers(log)
    assert found == [one.seq for one in server.events if one.kind == "message"]
    assert log.gaps == 0


@pytest.mark.parametrize("since", ["", "x", "e/", "/x", "1.5", -1, True, "e/99999999999999999999"])
def test_nonsense_is_no_place(since: int | str) -> None:
    with pytest.raises(Invalid, match="since must be"):
        position_from(since)
