"""One connected subscriber: its handshake, what it subscribes to, and its socket, which never makes anybody wait.

What it gets is chosen at the moment its socket takes more, from its cursors by turns; until then nothing is kept for it but the
rest of one batch. Event loop only. It may lose records, which are counted; a subscriber that takes nothing for `STUCK_S` is disconnected, and
its library connects again.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Callable
from itertools import islice
from time import monotonic
from typing import Protocol

from framecast.errors import Broken, Denied, FramecastError, Invalid
from framecast.fanout.cursor import Cursor
from framecast.fanout.progress import STUCK_S, Progress
from framecast.model.host import bucket_of, is_this_machine
from framecast.protocols import zmtp
from framecast.servers.zmq.mechanism import Mechanism
from framecast.servers.zmq.message import Buffer, Message

HANDSHAKE_S = 10.0
MAX_SUBSCRIPTIONS = 256
MAX_TOPIC_BYTES = 256
# Messages of a subscriber that are no subscriptions; more of them and it is cut off.
MAX_REFUSED = 100
_BATCH_BYTES = 64 << 10
_BATCH_BUFFERS = 64
# So much goes out before another connection has its turn.
_TURN_BYTES = 4 << 20
_READ_BYTES = 64 << 10

log = logging.getLogger("framecast.zmq")


class Owner(Protocol):
    """What a connection reports to."""

    def on_subscribe(self, connection: Connection, topic: bytes) -> None:
        """It wants what begins with `topic`."""
        ...

    def on_unsubscribe(self, connection: Connection, topic: bytes) -> None:
        """It does not any more."""
        ...

    def on_waiting(self, connection: Connection) -> None:
        """Its handshake waits until it is known who the other end is: call `resume` then."""
        ...

    def on_refused(self, reason: str) -> None:
        """It, or something that it sent, was refused."""
        ...

    def on_gone(self, connection: Connection) -> None:
        """Its connection has ended."""
        ...


class Connection:
    """A connection that was accepted. `offered` is the mechanism by which the subscriber authenticates."""

    def __init__(self, sock: socket.socket, address: str, owner: Owner, offered: Mechanism) -> None:
        self.address = address
        self.topics: set[bytes] = set()
        self.sees: Callable[[str], bool] = lambda _stream: True  # whether it may get a stream
        self.sent = 0
        self._sock = sock
        self._fd = sock.fileno()
        self._owner = owner
        self._offered = offered
        self._loop = asyncio.get_running_loop()
        self._reader = zmtp.Reader()
        self._mechanism: Mechanism | None = None  # from the peer's greeting on
        self._control: deque[bytes] = deque()
        self._ready: deque[Cursor[Message]] = deque()
        self._queued: set[Cursor[Message]] = set()
        self._out: deque[Buffer] = deque()
        self._writing = False
        self._refused = 0
        self._closed = False
        self._begun = monotonic()
        self._taken = 0  # bytes so far
        self._progress = Progress()
        self._loop.add_reader(self._fd, self._on_readable)
        # Peers send the rest of their greeting only when they have seen the beginning of this side's.
        self._control.append(zmtp.greeting(offered.name, as_server=offered.name != b"NULL"))
        self._flush()

    @property
    def client(self) -> str:
        """What counts as one client: an address of the network; on this machine each connection is a program of its own."""
        return f"{self.address}/{id(self)}" if is_this_machine(self.address) else bucket_of(self.address)

    @property
    def is_open(self) -> bool:
        """True from the end of the handshake on."""
        return self._mechanism is not None and self._mechanism.ready

    def wake(self, cursor: Cursor[Message]) -> None:
        """Something waits at one of its cursors."""
        if cursor not in self._queued:
            self._queued.add(cursor)
            self._ready.append(cursor)
        if not self._writing:
            self._flush()

    def forget(self, cursor: Cursor[Message]) -> None:
        """Nothing more is wanted from a cursor."""
        if cursor in self._queued:
            self._queued.discard(cursor)
            self._ready.remove(cursor)

    def resume(self) -> None:
        """Go on with the handshake."""
        if self._closed:
            return
        assert self._mechanism
        self._loop.add_reader(self._fd, self._on_readable)
        self._obeying(self._go_on)

    def check(self) -> None:
        """Cut it off where it does not finish its handshake, or takes nothing."""
        if not self.is_open and monotonic() - self._begun > HANDSHAKE_S:
            self._refuse("handshake", Broken(f"no handshake within {HANDSHAKE_S:g} s"))
        elif not self._progress.check(self._taken, waits=self._writing):
            self._refuse("stuck", Broken(f"it read nothing for {STUCK_S:g} s"))

    def close(self) -> None:
        """End the connection. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._fd)
        if self._writing:
            self._loop.remove_writer(self._fd)
        self._sock.close()
        self._out.clear()
        self._ready.clear()
        self._queued.clear()
        self._owner.on_gone(self)

    # --- what it says

    def _on_readable(self) -> None:
        try:
            raw = self._sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            raw = b""
        if not raw:
            self.close()
            return
        self._reader.feed(raw)
        self._obeying(self._read)

    def _obeying(self, work: Callable[[], None]) -> None:
        """Do something with what has come; an error of the other end cuts it off."""
        try:
            work()
        except Denied as error:
            self._control.append(zmtp.frame(zmtp.command(b"ERROR", b"\x03400"), zmtp.COMMAND))
            self._flush()
            self._refuse("access", error)
        except (Broken, Invalid) as error:
            self._refuse("protocol", error)

    def _read(self) -> None:
        if self._mechanism is None and not self._greet():
            return
        for frame in self._reader.frames():
            if self._closed:
                return
            if self.is_open:
                assert self._mechanism
                self._obey(self._mechanism.open(frame))
            else:
                self._shake_hands(frame)
            assert self._mechanism
            if self._mechanism.waits:
                self._loop.remove_reader(self._fd)
                self._owner.on_waiting(self)
                return
        self._flush()

    def _go_on(self) -> None:
        """Answer the command for which the handshake has waited, and read what came behind it."""
        assert self._mechanism
        self._tell(self._mechanism.resume())
        if self._mechanism.waits:
            self._loop.remove_reader(self._fd)
            self._owner.on_waiting(self)
        else:
            self._read()

    def _greet(self) -> bool:
        given = self._reader.greeting()
        if given is None:
            return False
        wanted = zmtp.mechanism_of(given)
        if wanted != self._offered.name:
            name = wanted.decode("ascii", "replace")
            raise Denied(f"it asks for {name}, this server wants {self._offered.name.decode()}")
        self._mechanism = self._offered
        self._tell(self._mechanism.begin())
        return True

    def _shake_hands(self, frame: zmtp.Frame) -> None:
        assert self._mechanism
        if not frame.is_command:
            raise Broken("a message came before the handshake was over")
        name, body = zmtp.parse_command(frame.body)
        if name == b"ERROR":
            raise Broken("it refuses the handshake")
        self._tell(self._mechanism.answer(name, body))
        if self._mechanism.ready:
            log.debug("a subscriber came from %s", self.address)

    def _tell(self, commands: list[bytes]) -> None:
        self._control.extend(zmtp.frame(body, zmtp.COMMAND) for body in commands)
        self._flush()

    def _obey(self, frame: zmtp.Frame) -> None:
        """Take a subscription, in the form of ZMTP 3.1 (a command) or of 3.0 (a message)."""
        if frame.is_command:
            name, body = zmtp.parse_command(frame.body)
            if name == b"PING":
                assert self._mechanism
                self._control.append(self._mechanism.command(zmtp.command(b"PONG", body[2:18])))
                return
            kind = {b"SUBSCRIBE": 1, b"CANCEL": 0}.get(name)
            if kind is not None:
                self._change(kind, body)
            return
        if frame.body[:1] in (b"\x00", b"\x01") and not frame.flags & zmtp.MORE:
            self._change(frame.body[0], frame.body[1:])
            return
        self._refused += 1
        self._owner.on_refused("message")
        if self._refused > MAX_REFUSED:
            raise Broken("it sends messages, but only subscriptions are accepted")

    def _change(self, kind: int, topic: bytes) -> None:
        if not kind:
            if topic in self.topics:
                self.topics.discard(topic)
                self._owner.on_unsubscribe(self, topic)
            return
        if len(topic) > MAX_TOPIC_BYTES or len(self.topics) >= MAX_SUBSCRIPTIONS:
            raise Denied(f"more than {MAX_SUBSCRIPTIONS} topics, or one of more than {MAX_TOPIC_BYTES} bytes")
        if topic not in self.topics:
            self.topics.add(topic)
            self._owner.on_subscribe(self, topic)

    def _refuse(self, reason: str, error: FramecastError) -> None:
        log.warning("the subscriber at %s is cut off: %s", self.address, error)
        self._owner.on_refused(reason)
        self.close()

    # --- what it gets

    def _flush(self) -> None:
        """Send until the socket is full, there is nothing more, or others must have their turn."""
        turn = 0
        while not self._closed:
            if not self._out and not self._fill():
                self._watch(False)
                return
            try:
                sent = self._sock.sendmsg(list(islice(self._out, _BATCH_BUFFERS)))
            except BlockingIOError:
                self._watch(True)
                return
            except OSError:
                self.close()
                return
            self._advance(sent)
            turn += sent
            if turn >= _TURN_BYTES:
                self._watch(True)
                return

    def _fill(self) -> bool:
        """Choose what goes out next; False if nothing waits."""
        self._out.extend(self._control)
        self._control.clear()
        mechanism, size = self._mechanism, 0
        while self._ready and size < _BATCH_BYTES and mechanism is not None:
            cursor = self._ready[0]
            entry = cursor.take()
            if entry is None:
                self._ready.popleft()
                self._queued.discard(cursor)
                continue
            assert entry.message is not None
            self._out.extend(mechanism.seal(entry.message, cursor.dropped))
            size += entry.size
            self.sent += 1
            self._ready.rotate(-1)
        return bool(self._out)

    def _advance(self, sent: int) -> None:
        """Let go of what has gone out: with the last byte of a picture its lease ends."""
        self._taken += sent
        out = self._out
        while sent:
            size = len(out[0])
            if sent < size:
                out[0] = memoryview(out[0])[sent:]
                return
            sent -= size
            out.popleft()

    def _watch(self, wanted: bool) -> None:
        if wanted and not self._writing:
            self._writing = True
            self._loop.add_writer(self._fd, self._flush)
        elif not wanted and self._writing:
            self._writing = False
            self._loop.remove_writer(self._fd)
