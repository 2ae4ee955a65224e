"""The clients of the benchmark of rooms, as processes of their own: many members that read, a speaker, and members that come back at once.

A frame for all members has the same bytes for each of them, so a member of the crowd looks it up and parses nothing: the clients take
little of the machine that they measure. A message says when it was sent, by the clock that all processes of a machine share.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bench.mse import join

KEY = "stream%3Ademo"
WORDS = "the quick brown fox jumps over the lazy dog and says so"
_DEADLINE_S = 120.0
FIRST_S = 5.0
SPEAKERS = 20
BEGIN_S = 4.0  # of live video, until it runs evenly
BINARY = 0x82


@dataclass
class Reader:
    """One member. `next` is the number of the event that it expects, `late` how long each took from its sender to here."""

    sock: socket.socket
    held: bytes = b""
    next: int = 0
    epoch: str = ""
    hello: bytes = b""  # to be sent when the socket is open
    is_in: bool = False
    is_broken: bool = False


@dataclass
class Crowd:
    """Members on one epoll."""

    url: str
    poll: select.epoll = field(default_factory=select.epoll)
    readers: dict[int, Reader] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    known: dict[bytes, tuple[int, int, tuple[float, ...]]] = field(default_factory=dict)
    frames: int = 0
    epoch: str = ""

    def enter(self, hello: dict[str, Any]) -> Reader:
        """One more member begins to come in; nothing is waited for."""
        sock = connect(self.url, waits=False)
        sock.setblocking(False)
        reader = self.readers[sock.fileno()] = Reader(sock, hello=framed({"type": "hello", **hello}))
        self.poll.register(sock, select.EPOLLIN)
        return reader

    def leave(self, reader: Reader) -> None:
        """One member goes."""
        self.poll.unregister(reader.sock)
        del self.readers[reader.sock.fileno()]
        reader.sock.close()

    def read(self, timeout_s: float) -> None:
        """Read what has come for anybody."""
        for number, _ in self.poll.poll(timeout_s):
            reader = self.readers[number]
            data = reader.sock.recv(1 << 20)
            if not data:
                raise RuntimeError("a member was sent away")
            now = time.monotonic()
            reader.held = reader.held + data if reader.held else data
            if reader.hello and not self._open(reader):
                continue
            while (frame := cut(reader.held)) is not None:
                reader.held = reader.held[len(frame) :]
                self._take(reader, frame, now)

    def _open(self, reader: Reader) -> bool:
        """Say hello when the handshake has been answered."""
        head, is_whole, rest = reader.held.partition(b"\r\n\r\n")
        if not is_whole:
            return False
        if b" 101 " not in head:
            raise RuntimeError(head.decode(errors="replace"))
        reader.sock.sendall(reader.hello)
        reader.hello, reader.held = b"", rest
        return True

    def _take(self, reader: Reader, frame: bytes, now: float) -> None:
        found = self.known.get(frame)
        if found is None:
            found = self._parse(reader, frame)
            if found is None:
                return
            self.known[frame] = found
        first, last, sent = found
        reader.epoch = self.epoch
        self.frames += 1
        if first != reader.next:
            reader.is_broken = True
        reader.next = last + 1
        for at in sent:
            self.late.append(now - at)

    def _parse(self, reader: Reader, frame: bytes) -> tuple[int, int, tuple[float, ...]] | None:
        body = frame[payload_at(frame) :]
        if body.startswith(b'{"type":"events"'):
            found = json.loads(body)
            events, self.epoch = found["events"], found["epoch"]
            texts = (one["message"]["text"] for one in events if "message" in one)
            sent = tuple(float(text[1:].partition(" ")[0]) for text in texts if text.startswith("t"))
            return events[0]["seq"], events[-1]["seq"], sent
        if body.startswith(b'{"type":"welcome"'):
            welcome = json.loads(body)
            events = welcome["events"]
            if reader.next and events and events[0]["seq"] != reader.next:
                reader.is_broken = True
            reader.is_broken |= bool(welcome["is_gap"])
            reader.next, reader.epoch, reader.is_in = welcome["last"] + 1, welcome["epoch"], True
        elif body.startswith((b'{"type":"behind"', b'{"type":"error"')):
            reader.is_broken = True
        return None


def connect(url: str, *, waits: bool = True) -> socket.socket:
    """Open a WebSocket to the room; without `waits` its handshake is only sent."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    sock = socket.create_connection((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(
        f"GET /api/rooms/{KEY}/ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = b""
    while waits and b"\r\n\r\n" not in answer:
        data = sock.recv(1)
        if not data:
            raise RuntimeError(f"the server has answered {answer!r}")
        answer += data
    if waits and b" 101 " not in answer:
        raise RuntimeError(answer.decode(errors="replace"))
    return sock


def framed(fields: dict[str, Any]) -> bytes:
    """Return a text frame of a client with a mask of zeros (RFC 6455, 5.2)."""
    body = json.dumps(fields).encode()
    size = len(body)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + bytes(4) + body


