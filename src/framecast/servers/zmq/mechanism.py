"""How a subscriber authenticates: not at all (NULL), by the access token (PLAIN) or by keys (CURVE, in `curve`).

One object a connection; it answers commands until `ready`. Pure; the connection sends what it returns. RFC 37, RFC 24. What admits
a client may not know yet (None): then the mechanism `waits`, and `resume` answers when it knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from framecast.errors import Broken, Denied
from framecast.protocols import zmtp
from framecast.servers.zmq.message import Buffer, Message

_READY = zmtp.metadata({b"Socket-Type": b"XPUB", b"Identity": b""})


class Mechanism(Protocol):
    """One side of a handshake, and what it does to frames afterwards."""

    name: bytes
    ready: bool
    waits: bool

    def begin(self) -> list[bytes]:
        """Return commands that are sent unasked."""
        ...

    def answer(self, name: bytes, body: bytes) -> list[bytes]:
        """Return the commands that answer one.

        Raises:
            Denied: it may not come in. Broken: it does not keep to the protocol.
        """
        ...

    def resume(self) -> list[bytes]:
        """Return the commands that answer the one for which it waits; it may wait on.

        Raises:
            Denied, Broken: as `answer`.
        """
        ...

    def seal(self, message: Message, dropped: int) -> list[Buffer]:
        """Return a message as it goes on the wire to a subscriber that lost `dropped` records before it."""
        ...

    def command(self, body: bytes) -> bytes:
        """Return a command as it goes on the wire after the handshake."""
        ...

    def open(self, frame: zmtp.Frame) -> zmtp.Frame:
        """Return the frame that a frame of the peer carries."""
        ...


class Null:
    """The subscriber shows nothing: `admits` says whether it comes in. Without it everybody does."""

    name = b"NULL"

    def __init__(self, admits: Callable[[], bool | None] = lambda: True) -> None:
        self.ready = False
        self.waits = False
        self._knows = admits

    def begin(self) -> list[bytes]:
        """Both sides say READY at once."""
        return [zmtp.command(b"READY", _READY)]

    def answer(self, name: bytes, body: bytes) -> list[bytes]:
        """Take the peer's READY."""
        _expect(name, b"READY")
        check_peer(body)
        return self.resume()

    def resume(self) -> list[bytes]:
        """Nothing more is said; subscriptions count once it is known that the subscriber may come in."""
        admitted = self._knows()
        self.waits = admitted is None
        if admitted is False:
            raise Denied("its user of this machine may not watch: see 'framecast user uid'")
        self.ready = bool(admitted)
        return []

    def seal(self, message: Message, dropped: int) -> list[Buffer]:
        """Frames as they are: built once for everybody."""
        return message.wire(dropped)

    def command(self, body: bytes) -> bytes:
        """A frame as it is."""
        return zmtp.frame(body, zmtp.COMMAND)

    def open(self, frame: zmtp.Frame) -> zmtp.Frame:
        """The frame itself."""
        return frame


class Plain(Null):
    """A password in the clear, for connections that do not leave this machine."""

    name = b"PLAIN"

    def __init__(self, admits: Callable[[str], bool | None]) -> None:
        super().__init__()
        self._admits = admits
        self._password = ""
        self._welcomed = False

    def begin(self) -> list[bytes]:
        """The client speaks first."""
        return []

    def answer(self, name: bytes, body: bytes) -> list[bytes]:
        """HELLO with user and password, then INITIATE."""
        if not self._welcomed:
            _expect(name, b"HELLO")
            _user, rest = _short(body)
            password, rest = _short(rest)
            if rest:
                raise Broken("a HELLO is too long")
            self._password = password.decode("utf-8", "replace")
            return self.resume()
        _expect(name, b"INITIATE")
        check_peer(body)
        self.ready = True
        return [zmtp.command(b"READY", _READY)]

    def resume(self) -> list[bytes]:
        """WELCOME, once it is known whether the password is right."""
        admitted = self._admits(self._password)
        self.waits = admitted is None
        if self.waits:
            return []
        if not admitted:
            raise Denied("the password is not an access token that may watch")
        self._password = ""
        self._welcomed = True
        return [zmtp.command(b"WELCOME")]


def ready_properties() -> bytes:
    """Return what this side says about itself."""
    return _READY


def check_peer(raw: bytes) -> None:
    """Return if the properties are those of a subscriber.

    Raises:
        Broken: the other side is something else.
    """
    kind = zmtp.parse_metadata(raw).get(b"socket-type", b"")
    if kind not in (b"SUB", b"XSUB"):
        raise Broken(
            f"a {kind.decode('ascii', 'replace')[:20] or 'nameless'} socket connected, only SUB is served"
        )


def _expect(name: bytes, wanted: bytes) -> None:
    if name != wanted:
        raise Broken(f"expected {wanted.decode()}, got {name.decode('ascii', 'replace')[:20]}")


def _short(raw: bytes) -> tuple[bytes, bytes]:
    size = raw[0] if raw else 0
    if len(raw) < 1 + size:
        raise Broken("a HELLO is cut short")
    return raw[1 : 1 + size], raw[1 + size :]
