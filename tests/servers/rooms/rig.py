"""Hubs on a real database, as several server processes have them, and clients that keep what they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from framecast.control.aio import AsyncNodeClient
from framecast.model.room import Visitor
from framecast.model.room_limits import RoomLimits
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.rooms.member import Member
from framecast.servers.rooms.outlet import Encoding
from framecast.servers.settings import RoomsSettings

DEADLINE_S = 60.0
KEY = "stream:demo"


def settings(folder: Path, **given: Any) -> RoomsSettings:
    """The settings of the rooms below a folder; guests write."""
    plain: dict[str, Any] = {
        "database": f"sqlite:///{folder}/framecast.db",
        "guests": "write",
        "message_chars": 2000,
        "retention_s": None,
        "limits": RoomLimits().to_json(),
    }
    return RoomsSettings(folder=folder / "rooms", **(plain | given))


def somebody(name: str, **given: Any) -> Visitor:
    """A client of an open node."""
    return Visitor(None, f"id-{name}", name, **({"is_admin": True, "is_local": True} | given))


def person(name: str) -> Visitor:
    """Somebody with an account, who has no role."""
    return Visitor(f"id{name}", None, name)


@asynccontextmanager
async def hub_at(folder: Path, **given: Any) -> AsyncIterator[RoomHub]:
    """A hub without a node: notices are given to it by the test, or do not come."""
    path = folder / "no.sock"
    hub = RoomHub(settings(folder, **given), AsyncNodeClient(path), path, {}, None)
    try:
        yield hub
    finally:
        await hub.close()


class Plain:
    """An encoding that leaves messages as they are, and counts how often it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def encode(self, fields: Mapping[str, Any]) -> Any:
        self.count += 1
        return dict(fields)


PLAIN = Plain()


class Client:
    """An outlet that keeps everything. `room_for` is how many offers it takes, None: all."""

    def __init__(self, encoding: Encoding = PLAIN) -> None:
        self.encoding = encoding
        self.got: list[Mapping[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.room_for: int | None = None
        self.member: Member | None = None
        self._came = asyncio.Event()

    def send(self, encoded: Any) -> None:
        self.got.append(encoded)
        self._came.set()

    def offer(self, encoded: Any) -> bool:
        if self.room_for is not None:
            if not self.room_for:
                return False
            self.room_for -= 1
        self.send(encoded)
        return True

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)
        self._came.set()

    async def enter(self, hub: RoomHub, visitor: Visitor, key: str = KEY, **hello: Any) -> Mapping[str, Any]:
        """Come into a room; return the welcome."""
        self.member = await asyncio.wait_for(
            hub.join(key, visitor, self, {"type": "hello", **hello}), DEADLINE_S
        )
        return next(one for one in reversed(self.got) if one["type"] == "welcome")

    async def order(self, **fields: Any) -> Mapping[str, Any]:
        """Order something and return the answer."""
        assert self.member is not None
        ref = len(self.got)
        await asyncio.wait_for(self.member.on_message({"ref": ref, **fields}), DEADLINE_S)
        return next(one for one in self.got if one.get("ref") == ref)

    async def say(self, text: str) -> Mapping[str, Any]:
        """Say something; return the answer."""
        return await self.order(type="send", id=text.replace(" ", "-")[:64], text=text)

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """What it was sent of one type."""
        return [one for one in self.got if one["type"] == kind]

    def events(self) -> list[Mapping[str, Any]]:
        """All events, as they came."""
        return [event for one in self.got for event in one.get("events", ())]

    def texts(self) -> list[str]:
        """What was said, as it came."""
        return [event["message"]["text"] for event in self.events() if event["kind"] == "message"]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what it is sent, until something holds."""
        async with asyncio.timeout(DEADLINE_S):
            while not holds():
                await self._came.wait()
                self._came.clear()
