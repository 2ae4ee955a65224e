"""A libzmq socket of a source: connects or listens, watches the connection, yields messages.

The source's thread. Messages are not copied; waiting messages are bounded by the high-water mark and `max_bytes`.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

import zmq
from zmq.utils.monitor import recv_monitor_message

from framecast.errors import SourceError
from framecast.model import REASONS, curvekeys
from framecast.sources.zmq.address import NativeAddress

# How late `stop` may be seen.
_LOOK_MS = 200
_FAILED = {
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: ("bad-auth", "the publisher refuses the key or token"),
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: ("bad-auth", "the publisher asks for other keys or another token"),
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: (
        "bad-auth",
        "the publisher ends the handshake: does it ask for keys?",
    ),
    zmq.EVENT_DISCONNECTED: ("closed", REASONS["closed"]),
}
_EVENTS = zmq.EVENT_HANDSHAKE_SUCCEEDED
for _event in _FAILED:
    _EVENTS |= _event


class Connection:
    """A SUB socket that connects, or a REP socket that listens. Raises SourceError if the connection fails."""

    def __init__(self, *, listens: bool, timeout_s: float, max_bytes: int, depth: int) -> None:
        self.connected = listens
        self._listens = listens
        self._timeout_s = timeout_s
        self._context = zmq.Context()
        self._sock = self._context.socket(zmq.REP if listens else zmq.SUB)
        self._sock.linger = 200 if listens else 0
        self._sock.rcvhwm = depth
        self._sock.maxmsgsize = max_bytes
        self._monitor: zmq.Socket[bytes] | None = None
        self._begun = monotonic()

    def show(self, address: NativeAddress) -> None:
        """Use the keys or the token that an address names.

        Raises:
            Invalid: a file cannot be read, or has no key.
        """
        sock = self._sock
        if address.server_key_file is not None:
            sock.curve_serverkey = _text(curvekeys.read_public(address.server_key_file))
            if address.secret_key_file is not None:
                secret = _text(curvekeys.read_secret(address.secret_key_file))
                public = zmq.curve_public(secret)
            else:
                public, secret = zmq.curve_keypair()
            sock.curve_publickey, sock.curve_secretkey = public, secret
        elif address.token_file is not None:
            try:
                token = address.token_file.read_text(encoding="utf-8").partition("\n")[0].strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SourceError("bad-auth", f"cannot read token_file: {error}") from error
            sock.plain_username, sock.plain_password = b"framecast", token.encode()

    def subscribe(self, *topics: str) -> None:
        """Subscribe to topics that begin with these."""
        for topic in topics:
            self._sock.subscribe(topic)

    def open(self, endpoint: str) -> None:
        """Connect or listen.

        Raises:
            SourceError: another program listens there already, or the address is not of this machine.
        """
        self._sock.ipv6 = _needs_ipv6(endpoint)
        if self._listens:
            try:
                self._sock.bind(endpoint)
            except zmq.ZMQError as error:
                reason = "busy" if error.errno == zmq.EADDRINUSE else "failed"
                raise SourceError(reason, f"{endpoint} cannot be opened: {error.strerror}") from error
            return
        self._sock.reconnect_ivl = -1  # the node reconnects, by a new attempt
        self._sock.heartbeat_ivl = 5000
        self._sock.heartbeat_timeout = 15000
        self._monitor = self._sock.get_monitor_socket(_EVENTS)
        self._sock.connect(endpoint)

    def messages(self, stop: threading.Event) -> Iterator[list[zmq.Frame] | None]:
        """Yield messages, and None now and then while no message comes, until `stop`.

        Raises:
            SourceError: the connection cannot be made, or is cut.
        """
        poller = zmq.Poller()
        poller.register(self._sock, zmq.POLLIN)
        if self._monitor is not None:
            poller.register(self._monitor, zmq.POLLIN)
        while not stop.is_set():
            ready = dict(poller.poll(_LOOK_MS))
            if self._sock in ready:
                yield self._sock.recv_multipart(zmq.NOBLOCK, copy=False)
                continue
            if self._monitor is not None and self._monitor in ready:
                self._hear(recv_monitor_message(self._monitor)["event"])
            elif not self.connected and monotonic() - self._begun > self._timeout_s:
                raise SourceError(
                    "timeout", f"the publisher did not complete the handshake within {self._timeout_s:g} s"
                )
            yield None

    def reply(self, text: bytes) -> None:
        """Answer the sender that waits."""
        self._sock.send(text)

    def close(self) -> None:
        """End the connection."""
        if self._monitor is not None:
            self._sock.disable_monitor()
            self._monitor.close()
        self._sock.close()
        self._context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _hear(self, event: int) -> None:
        failure = _FAILED.get(zmq.Event(event))
        if failure is None:
            self.connected = True
        elif not self.connected and event == zmq.EVENT_DISCONNECTED:
            raise SourceError(
                "bad-auth", "the publisher ends the handshake: does it ask for keys or a token?"
            )
        else:
            raise SourceError(*failure)


def _text(key: bytes) -> bytes:
    return curvekeys.encode(key).encode()


def _needs_ipv6(endpoint: str) -> bool:
    """Return whether an endpoint has an IPv6 address, or a name that has no other. libzmq takes one kind; IPv4 is the kind of most publishers."""
    host = urlsplit(endpoint).hostname or ""
    if ":" in host:
        return True
    try:
        found = {family for family, *_ in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return False  # libzmq says what is wrong with it
    return found == {socket.AF_INET6}
