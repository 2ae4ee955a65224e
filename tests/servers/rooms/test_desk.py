"""How a server reaches the rooms: what opens the database, and what does not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from framecast.accounts.secret import INVITATION, ROOM, new_secret
from framecast.errors import NotFound
from framecast.servers.rooms.desk import RoomDesk
from tests.servers.rooms.rig import settings, somebody

# In a process of its own: here everything is imported already.
_WARM = """
import asyncio, sys
from pathlib import Path
from framecast.servers.rooms.desk import RoomDesk, _NEEDED
from tests.servers.rooms.rig import settings

async def warm(folder):
    desk = RoomDesk(settings(folder))
    assert not set(_NEEDED) & set(sys.modules)
    desk.warm()
    first = desk._warming
    desk.warm()
    assert desk._warming is first
    await first
    assert set(_NEEDED) <= set(sys.modules)
    desk.close()

asyncio.run(warm(Path(sys.argv[1])))
"""


def test_warming_loads_once_what_the_first_message_needs_and_makes_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _WARM, str(tmp_path)], check=True, timeout=120)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_invitation_opens_no_database(tmp_path: Path) -> None:
    async def accept() -> None:
        desk = RoomDesk(settings(tmp_path))
        room = await desk.call(lambda rooms: rooms.make_private("Party", somebody("Ann")), makes=True)
        _, secret = await desk.call(lambda rooms: rooms.invite(room.key, somebody("Ann")), writes=True)
        desk.close()
        desk = RoomDesk(settings(tmp_path))
        for wrong in ("wrong", "", secret[:-1], f"{secret}x", new_secret(INVITATION)):
            with pytest.raises(NotFound, match="this invitation has ended"):
                await desk.accept(wrong, somebody("Bob"))
        assert desk._rooms is None
        with pytest.raises(NotFound, match="this invitation has ended"):
            await desk.accept(new_secret(ROOM), somebody("Bob"))
        assert (await desk.accept(secret, somebody("Bob"))).key == room.key
        await desk.end()

    asyncio.run(accept())


def test_invitation_to_a_node_on_which_nothing_was_said_makes_nothing(tmp_path: Path) -> None:
    async def accept() -> None:
        desk = RoomDesk(settings(tmp_path))
        with pytest.raises(NotFound, match="this invitation has ended"):
            await desk.accept(new_secret(ROOM), somebody("Bob"))
        await desk.end()

    asyncio.run(accept())
    assert list(tmp_path.iterdir()) == []
