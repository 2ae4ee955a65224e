"""Rooms in a database of its own, once in SQLite and once in PostgreSQL, with a clock that stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast.accounts import Accounts
from framecast.accounts.passwords import Passwords
from framecast.rooms import Rooms, open_rooms
from framecast.store import open_store
from tests.accounts.opened import CHEAP, Clock
from tests.accounts.opened import database as new_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    kind: str = request.param
    return new_database(kind, tmp_path)


@pytest.fixture
def rooms(database: str, clock: Clock) -> Iterator[Rooms]:
    opened = open_rooms(database, now=clock)
    yield opened
    opened.close()


@pytest.fixture
def accounts(database: str, clock: Clock) -> Iterator[Accounts]:
    opened = Accounts(open_store(database), passwords=Passwords(CHEAP), now=clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_rooms(tmp_path: Path, clock: Clock) -> Iterator[Rooms]:
    """For what does not depend on the database."""
    opened = open_rooms(new_database("sqlite", tmp_path), now=clock)
    yield opened
    opened.close()
