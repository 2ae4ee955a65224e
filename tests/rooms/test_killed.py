"""`kill -9` at every statement of every change: afterwards all of it is there or nothing, no number is missing, and a repetition ends in one result."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import count

import pytest
from sqlalchemy import event

from framecast.rooms import Rooms, open_rooms
from tests.accounts.opened import Clock
from tests.rooms.people import ANNA, BEN, ROOM, say

MOST = 60


def killed_at(number: int, database: str, clock: Clock, work: Callable[[Rooms], object]) -> bool:
    """Do something in a child process that is killed before its n-th statement or commit; return whether it came to its end."""
    now, child = clock.now, os.fork()
    if child == 0:
        try:
            rooms, left = open_rooms(database, now=lambda: now), [number]

            def note(*_given: object) -> None:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

            engine = rooms._store._engine
            event.listen(engine, "before_cursor_execute", note)
            event.listen(engine, "commit", note)
            work(rooms)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code == 0


def check_whole(rooms: Rooms) -> None:
    """Every number is there, every message has its event, its words and its sums."""
    tail = rooms.tail(ROOM, most=2000)
    assert [one.seq for one in tail.events] == list(range(tail.first, tail.last + 1))
    for message in rooms.history(ROOM, most=500):
        is_found = message.seq in {one.seq for one in rooms.search(ROOM, message.text, most=200)}
        assert is_found != message.is_deleted
        mine = [
            emoji
            for who in (ANNA, BEN)
            for emoji in rooms.my_reactions(ROOM, who, [message.seq]).get(message.seq, [])
        ]
        assert sum(number for _, number in message.reactions) == len(mine)


def test_message_is_there_once_or_not_at_all(rooms: Rooms, database: str, clock: Clock) -> None:
    for number in count(1):
        id = f"id-{number}"

        def send(opened: Rooms, id: str = id) -> None:
            opened.send(ROOM, ANNA, f"text {id} @Anna", client_id=id)

        before = rooms.tail(ROOM).last
        is_done = killed_at(number, database, clock, send)
        assert rooms.tail(ROOM).last == before + is_done, number
        again = rooms.send(ROOM, ANNA, f"text {id} @Anna", client_id=id)
        assert again.is_repeat == is_done
        assert again.event is not None
        assert rooms.tail(ROOM).last == again.event.seq == before + 1
        if is_done:
            break
    check_whole(rooms)
    assert 8 < number < MOST


@pytest.mark.parametrize("what", ["edit", "delete", "react"])
def test_change_of_a_message_is_whole_or_not_there(
    rooms: Rooms, database: str, clock: Clock, what: str
) -> None:
    changes: dict[str, Callable[[Rooms, int], object]] = {
        "edit": lambda opened, seq: opened.edit(ROOM, ANNA, seq, f"changed {seq}"),
        "delete": lambda opened, seq: opened.delete_message(ROOM, ANNA, seq),
        "react": lambda opened, seq: opened.react(ROOM, BEN, seq, "👍"),
    }
    change = changes[what]
    for number in count(1):
        seq = say(rooms, f"original {number}").seq
        is_done = killed_at(number, database, clock, lambda opened, seq=seq: change(opened, seq))  # type: ignore[misc]
        assert rooms.tail(ROOM).last == seq + is_done, number
        assert (change(rooms, seq) is None) == is_done
        assert rooms.tail(ROOM).last == seq + 1
        if is_done:
            break
    check_whole(rooms)
    assert 8 < number < MOST


def test_upkeep_that_dies_is_done_by_the_next_one(rooms: Rooms, database: str, clock: Clock) -> None:
    rooms.change_settings(ROOM, ANNA, {"retention_days": 1})
    for number in count(1):
        seqs = [say(rooms, f"old {number}").seq for _ in range(2)]
        clock.now += 2 * 86400
        say(rooms, "new")
        is_done = killed_at(number, database, clock, lambda opened: opened.prune())
        tail = rooms.tail(ROOM, most=2000)
        assert [one.seq for one in tail.events] == list(range(tail.first, tail.last + 1)), number
        rooms.prune()
        assert rooms.tail(ROOM).first == seqs[-1] + 1
        if is_done:
            break
    check_whole(rooms)
    assert 8 < number < MOST
