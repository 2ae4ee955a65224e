"""A room under fire: two web servers and a gRPC server on one database, people who talk through all of them, and somebody who kills.

Each message has a number of its sender. A sender that does not know whether a message was taken sends it again with the same id, through the next
server. Witnesses hear everything and come back by the number that they have. Kills come at certain counts of messages, not at times.
"""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx
from websockets.exceptions import WebSocketException

import framecast
from framecast.errors import FramecastError
from framecast.servers.rpc.settings import RpcSettings
from tests.servers.server_process import ServerProcess, line
from tests.servers.web.rooms.room_client import WAIT_S, RoomClient
from tests.servers.web.rooms.room_web import DOOR, rooms_settings
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

SENDERS = 4
# A storm of 500 messages takes 5 s on an idle machine. Every 500 messages get this time before the test says what is missing.
STORM_S = 150.0
LOST = (OSError, WebSocketException, FramecastError, EOFError)


class Servers:
    """Two web servers (0 and 1) and a gRPC server (2), each of which comes back at its port after it was killed."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder = folder
        self._options: dict[str, Any] = {
            "rooms": rooms_settings(folder, "write", database=database),
            "data_dir": str(folder),
        }
        self.running: list[ServerProcess] = [self._web(0), self._web(0), self._grpc(0)]
        self.ports = [one.port for one in self.running]

    @property
    def webs(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports[:2]]

    @property
    def grpc(self) -> str:
        return f"grpc://127.0.0.1:{self.ports[2]}"

    def kill(self, number: int) -> None:
        """`kill -9`, and start it again as the node does."""
        assert self.running[number].close(signal.SIGKILL) == -signal.SIGKILL
        make = self._grpc if number == 2 else self._web
        self.running[number] = make(self.ports[number])

    def close(self) -> None:
        for one in self.running:
            one.close(signal.SIGKILL)

    def _web(self, port: int) -> WebProcess:
        return WebProcess(self._folder, on_port=port, **self._options)

    def _grpc(self, port: int) -> ServerProcess:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("127.0.0.1", port))
        settings = line(
            RpcSettings,
            fd=sock.fileno(),
            runtime_dir=str(self._folder),
            **self._options | {"host": "127.0.0.1", "port": sock.getsockname()[1]},
        )
        return ServerProcess("framecast.servers.rpc", [sock], settings)


class Storm:
    """`count` messages in all. `victims` are killed one after another, evenly over the messages."""

    def __init__(self, servers: Servers, count: int, victims: list[Callable[[], None]]) -> None:
        self.servers = servers
        self.each = count // SENDERS
        self.lines: dict[int, RoomClient] = {}  # of the senders, for whoever kills clients
        self.taken = 0
        self.repeats = 0
        self.failures: list[BaseException] = []
        self.numbers = [0] * SENDERS  # how many messages of each sender were taken
        self.newest: dict[int, BaseException] = {}  # what has cut off a sender the last time
        self._victims = victims
        self._until = time.monotonic() + STORM_S * max(1, count // 500)
        self._changed = threading.Condition()

    def run(self) -> None:
        """Send all, kill all, and wait for the end of both."""
        # Before the first kill, which may come before a slow sender has begun.
        guests = [_guest(self.servers.webs[number % 2]) for number in range(SENDERS - 1)]
        work: list[Callable[[], None]] = [
            lambda number=number, cookie=cookie: self._talk(number, cookie)  # type: ignore[misc]
            for number, cookie in enumerate(guests)
        ]
        work += [self._talk_by_grpc, self._kill]
        threads = [threading.Thread(target=self._note_failure, args=(one,), daemon=True) for one in work]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert not self.failures, self.failures

    def cut(self, sender: int) -> None:
        """Let a client die in the middle of whatever it does."""
        with suppress(OSError, KeyError):
            self.lines[sender].socket.socket.shutdown(socket.SHUT_RDWR)

    def _note_failure(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  a thread's edge: the test says it
            self.failures.append(error)
            with self._changed:
                self._changed.notify_all()

    def _count(self, is_repeat: object) -> None:
        with self._changed:
            self.taken += 1
            self.repeats += is_repeat is True
            self._changed.notify_all()

    def _check(self) -> None:
        """Fail if another thread has failed, or if the time is over."""
        assert not self.failures, "another thread has failed"
        state = f"taken of each: {self.numbers} of {self.each}, cut off by {self.newest}"
        assert time.monotonic() < self._until, state

    @contextmanager
    def _cut_off(self, sender: int) -> Iterator[None]:
        """Go on behind the end of a connection, and note what has ended it."""
        try:
            yield
        except LOST as error:
            self.newest[sender] = error

    def _talk(self, sender: int, cookie: dict[str, str]) -> None:
        tries = sender
        while self.numbers[sender] < self.each:
            url = self.servers.webs[tries % 2]
            with self._cut_off(sender), _inside(url, cookie, name=f"sender {sender}") as client:
                self.lines[sender] = client
                while (number := self.numbers[sender]) < self.each:
                    self._check()
                    done = client.send(f"{sender}/{number}", id=f"{sender}-{number}")
                    if done["type"] == "done":
                        self.numbers[sender] += 1
                        self._count(done.get("is_repeat"))
            self._check()
            tries += 1

    def _talk_by_grpc(self) -> None:
        sender = SENDERS - 1
        while self.numbers[sender] < self.each:
            self._check()
            # Its name and its secret make it the same guest, also after the server was away when it came.
            with (
                self._cut_off(sender),
                framecast.room(
                    DOOR,
                    name="sender",
                    node=self.servers.grpc,
                    identity="a secret of a program",
                    timeout_s=WAIT_S,
                ) as room,
            ):
                while (number := self.numbers[sender]) < self.each:
                    self._check()
                    room.send(f"{sender}/{number}", id=f"{sender}-{number}")
                    self.numbers[sender] += 1
                    self._count(None)

    def _kill(self) -> None:
        total = self.each * SENDERS
        for turn, victim in enumerate(self._victims, 1):
            enough = total * turn // (len(self._victims) + 1)
            with self._changed:
                left = self._until - time.monotonic()
                self._changed.wait_for(lambda enough=enough: self.taken >= enough or self.failures, left)  # type: ignore[misc]
            self._check()
            victim()


class Witness:
    """Hears `count` messages at one web server or another; each event is kept as it was heard. Its thread ends with the `with` block."""

    def __init__(self, servers: Servers, number: int, count: int) -> None:
        self.events: list[dict[str, Any]] = []
        self.returns = 0
        self.gaps = 0
        self._servers = servers
        self._tries = number
        self._count = count
        self._is_over = False
        self._client: RoomClient | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """End the thread before its servers: the next server at one of their ports is another test's."""
        self._is_over = True
        client = self._client
        if client is not None:
            with suppress(OSError):
                client.socket.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(2 * WAIT_S)
        assert not self._thread.is_alive(), "the thread of a witness does not end"

    def finish(self) -> list[dict[str, Any]]:
        """Return all events, as soon as all messages were heard."""
        self._thread.join(2 * WAIT_S)
        if self._failure is not None:
            raise self._failure
        assert not self._thread.is_alive(), (
            f"{self.gaps} gaps, and not all was heard, but: {_ranges([one['seq'] for one in self.events])}"
        )
        return self.events

    def _run(self) -> None:
        try:
            self._hear()
        except BaseException as error:  # noqa: BLE001  a thread's edge: `finish` raises it
            self._failure = error

    def _hear(self) -> None:
        epoch = ""
        while not self._is_done():
            last = self.events[-1]["seq"] if self.events else 0
            url = self._servers.webs[self._tries % 2]
            with suppress(*LOST), _inside(url, name="witness", since=last, epoch=epoch) as client:
                self._client = client
                self.gaps += client.welcome["is_gap"]
                heard = client.welcome
                while True:
                    epoch = heard.get("epoch") or epoch
                    self.events += heard.get("events", [])
                    if self._is_done():
                        return
                    heard = client.hear()
            self._tries += 1
            self.returns += 1

    def _is_done(self) -> bool:
        return self._is_over or sum(map(bool, map(_text, self.events))) >= self._count


