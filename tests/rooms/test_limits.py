"""Counting in the database: exact, however many count at once."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest

from framecast.errors import WouldBlock
from framecast.model.room_limits import Limit
from framecast.rooms.limits import count_against
from framecast.store import open_store
from tests.rooms.household import at_once

NOW = 1_700_000_000.0


def test_processes_that_count_at_once_let_no_more_pass_than_one_would(database: str) -> None:
    stores = [open_store(database) for _ in range(4)]
    limits = {("person", "a:ben"): Limit(6, 10.0), ("address", "203.0.113.7"): Limit(100, 1.0)}

    def count(number: int) -> int:
        passed = 0
        for _ in range(4):
            with suppress(WouldBlock), stores[number].write() as connection:
                count_against(connection, NOW, limits)
                passed += 1
        return passed

    passed = at_once(*(partial(count, number) for number in range(4)))
    assert sum(one for one in passed if isinstance(one, int)) == 6
    with stores[0].write() as connection:
        count_against(connection, NOW + 10, limits)
    with pytest.raises(WouldBlock), stores[1].write() as connection:
        count_against(connection, NOW + 10, limits)
    for store in stores:
        store.close()


def test_the_longest_wait_is_told(database: str) -> None:
    store = open_store(database)
    limits = {("person", "a"): Limit(1, 1.0), ("room", "1"): Limit(1, 9.0)}
    with store.write() as connection:
        count_against(connection, NOW, limits)
        count_against(connection, NOW, {})
    with pytest.raises(WouldBlock, match="wait 9 s") as error, store.write() as connection:
        count_against(connection, NOW, limits)
    assert error.value.fields == {"limit": "room", "wait_s": 9.0}
    store.close()
