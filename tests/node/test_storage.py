"""Saved streams in the database: whose they are, who has given their addresses, and what a node that dies half way leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from framecast.accounts import Accounts
from framecast.bus.channel import Fields
from framecast.keyfile import KeyFile
from framecast.model import StreamSpec
from framecast.model.rights import Rights, Role
from framecast.node.accounts_server import AccountsServer
from framecast.node.saved import SavedStreams
from framecast.node.storage import Actor, InDatabase, Owned
from framecast.servers.accounts import questions
from framecast.servers.accounts.questions import QUESTIONS
from framecast.store import open_store
from framecast.store.open import sqlite_url
from tests.accounts.opened import Clock


class Asked:
    """The questions of the accounts server on a real database, without the process around them."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    async def ask(self, op: str, **fields: Any) -> Fields:
        return await asyncio.to_thread(lambda: QUESTIONS[op](self.accounts, fields=fields))


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    opened = Accounts(open_store(sqlite_url(tmp_path / "framecast.db")), now=Clock())
    opened.create("ann", role=Role.ADMIN)
    yield opened
    opened.close()


def storage(accounts: Accounts, folder: Path) -> InDatabase:
    return InDatabase(cast("AccountsServer", Asked(accounts)), KeyFile(folder))


def spec(name: str, source: str = "rtsp://user:geheim@camera/1", **options: Any) -> StreamSpec:
    return StreamSpec.from_json(name, {"source": source, **options})


def test_node_learns_the_admins_and_the_rights_of_a_user(accounts: Accounts) -> None:
    async def work() -> None:
        server = Asked(accounts)
        assert await server.ask("look") == {}
        state = await server.ask("state")
        assert state["admins"] == [accounts.account("ann").id]
        assert await server.ask("uid", uid=7) == {"rights": None}
        accounts.give_uid(7, "ann")
        assert Rights.from_json((await server.ask("uid", uid=7))["rights"]).is_admin
        assert (await server.ask("state"))["streams"] == state["streams"]
        accounts.save_stream("door", "{}", None)
        assert (await server.ask("state"))["streams"] != state["streams"]

    asyncio.run(work())


def test_row_has_its_owner_and_the_giver_of_its_address_and_no_password(
    accounts: Accounts, tmp_path: Path
) -> None:
    ann, bob = accounts.account("ann").id, accounts.create("bob", role=Role.MEMBER).id

    async def work() -> None:
        kept = storage(accounts, tmp_path)
        await kept.put(Owned(spec("door", idle_s=3), bob, ann), Actor(ann, "10.0.0.9"))
        await kept.put(Owned(spec("gate", "pattern:")), Actor())
        for one in (kept, storage(accounts, tmp_path)):  # what it remembers, and what it reads
            found = await one.load()
            assert found["door"] == Owned(spec("door", idle_s=3), bob, ann)
            assert found["gate"] == Owned(spec("gate", "pattern:"))
        await kept.delete("door", Actor(bob))
        await kept.delete("door", Actor(bob))  # gone already
        assert set(await kept.load()) == {"gate"}

    asyncio.run(work())
    text = (tmp_path / "framecast.db").read_bytes() + (tmp_path / "framecast.db-wal").read_bytes()
    assert b"geheim" not in text


def test_row_that_cannot_be_read_costs_only_its_stream_and_is_reported_once(
    accounts: Accounts, tmp_path: Path
) -> None:
    accounts.save_stream("bad", "{", None)
    accounts.save_stream("list", "[]", None)
    accounts.save_stream("good", '{"source": "pattern:"}', None)

    async def work() -> None:
        kept = storage(accounts, tmp_path)
        for _ in range(2):
            assert set(await kept.load()) == {"good"}
            assert len(kept.problems) == 2

    asyncio.run(work())


def test_more_rows_than_one_answer_has_are_all_read(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "PAGE", 2)
    for number in range(5):
        accounts.save_stream(f"s{number}", '{"source": "pattern:"}', None)

    async def work() -> None:
        assert sorted(await storage(accounts, tmp_path).load()) == ["s0", "s1", "s2", "s3", "s4"]

    asyncio.run(work())


def test_file_is_taken_over_once_whatever_ends_the_node_in_between(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, ann = SavedStreams(tmp_path), accounts.account("ann").id
    saved.put(spec("door"))
    saved.put(spec("gate", "pattern:"))

    async def work() -> None:
        kept = storage(accounts, tmp_path)
        with monkeypatch.context() as patch:  # it dies between the database and the file
            patch.setattr(SavedStreams, "set_aside", _die)
            with pytest.raises(_Killed):
                await kept.take_over(SavedStreams(tmp_path))
        await kept.delete("gate", Actor())
        await kept.put(Owned(spec("door", "pattern:", idle_s=9), "ignored"), Actor())
        await kept.take_over(SavedStreams(tmp_path))
        found = await kept.load()
        assert found["door"] == Owned(spec("door", "pattern:", idle_s=9), ann)
        assert set(found) == {"door", "gate"}
        await kept.delete("gate", Actor())
        await kept.take_over(SavedStreams(tmp_path))
        assert set(await kept.load()) == {"door"}, "it is taken over once"

    asyncio.run(work())
    assert not (tmp_path / "streams.json").exists()
    assert (tmp_path / "streams.json.imported").exists()


class _Killed(Exception):
    """The node was killed."""


def _die(_saved: SavedStreams) -> Path:
    raise _Killed
