"""The mode of a node's access, and the first account that changes it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framecast.errors import Broken, Conflict
from framecast.node.access_mode import SETUP_S, AccessMode
from framecast.node.config import Config, load


def config(folder: Path, **flags: Any) -> Config:
    return load(None, data_dir=folder, runtime_dir=folder, **flags)


def nothing() -> None:
    """Nobody is interested."""


async def yes(_database: str) -> bool:
    return True


async def begun(folder: Path, on_change: Callable[[], None] = nothing, **flags: Any) -> AccessMode:
    mode = AccessMode(config(folder, **flags), yes, on_change, now=lambda: 1000.0)
    await mode.begin()
    return mode


def test_node_that_only_its_machine_reaches_waits_for_nobody(tmp_path: Path) -> None:
    async def work() -> None:
        mode = await begun(tmp_path)
        assert (mode.state.database, mode.state.setup, mode.secret) == (None, None, "")
        with pytest.raises(Conflict, match="does not wait for its first account"):
            mode.new_secret()

    asyncio.run(work())


def test_setup_has_the_hash_of_its_secret_until_its_hour_is_over(tmp_path: Path) -> None:
    async def work() -> None:
        changed: list[int] = []
        mode = await begun(tmp_path, lambda: changed.append(1), host="0.0.0.0")
        first, secret = mode.state.setup, mode.secret
        assert first
        assert first.secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
        assert first.expires_at == 1000 + SETUP_S
        assert first.database == f"sqlite:///{tmp_path}/framecast.db"
        assert mode.state.database is None
        again = mode.new_secret()
        assert again is mode.state.setup
        assert again.secret_sha256 != first.secret_sha256
        assert mode.secret != secret
        assert changed == [1]

    asyncio.run(work())


def test_token_ends_the_setup_and_its_end_does_not_begin_one_that_has_accounts(tmp_path: Path) -> None:
    async def work() -> None:
        mode = await begun(tmp_path, host="0.0.0.0")
        mode.follow(config(tmp_path, host="0.0.0.0", access_token="token"))
        assert (mode.state.setup, mode.secret) == (None, "")
        mode.follow(config(tmp_path, host="0.0.0.0"))
        assert mode.state.setup
        (tmp_path / "framecast.db").touch()
        mode = await begun(tmp_path, host="0.0.0.0")
        assert (mode.state.database, mode.state.setup) == (f"sqlite:///{tmp_path}/framecast.db", None)

    asyncio.run(work())


@pytest.mark.parametrize("is_noticed", [True, False])
def test_first_account_is_found_by_its_notice_and_without_it(tmp_path: Path, is_noticed: bool) -> None:
    async def work() -> None:
        changed = asyncio.Event()
        before: list[bool] = []

        async def on_accounts() -> None:
            before.append(changed.is_set())

        given = config(tmp_path, host="0.0.0.0")
        mode = AccessMode(given, yes, changed.set, on_accounts, look_s=3600 if is_noticed else 0.01)
        await mode.begin()
        mode.start()
        (tmp_path / "framecast.db").touch()
        if is_noticed:
            mode.notice()
        async with asyncio.timeout(60):
            await changed.wait()
        assert before == [False], "what follows from accounts comes first"
        assert mode.state.database == f"sqlite:///{tmp_path}/framecast.db"
        assert (mode.state.setup, mode.secret) == (None, "")
        await mode.close()

    asyncio.run(work())


def test_database_without_an_admin_is_not_one_of_accounts_and_is_asked_again_after_a_change(
    tmp_path: Path,
) -> None:
    async def work() -> None:
        answers = iter((False, False, Broken("the database is away"), True))
        changed = asyncio.Event()
        asked: list[str] = []
        twice = asyncio.Event()

        async def has_admin(database: str) -> bool:
            asked.append(database)
            if len(asked) == 2:
                twice.set()
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        (tmp_path / "framecast.db").touch()
        mode = AccessMode(config(tmp_path, host="0.0.0.0"), has_admin, changed.set, look_s=0)
        await mode.begin()
        assert not mode.has_accounts
        assert mode.state.setup
        mode.start()
        mode.notice()
        async with asyncio.timeout(60):
            await twice.wait()
        for _ in range(50):  # each look goes through a thread, too
            await asyncio.to_thread(lambda: None)
        assert len(asked) == 2, "what has not changed is not asked again"
        mode.notice()
        async with asyncio.timeout(60):
            await changed.wait()
        assert len(asked) == 4, "a database that is away is asked again by itself"
        assert mode.has_accounts
        await mode.close()

    asyncio.run(work())


def test_database_that_cannot_be_opened_ends_the_start(tmp_path: Path) -> None:
    async def has_admin(_database: str) -> bool:
        raise Broken("the database is away")

    (tmp_path / "framecast.db").touch()

    async def work() -> None:
        await AccessMode(config(tmp_path), has_admin, nothing).begin()

    with pytest.raises(Broken):
        asyncio.run(work())
