"""Web servers, the gRPC server, the database and clients are killed while people talk: nothing is lost, said twice, or out of order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from framecast.store.open import sqlite_url
from tests.node.running import folder
from tests.servers.web.rooms.storm import Servers, Storm, Witness, check, servers_on
from tests.support import postgres

COUNT = 500
MANY = int(os.environ.get("SOAK_MESSAGES", "10000"))


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short enough for the sockets in it."""
    with folder() as found:
        (found / "run").mkdir(exist_ok=True)
        yield found / "run"


def nothing_is_lost(servers: Servers, count: int, rounds: int, kill_database: Callable[[], None]) -> None:
    victims: list[Callable[[], None]] = []
    storm = Storm(servers, count, victims)
    for turn in range(rounds):
        victims += [
            lambda: servers.kill(0),
            lambda sender=turn % 3: storm.cut(sender),  # type: ignore[misc]
            lambda: servers.kill(2),
            kill_database,
            lambda: servers.kill(1),
        ]
    with Witness(servers, 0, count) as first, Witness(servers, 1, count) as second:
        witnesses = first, second
        storm.run()
        check(servers, count, [one.finish() for one in witnesses])
    assert sum(one.returns for one in witnesses) >= 2, "they were cut and came back"
    assert not any(one.gaps for one in witnesses)
    print(f"{storm.repeats} of {count} messages were sent again and not said again")


@contextmanager
def database_of(kind: str, place: Path) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """Give a database and what kills its server; SQLite has none."""
    if kind == "sqlite":
        yield sqlite_url(place / "framecast.db"), None
        return
    with postgres.killable() as server:
        yield server.database(), server.kill


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_said_twice_or_out_of_order(place: Path, kind: str) -> None:
    with database_of(kind, place) as (database, kill), servers_on(place, database) as servers:
        nothing_is_lost(servers, COUNT, 1, kill or (lambda: servers.kill(1)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_of_ten_thousand_messages_is_lost(place: Path, kind: str) -> None:
    with database_of(kind, place) as (database, kill), servers_on(place, database) as servers:
        nothing_is_lost(servers, MANY, 8, kill or (lambda: servers.kill(1)))
