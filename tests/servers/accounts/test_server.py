"""What the accounts server does by itself."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

from framecast.accounts import Accounts, Actor
from framecast.bus import Channel
from framecast.servers.access.people import People
from framecast.servers.accounts.server import _Server
from framecast.store import open_store
from tests.accounts.opened import Clock
from tests.accounts.opened import database as new_database
from tests.support.waiting import until


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    url = new_database("sqlite", tmp_path)
    past = Accounts(open_store(url), now=Clock())  # years ago
    past.note(Actor(name="ann"), "stream.add", "door")
    present = Accounts(past.store)
    old = Accounts(past.store, now=lambda: time.time() - 3 * 86400)
    old.note(Actor(name="ann"), "stream.add", "yard")
    present.note(Actor(name="ann"), "stream.add", "gate")

    async def work() -> None:
        ours, theirs = socket.socketpair()
        server = _Server(People(url), Channel(ours), 2 * 86400)
        pruning = asyncio.create_task(server.keep_pruning())
        await asyncio.to_thread(until, lambda: len(present.audit()) == 1, "the old rows are forgotten")
        pruning.cancel()
        server.close()
        theirs.close()

    asyncio.run(work())
    assert [one.target for one in present.audit()] == ["gate"]
    past.close()