def payload_at(frame: bytes) -> int:
    """Return where the payload of a server's frame begins."""
    size = frame[1]
    return 2 if size < 126 else 4 if size == 126 else 10


def cut(data: bytes) -> bytes | None:
    """Return the first whole frame of some bytes; a server masks nothing."""
    if len(data) < 2:
        return None
    at = payload_at(data)
    size = data[1] if at == 2 else int.from_bytes(data[2:at], "big")
    return data[: at + size] if len(data) >= max(at, at + size) else None


def fill(crowd: Crowd, count: int, name: str) -> None:
    """Let many members in, some at a time."""
    end = time.monotonic() + _DEADLINE_S
    while not all(one.is_in for one in crowd.readers.values()) or len(crowd.readers) < count:
        for _ in range(min(50, count - len(crowd.readers))):
            crowd.enter({"name": f"{name} {len(crowd.readers)}"})
        crowd.read(0.1)
        if time.monotonic() > end:
            raise TimeoutError("the members did not come in")


def listen(url: str, count: int, seconds: float, comers: int) -> None:
    """Be `count` members for some seconds; with `comers` so many of them go and come back at once in the middle."""
    crowd = Crowd(url)
    fill(crowd, count, f"m{os.getpid()}")
    print("in", flush=True)
    sys.stdin.readline()
    crowd.late.clear()
    crowd.frames = 0
    begin, back_s, waiting = time.monotonic(), 0.0, list[Reader]()
    came_at = 0.0
    end = begin + seconds
    # On a busy machine the last messages are on their way to some members longer than to others.
    while time.monotonic() < end or ((waiting or _is_uneven(crowd)) and time.monotonic() < end + _DEADLINE_S):
        crowd.read(0.05)
        if comers and not came_at and time.monotonic() > begin + seconds / 3:
            came_at = time.monotonic()
            waiting = come_back(crowd, comers)
        if waiting:
            waiting = [one for one in waiting if not one.is_in]
            back_s = time.monotonic() - came_at
    late = sorted(crowd.late)
    found = {
        "received": len(late),
        "p50": late[len(late) // 2] if late else None,
        "p99": late[len(late) * 99 // 100] if late else None,
        "most": late[-1] if late else None,
        "broken": sum(one.is_broken for one in crowd.readers.values()),
        "last": sorted({one.next - 1 for one in crowd.readers.values()}),
        "back_s": back_s,
        "frames": crowd.frames,
    }
    print(json.dumps(found))


def _is_uneven(crowd: Crowd) -> bool:
    return len({one.next for one in crowd.readers.values()}) > 1


def come_back(crowd: Crowd, count: int) -> list[Reader]:
    """Close many connections and open them again at once, each with what it has."""
    again = []
    for old in list(crowd.readers.values())[:count]:
        hello = {"since": old.next - 1, "epoch": old.epoch}
        crowd.leave(old)
        new = crowd.enter(hello)
        new.next = old.next
        again.append(new)
    return again


def speak(url: str, rate: float, seconds: float) -> None:
    """Say something `rate` times a second, as `SPEAKERS` people in turn; the number of messages is printed."""
    socks = []
    for number in range(SPEAKERS):
        sock = connect(url)
        sock.sendall(framed({"type": "hello", "name": f"speaker {number}"}))
        socks.append(sock)
    # The first message of a node opens the database of the rooms.
    socks[0].sendall(framed({"type": "send", "id": f"{os.getpid()}-first", "text": "first"}))
    time.sleep(FIRST_S)
    begin, number = time.monotonic(), 0
    while (due := begin + number / rate) < begin + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        sock = socks[number % SPEAKERS]
        text = f"t{time.monotonic():.6f} {WORDS}"
        sock.sendall(framed({"type": "send", "id": f"{os.getpid()}-{number}", "text": text}))
        number += 1
        for one in socks:
            with suppress(BlockingIOError):
                while one.recv(1 << 20, socket.MSG_DONTWAIT):
                    pass
    time.sleep(1.0)
    print(json.dumps(number))


def watch(url: str, seconds: float) -> None:
    """Be a viewer of live MSE; how late its fragments are is printed (p99), by the schedule that the earliest of them keep."""
    parts = urlsplit(url)
    sock = socket.create_connection((parts.hostname or "", parts.port or 80))
    join(sock, f"{parts.hostname}:{parts.port}", "demo")
    data, times = b"", list[float]()
    begin = time.monotonic()
    while time.monotonic() < begin + BEGIN_S + seconds:
        data += sock.recv(1 << 20)
        now = time.monotonic()
        while (frame := cut(data)) is not None:
            data = data[len(frame) :]
            if frame[0] == BINARY and now > begin + BEGIN_S:
                times.append(now)
    every = (times[-1] - times[0]) / (len(times) - 1)
    places = [at - number * every for number, at in enumerate(times)]
    late = sorted(one - min(places) for one in places)
    print(json.dumps(late[len(late) * 99 // 100]))


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        listen(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
    elif sys.argv[1] == "watch":
        watch(sys.argv[2], float(sys.argv[3]))
    else:
        speak(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
