"""Several processes write into one room: every number once, in order, and a repeated message once."""

from __future__ import annotations

import os

from framecast.model.room import Visitor
from framecast.rooms import Rooms, open_rooms
from tests.accounts.opened import Clock
from tests.rooms.people import ANNA, ROOM, say

PROCESSES, MESSAGES = 3, 12


def write(database: str, process: int) -> None:
    """Send messages, each twice; every process also repeats those that all of them share."""
    rooms = open_rooms(database)
    mine = Visitor(None, f"p{process}", f"Process {process}", is_local=True)
    shared = Visitor(None, "shared", "Shared", is_local=True)
    for number in range(MESSAGES):
        for who, id in ((mine, f"{number}"), (mine, f"{number}"), (shared, f"{number}")):
            sent = rooms.send(ROOM, who, f"{who.id} {number}", client_id=id)
            assert sent.event is not None
    rooms.close()


def test_numbers_grow_by_one_under_writers_of_several_processes(
    rooms: Rooms, database: str, clock: Clock
) -> None:
    children = []
    for process in range(PROCESSES):
        child = os.fork()
        if child == 0:
            try:
                write(database, process)
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    seen: list[int] = []
    while children:
        seen += [event.seq for event in rooms.events(ROOM, seen[-1] if seen else 0)]
        children = [child for child in children if not _has_ended(child)]
    seen += [event.seq for event in rooms.events(ROOM, seen[-1] if seen else 0)]
    expected = (PROCESSES + 1) * MESSAGES
    assert seen == list(range(1, expected + 1))  # a reader beside the writers has missed none, and none twice
    messages = rooms.history(ROOM, most=500)
    assert len({(one.author.id, one.client_id) for one in messages}) == len(messages) == expected
    for process in range(PROCESSES):
        own = [one.text for one in messages if one.author.id == f"g:p{process}"]
        assert own == [f"g:p{process} {number}" for number in range(MESSAGES)]
    assert rooms.tail(ROOM).last == expected


def _has_ended(child: int) -> bool:
    ended, status = os.waitpid(child, os.WNOHANG)
    if not ended:
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def test_somebody_reads_a_room_in_which_somebody_writes(rooms: Rooms, database: str) -> None:
    """In PostgreSQL a mark does not wait for a message: the test would end with a lock that took too long."""
    say(rooms, "hello")
    other = open_rooms(database)
    if not rooms._store.is_sqlite:  # it has one writer at a time
        with rooms._store.write() as connection:
            rooms._lock(connection, ROOM)
            assert other.mark_read(ROOM, ANNA, 1) == 1
    assert other.positions([1]) == rooms.positions([1])
    other.close()