def _inside(url: str, headers: dict[str, str] | None = None, **hello: Any) -> RoomClient:
    """Return a client that is in the room. While the database is away nobody comes in: that is as a lost connection."""
    client = RoomClient(url, DOOR, headers, **hello)
    if client.first["type"] != "welcome":
        client.close()
        raise EOFError(f"the room did not let a client in: {client.first}")
    return client


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Return the first and last numbers of runs without a hole."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs


def _text(event: dict[str, Any]) -> str:
    return str(event["message"]["text"]) if event["kind"] == "message" else ""


def _guest(url: str) -> dict[str, str]:
    """Return the cookie of a guest that every web server of this folder knows."""
    answer = httpx.get(f"{url}/api/rooms/{DOOR}", timeout=WAIT_S)
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in answer.cookies.items())}


@contextmanager
def servers_on(folder: Path, database: str) -> Iterator[Servers]:
    """Run the servers beside a small node with the stream of the room."""
    node = SmallNode(folder)
    node.add(DOOR)
    servers = Servers(folder, database)
    try:
        yield servers
    finally:
        servers.close()
        node.close()


def check(servers: Servers, count: int, witnesses: list[list[dict[str, Any]]]) -> None:
    """Check that each message is in the log once, each sender's in its order, and that every witness has heard the log as it is."""
    answer = httpx.get(f"{servers.webs[0]}/api/rooms/{DOOR}/export", timeout=4 * WAIT_S)
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, Any]] = [json.loads(line) for line in answer.text.splitlines()]
    events = [one for one in lines if one["type"] == "event"]
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1)), "the numbers grow by one"
    texts = [_text(one) for one in events if _text(one) and "/" in _text(one)]
    assert len(texts) == count
    for sender in range(SENDERS):
        own = [text for text in texts if text.startswith(f"{sender}/")]
        assert own == [f"{sender}/{number}" for number in range(count // SENDERS)], (
            "none lost, none twice, in order"
        )
    for heard in witnesses:
        assert [(one["seq"], _text(one)) for one in heard] == [(one["seq"], _text(one)) for one in events][
            : len(heard)
        ]
        assert len(heard) >= count
