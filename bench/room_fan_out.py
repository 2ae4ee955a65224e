"""The fan-out of a room and bare transports, each in a process of its own: what one event costs for each connection, in CPU time of the process.

`room` hands stored events to the feed of a room, whose members have the outlets of the web server; `bare` writes frames of the same size to as many
transports. Both run on uvloop, at the pace at which the connections take what is written.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop

from bench.room_clients import WORDS
from framecast.control.aio import AsyncNodeClient
from framecast.fanout.send_queue import SendQueue
from framecast.model.room import Author, Event, EventKind, Message, RoomRole, Visitor
from framecast.model.room_limits import RoomLimits
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.rooms.member import Member
from framecast.servers.rooms.outlet import JSON_FRAMES
from framecast.servers.settings import RoomsSettings

KEY = "stream:demo"
PACE_S = 0.05
MOST_UNSENT = 256 << 10


class Connection(asyncio.Protocol):
    """One connection; as the outlet of a member it takes what the web server's takes."""

    encoding = JSON_FRAMES

    def __init__(self, made: Callable[[Connection], None]) -> None:
        self._made = made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.queue = SendQueue(self.transport)
        self._made(self)

    def send(self, encoded: bytes) -> None:
        self.queue.send(encoded)

    def offer(self, encoded: bytes) -> bool:
        queue = self.queue
        if self.transport.is_closing() or queue.held_bytes > MOST_UNSENT:
            return False
        return queue.send(encoded)

    def close(self, code: int, reason: str) -> None:
        self.transport.close()


async def gather(count: int) -> list[Connection]:
    """Wait for the connections."""
    found: list[Connection] = []
    complete = asyncio.Event()

    def made(connection: Connection) -> None:
        found.append(connection)
        if len(found) == count:
            complete.set()

    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(made), "127.0.0.1", 0, backlog=1024
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await complete.wait()
    return found


def said(seq: int) -> Event:
    """A message as somebody has said it."""
    author = Author("a:speaker", "speaker", RoomRole.MEMBER)
    message = Message(seq, time.time(), author, f"t{time.monotonic():.6f} {WORDS}", client_id=f"c-{seq}")
    return Event(seq, message.at, EventKind.MESSAGE, message, seq, by=author)


async def room(count: int, events: int) -> float:
    """Hand events to the feed of a room with so many members."""
    folder = Path(tempfile.mkdtemp(prefix="framecast-bench-"))
    settings = RoomsSettings(
        database=f"sqlite:///{folder}/framecast.db",
        folder=folder / "rooms",
        guests="write",
        message_chars=2000,
        retention_s=None,
        limits=RoomLimits().to_json(),
    )
    hub = RoomHub(settings, AsyncNodeClient(folder / "no.sock"), folder / "no.sock", {}, None)
    members: list[Member] = []
    for number, connection in enumerate(await gather(count)):
        visitor = Visitor(None, f"m{number}", f"m{number}", is_local=True)
        members.append(await hub.join(KEY, visitor, connection, {"type": "hello"}))
    feed = members[0].feed
    first = await hub.change(
        KEY, lambda rooms: rooms.send(KEY, members[0].visitor, "first", client_id="first")
    )
    assert first.event is not None
    await asyncio.sleep(2.5)  # it has been sent, and so has the presence of all
    await hub._rounds.close()  # the database does not know what follows

    async def one(number: int) -> None:
        feed.take(said(number + 2))

    found = await paced(one, events)
    assert all(member.had == events + 1 for member in members), "everybody has everything"
    await hub.close()
    return found / events / count


async def bare(count: int, events: int) -> float:
    """Write the same bytes to so many transports."""
    connections = await gather(count)
    transports = [one.transport for one in connections]

    async def one(number: int) -> None:
        frame = JSON_FRAMES.encode(
            {"type": "events", "epoch": "0123456789abcdef", "events": [said(number + 2).to_json()]}
        )
        for transport in transports:
            transport.write(frame)

    return await paced(one, events) / events / count


async def paced(work: Callable[[int], Awaitable[None]], times: int) -> float:
    """Do something many times; return the CPU seconds that this has taken."""
    begin = time.process_time()
    for number in range(times):
        await work(number)
        await asyncio.sleep(PACE_S)
    await asyncio.sleep(0.2)
    return time.process_time() - begin


def read(url: str, count: int) -> None:
    """Be all the connections, and throw away what comes."""
    parts = urlsplit(url)
    poll, socks = select.epoll(), dict[int, socket.socket]()
    for _ in range(count):
        sock = socket.create_connection((parts.hostname or "", parts.port or 80))
        socks[sock.fileno()] = sock
        poll.register(sock, select.EPOLLIN)
    buffer = bytearray(1 << 20)
    while socks:
        for number, _ in poll.poll(1.0):
            try:
                size = socks[number].recv_into(buffer)
            except OSError:
                size = 0
            if not size:
                os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(sys.argv[2], int(sys.argv[3]))
    else:
        work: Any = room if sys.argv[1] == "room" else bare
        print(json.dumps(uvloop.run(work(int(sys.argv[2]), int(sys.argv[3])))), flush=True)
