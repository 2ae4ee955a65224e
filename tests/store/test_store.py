"""What a database promises, on SQLite and on PostgreSQL: to several processes at once, to one that is killed, after a restart of the server."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event, func, insert, select, text
from sqlalchemy.engine import Engine

from framecast.accounts import Accounts
from framecast.errors import Broken, Conflict, Invalid, WouldBlock
from framecast.model.rights import Grant, Right, Rights, Role
from framecast.store import Store, migrations, open_store
from framecast.store.open import sqlite_url
from framecast.store.schema import accounts as people
from framecast.store.schema import audit, changes, grants, members, metadata, streams
from framecast.store.upgrade import HEAD, version_of
from tests.store.described import is_described
from tests.support import postgres

ROOT = Path(__file__).parents[2]
KILLS = 3


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a database without tables."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "framecast.db")
    return postgres.server().empty_database()


@pytest.fixture
def store(empty: str) -> Iterator[Store]:
    opened = open_store(empty)
    yield opened
    opened.close()


def writer(url: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", url, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def number_of(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_upgrade_from_each_earlier_version_keeps_what_is_there(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framecast.store.open.upgrade", lambda _store: None)
    early = open_store(empty)
    monkeypatch.undo()
    with early.write() as connection:
        migrations.run(connection, "0001")
        kept = {"id": "a", "name": "Anna", "name_key": "anna", "role": "member", "created_at": 1.0}
        connection.execute(insert(people).values(**kept))
    for version in sorted(migrations.revisions()):
        with early.write() as connection:
            migrations.run(connection, version)
            assert version_of(connection) == version
    early.close()
    now = open_store(empty)
    with now.read() as connection:
        assert version_of(connection) == HEAD
        assert connection.execute(select(people.c.name)).scalars().all() == ["Anna"]
        assert number_of(connection, "rooms") == number_of(connection, "room_search") == 0
    now.close()


def test_upgrade_from_nothing_is_what_the_tables_say(store: Store) -> None:
    with store.read() as connection:
        assert version_of(connection) == HEAD
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": is_described}
        )
        assert compare_metadata(context, metadata) == []


def test_failed_change_leaves_nothing(store: Store) -> None:
    row = {"name": "cam", "owner": None, "spec": "{}", "created_at": 0, "changed_at": 0}

    def twice() -> None:
        with store.change() as connection:
            connection.execute(insert(streams).values(**row))
            connection.execute(insert(streams).values(**row))

    with pytest.raises(Conflict, match="contradicts"):
        twice()
    with pytest.raises(Conflict), store.change() as connection:
        connection.execute(insert(streams).values(**(row | {"owner": "nobody"})))
    with pytest.raises(Invalid), store.change() as connection:
        connection.execute(insert(streams).values(**(row | {"name": "\ud800"})))
    assert store.change_number() == 0
    with store.read() as connection:
        assert number_of(connection, "streams") == 0


def test_two_that_open_an_empty_database_at_once_migrate_it_once(empty: str) -> None:
    start, opened = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        opened.append(open_store(empty))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.change_number() for one in opened] == [0, 0]
    with opened[0].read() as connection:
        assert number_of(connection, "alembic_version") == 1
    for one in opened:
        one.close()


def test_two_processes_that_write_lose_nothing(store: Store, empty: str) -> None:
    times = 8
    both = [writer(empty, prefix, str(times)) for prefix in ("a", "b")]
    for one in both:
        out, _ = one.communicate(timeout=120)
        assert one.returncode == 0
        assert len(out.split()) == times
    with store.read() as connection:
        assert [number_of(connection, name) for name in ("accounts", "grants", "group_members")] == [
            2 * times
        ] * 3
        assert connection.execute(select(changes.c.number)).scalar_one() == 2 * (3 * times + 1)


def test_process_that_is_killed_leaves_nothing_half_done(empty: str) -> None:
    done: list[str] = []
    for round_ in range(KILLS):
        killed = writer(empty, f"r{round_}x")
        assert killed.stdout
        done += [killed.stdout.readline().strip() for _ in range(1 + 3 * round_)]
        killed.kill()
        done += killed.stdout.read().split()
        killed.wait()
        killed.stdout.close()
        store = open_store(empty)
        with store.read() as connection:
            names = set(connection.execute(select(people.c.name)).scalars())
            assert names >= set(done)
            rows = select(func.count()).select_from(audit).where(audit.c.what.in_(WHAT))
            assert (
                connection.execute(rows).scalar_one()
                == connection.execute(select(changes.c.number)).scalar_one()
            )
            for table, what in ((people, "account.create"), (grants, "grant.make"), (members, "group.add")):
                noted = select(func.count()).select_from(audit).where(audit.c.what == what)
                kept = select(func.count()).select_from(table)
                assert connection.execute(noted).scalar_one() == connection.execute(kept).scalar_one()
            if store.is_sqlite:
                assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        store.close()


WHAT = ("account.create", "grant.make", "group.add", "group.make")


def test_reader_sees_the_state_before_a_change_until_it_is_done(store: Store) -> None:
    with store.change() as connection:
        connection.execute(insert(streams).values(name="cam", spec="{}", created_at=0, changed_at=0))
        with store.read() as other:
            assert number_of(other, "streams") == 0
    with store.read() as other:
        assert number_of(other, "streams") == 1


def test_change_that_waits_too_long_for_another_says_so(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_store(empty)
    monkeypatch.setattr("framecast.store.open.BUSY_S", 1.0)
    second = open_store(empty)
    with first.change() as connection:
        connection.execute(insert(streams).values(name="cam", spec="{}", created_at=0, changed_at=0))
        with pytest.raises(WouldBlock), second.change():
            pass
    with second.change():
        pass
    assert second.change_number() == 2
    first.close()
    second.close()


def test_restart_of_the_server_is_survived() -> None:
    server = postgres.server()
    store = open_store(server.database())
    assert store.change_number() == 0
    server.end_connections()
    with store.change():
        pass
    assert store.change_number() == 1
    store.close()


def test_server_that_does_not_answer_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="database does not work") as refused:
        open_store(f"postgresql://user:hidden-word@/framecast?host={tmp_path}")
    assert "hidden-word" not in str(refused.value)
    assert "hidden-word" not in repr(refused.value.__cause__)


def fill(store: Store, count: int) -> None:
    """Make so many accounts, each with three grants and one of ten groups, and 1,000 streams."""
    with store.change() as connection:
        stamp = {"created_at": 0.0}
        numbers = range(count)
        connection.execute(
            insert(people),
            [
                {"id": f"a{n}", "name": f"n{n}", "name_key": f"n{n}", "role": "viewer", **stamp}
                for n in numbers
            ],
        )
        connection.execute(
            text("INSERT INTO account_groups (id, name, name_key, created_at) VALUES (:g, :g, :g, 0)"),
            [{"g": f"g{n}"} for n in range(10)],
        )
        connection.execute(
            insert(members), [{"group_id": f"g{n % 10}", "account_id": f"a{n}"} for n in numbers]
        )
        rows = [
            {
                "id": f"x{n}-{k}",
                "subject_kind": "account",
                "account_id": f"a{n}",
                "right": "see",
                "stream": f"s{n % 997}-{k}",
            }
            | stamp
            for n in numbers
            for k in range(3)
        ]
        connection.execute(insert(grants), rows)
        connection.execute(
            insert(streams),
            [
                {"name": f"s{n}", "owner": f"a{n}", "spec": "{}", "changed_at": 0.0, **stamp}
                for n in range(1000)
            ],
        )


def test_identity_among_10_000_is_one_query_that_reads_no_table_through(tmp_path: Path) -> None:
    store = open_store(sqlite_url(tmp_path / "framecast.db"))
    fill(store, 10_000)
    accounts = Accounts(store)
    accounts.grant("group", "g7", Grant(Right.SEE, group="Garden"))
    accounts.grant("everybody", "", Grant(Right.SEE, "lobby"))
    _, secret = accounts.make_token("n4217", "x", ["watch"])
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        found = accounts.identify(secret)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert found is not None
    assert found.account == "a4217"
    assert {one.stream for one in found.rights.grants} == {"s229-0", "s229-1", "s229-2", None, "lobby"}
    assert len(asked) == 1
    with store.read() as connection:
        plan = [
            row.detail
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1])  # type: ignore[arg-type]
        ]
    read_through = [
        line for line in plan if line.startswith("SCAN") and line.split()[1] not in ("me", "mine")
    ]
    assert read_through == [], plan
    store.close()


def test_rights_on_1000_streams_are_looked_up_not_searched_for() -> None:
    class Counted(str):
        __slots__ = ()
        compared = 0

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    granted = tuple(Grant(Right.SEE, Counted(f"s{n}")) for n in range(1000))
    rights = Rights(Role.VIEWER, "a", granted)
    Counted.compared = 0
    assert sum(rights.may(Right.SEE, f"s{n}") for n in range(2000)) == 1000
    assert Counted.compared <= 2 * 1000
