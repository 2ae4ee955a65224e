"""A member on its WebSocket: it is admitted once, its messages are heard in order, what waits is bounded, and it is the guest that it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

from framecast.errors import NotFound
from framecast.model.room import RoomKey, Visitor, parse_key
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.rooms.admission import guest_id
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.web.http.socket import Socket
from framecast.servers.web.rooms.calls import Client
from framecast.servers.web.rooms.session import MOST_PENDING, RoomSession
from tests.servers.rooms.rig import hub_at, somebody

KEY = parse_key("stream:demo")
SECRET = "s" * 32


class _Transport:
    def __init__(self) -> None:
        self.pauses = 0
        self.is_paused = False

    def pause_reading(self) -> None:
        self.pauses, self.is_paused = self.pauses + 1, True

    def resume_reading(self) -> None:
        self.is_paused = False


class _Socket:
    """What a session says: messages as JSON, and how it ended."""

    def __init__(self) -> None:
        self.transport = _Transport()
        self.said: list[dict[str, Any]] = []
        self.code = 0
        self._came = asyncio.Event()

    def tell(self, **fields: Any) -> None:
        self.said.append(fields)
        self._came.set()

    def say(self, framed: bytes) -> None:
        self.tell(**json.loads(framed[framed.index(b"{") :]))

    def offer(self, framed: bytes, _most: int) -> bool:
        self.say(framed)
        return True

    def close(self, code: int, _words: str) -> None:
        self.code = code

    async def until(self, is_it: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not is_it():
                self._came.clear()
                await self._came.wait()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.said if one["type"] == kind]


class _Client:
    """A client that is admitted, and counts how often it was."""

    reads_only = False

    def __init__(self) -> None:
        self.principal = Principal(Kind.ADDRESS, "127.0.0.1")
        self.admitted = 0
        self.is_hidden = False
        self.guest = "ann"

    def take_guest(self, secret: object) -> bool:
        if secret == SECRET:
            self.guest = guest_id(SECRET)
        return secret == SECRET

    async def enter(self, _key: RoomKey) -> Visitor:
        self.admitted += 1
        if self.is_hidden:
            raise NotFound("there is no such room")
        return somebody(self.guest)


def run(
    tmp_path: Path, talk: Callable[[RoomHub, RoomSession, _Socket, _Client], Coroutine[Any, Any, None]]
) -> None:
    async def inside() -> None:
        async with hub_at(tmp_path) as hub:
            client, socket = _Client(), _Socket()
            session = RoomSession(hub, KEY, cast("Client", client), somebody("ann"))
            session.on_open(cast("Socket", socket))
            await talk(hub, session, socket, client)
            session.on_closed()

    asyncio.run(inside())


def say(session: RoomSession, **fields: Any) -> None:
    session.on_text(json.dumps(fields))


def test_hello_soon_after_the_handshake_asks_nobody_again(tmp_path: Path) -> None:
    async def talk(_hub: RoomHub, session: RoomSession, socket: _Socket, client: _Client) -> None:
        say(session, type="hello")
        await socket.until(lambda: bool(socket.of("welcome")))
        assert client.admitted == 0

    run(tmp_path, talk)


def test_rights_that_change_before_the_hello_count(tmp_path: Path) -> None:
    async def talk(_hub: RoomHub, session: RoomSession, socket: _Socket, client: _Client) -> None:
        client.is_hidden = True
        assert session.on_judged(client.principal)
        say(session, type="hello", ref=1)
        await socket.until(lambda: socket.code != 0 or bool(socket.of("error")))
        assert not socket.of("welcome")
        assert client.admitted == 1

    run(tmp_path, talk)


def test_guest_of_another_site_is_who_has_its_secret(tmp_path: Path) -> None:
    async def talk(_hub: RoomHub, session: RoomSession, socket: _Socket, client: _Client) -> None:
        say(session, type="hello", guest="short", ref=1)
        await socket.until(lambda: bool(socket.of("error")))
        assert socket.of("error")[0]["ref"] == 1
        say(session, type="hello", guest=SECRET)
        await socket.until(lambda: bool(socket.of("welcome")))
        assert guest_id(SECRET) in socket.of("welcome")[0]["you"]["id"]
        assert client.admitted == 1

    run(tmp_path, talk)


def test_first_message_must_be_hello_and_what_is_no_object_is_answered(tmp_path: Path) -> None:
    async def talk(_hub: RoomHub, session: RoomSession, socket: _Socket, _client: _Client) -> None:
        say(session, type="send", id="x", text="early", ref="a")
        session.on_text("[1]")
        await socket.until(lambda: len(socket.of("error")) == 2)
        assert {one.get("ref") for one in socket.of("error")} == {"a", None}

    run(tmp_path, talk)


def test_flood_is_not_read_on_and_is_heard_in_its_order(tmp_path: Path) -> None:
    async def talk(_hub: RoomHub, session: RoomSession, socket: _Socket, _client: _Client) -> None:
        say(session, type="hello")
        for number in range(2 * MOST_PENDING):
            say(session, type="send", id=f"m{number}", text=f"{number}", ref=number)
        assert socket.transport.is_paused
        await socket.until(lambda: len(socket.of("done")) == 2 * MOST_PENDING)
        assert [one["ref"] for one in socket.of("done")] == list(range(2 * MOST_PENDING))
        assert (socket.transport.pauses, socket.transport.is_paused) == (1, False)

    run(tmp_path, talk)


def test_what_came_before_the_end_is_heard(tmp_path: Path) -> None:
    async def talk(hub: RoomHub, session: RoomSession, socket: _Socket, _client: _Client) -> None:
        say(session, type="hello")
        say(session, type="send", id="last", text="last words")
        session.on_closed()
        assert session._work is not None
        await asyncio.wait_for(session._work, 60)
        assert hub.count == 0
        found = await hub.call(lambda rooms: rooms.history(KEY))
        assert [one.text for one in found] == ["last words"]

    run(tmp_path, talk)
