"""TLS between the socket and a connection: the same limits, clocks and owners hold with it and without.

The event loop's own TLS would show a connection only after its handshake: until then nothing bounds how many there are, and plain HTTP gets no
answer in words. So the bytes go through `ssl.SSLObject` here. A connection is in the registry from its first moment, its clock runs
during the handshake, and viewers write to the same transport as ever. Event loop only; the certificate's files are looked at in a thread.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol, cast
from urllib.parse import quote

from framecast.servers.certificate import Certificate
from framecast.servers.web.http.origin import wrong_host

_HANDSHAKE = 0x16  # RFC 8446 section 5.1: the first record of a client
_READ = 64 << 10
_REDIRECTED = (b"GET", b"HEAD")
_WORDS = b"this port speaks HTTPS: write https:// before its address\n"


class Inner(Protocol):
    """What gets the bytes: a protocol of the event loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """It begins, before the handshake."""

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""

    def eof_received(self) -> None:
        """The other end sends nothing more."""

    def pause_writing(self) -> None:
        """The transport is full."""

    def resume_writing(self) -> None:
        """The transport takes more."""

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""


class TlsConnection(asyncio.Protocol):
    """Speaks TLS with a client, and plainly with `inner`."""

    def __init__(self, certificate: Certificate, inner: Inner) -> None:
        self._certificate = certificate
        self._inner = inner
        self._raw: asyncio.Transport
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl: ssl.SSLObject | None = None
        self._is_open = False  # from the end of the handshake to our own goodbye
        self._has_begun = False  # the handshake is complete
        self._is_plain = False  # the client does not speak TLS, and has had its answer
        self._first = b""  # what came while the certificate was looked at

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._raw = cast("asyncio.Transport", transport)  # uvloop's is one, and not by its class
        self._inner.connection_made(_Near(self._raw, self))

    def data_received(self, data: bytes) -> None:
        """Pass on what it means. The first bytes say whether the client speaks TLS."""
        if self._is_plain:
            return
        if self._ssl is not None:
            self._in.write(data)
            self._advance()
            return
        self._first += data
        if self._first[0] != _HANDSHAKE:
            self._answer_plainly(self._first)
        elif self._certificate.is_due:
            self._raw.pause_reading()
            looking = asyncio.get_running_loop().run_in_executor(None, self._certificate.refresh)
            looking.add_done_callback(self._go_on)
        else:
            self._begin()

    def eof_received(self) -> None:
        """The other end has closed without TLS' own words for it."""
        self._inner.eof_received()

    def pause_writing(self) -> None:
        """The transport is full."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The transport takes more."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._inner.connection_lost(exc)

    # --- for the transport

    def encrypt(self, data: bytes | bytearray | memoryview) -> None:
        """Send data. Before the handshake nothing can be said."""
        if self._ssl is None or not self._is_open or self._raw.is_closing() or not data:
            return
        with memoryview(data) as view:
            at = 0
            while at < len(view):
                at += self._ssl.write(view[at:])
        self._flush()

    def say_goodbye(self) -> None:
        """Send TLS' own end (RFC 8446 section 6.1), so that the client knows that nothing was cut off."""
        if self._ssl is not None and self._is_open and not self._raw.is_closing():
            self._is_open = False
            with suppress(ssl.SSLError):  # it would wait for that of the client
                self._ssl.unwrap()
            self._flush()

    @property
    def object(self) -> ssl.SSLObject | None:
        """The TLS itself, None before its first bytes."""
        return self._ssl

    @property
    def context(self) -> ssl.SSLContext:
        """With which certificate it begins."""
        return self._certificate.pair.context

    # --- inside

    def _go_on(self, looked: asyncio.Future[bool]) -> None:
        looked.exception()  # a certificate that cannot be looked at stays as it is
        if not self._raw.is_closing():
            self._raw.resume_reading()
            self._begin()

    def _begin(self) -> None:
        self._ssl = self.context.wrap_bio(self._in, self._out, server_side=True)
        self._in.write(self._first)
        self._first = b""
        self._advance()

    def _advance(self) -> None:
        """Shake hands, then read what is there."""
        assert self._ssl is not None
        try:
            if not self._has_begun:
                self._ssl.do_handshake()
                self._has_begun = self._is_open = True
                self._flush()
            while not self._raw.is_closing():
                data = self._ssl.read(_READ)
                if not data:
                    self._inner.eof_received()
                    self._raw.close()
                    return
                self._inner.data_received(data)
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError:
            self._flush()  # the alert that says why
            self._raw.close()

    def _flush(self) -> None:
        if self._out.pending and not self._raw.is_closing():
            self._raw.write(self._out.read())

    def _answer_plainly(self, head: bytes) -> None:
        """Say in plain HTTP where to go; the clock of the connection ends it if the client does not."""
        self._is_plain = True
        self._first = b""
        self._raw.write(plain_answer(head))
        if self._raw.can_write_eof():
            self._raw.write_eof()


class _Near(asyncio.Transport):
    """The transport that a connection and its viewers write to."""

    def __init__(self, raw: asyncio.Transport, tls: TlsConnection) -> None:
        super().__init__()
        self._raw = raw
        self._tls = tls

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  as the base
        if name == "sslcontext":
            return self._tls.context
        if name == "ssl_object":
            return self._tls.object or default
        return self._raw.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._tls.encrypt(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send buffers as one: a record of TLS for each would cost more than the copy."""
        self._tls.encrypt(b"".join(list_of_data))

    def write_eof(self) -> None:
        self._tls.say_goodbye()
        self._raw.write_eof()

    def can_write_eof(self) -> bool:
        return self._raw.can_write_eof()

    def close(self) -> None:
        self._tls.say_goodbye()
        self._raw.close()

    def abort(self) -> None:
        self._raw.abort()

    def is_closing(self) -> bool:
        return self._raw.is_closing()

    def is_reading(self) -> bool:
        return self._raw.is_reading()

    def pause_reading(self) -> None:
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        self._raw.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._raw.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._raw.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._raw.set_write_buffer_limits(high, low)


def plain_answer(head: bytes) -> bytes:
    """Return the answer to the first bytes of a client that does not speak TLS: where a page is by HTTPS, else that it must be HTTPS. Pure."""
    to = _secure_url(head)
    first = b"HTTP/1.1 308 Permanent Redirect\r\nLocation: " + to if to else b"HTTP/1.1 400 Bad Request"
    body = b"" if head.startswith(b"HEAD ") else _WORDS
    return (
        first
        + b"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n" % len(_WORDS)
        + b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        + body
    )


def _secure_url(head: bytes) -> bytes:
    """The same address by HTTPS, b'' if the request is not one of a page."""
    request, _, lines = head.partition(b"\r\n")
    method, _, rest = request.partition(b" ")
    target, _, version = rest.partition(b" ")
    hosts = [
        value.strip()
        for name, colon, value in (line.partition(b":") for line in lines.split(b"\r\n"))
        if colon and name.lower() == b"host"
    ]
    if method not in _REDIRECTED or not version.startswith(b"HTTP/1.") or not target.startswith(b"/"):
        return b""
    try:
        host = [one.decode("ascii") for one in hosts]
    except UnicodeDecodeError:
        return b""
    if len(host) != 1 or wrong_host(host, "1.1"):
        return b""
    path = quote(target, safe="/?&=%:@!$'()*+,;~#[]")
    return f"https://{host[0]}{path}".encode()


def behind_tls(certificate: Certificate, make: Callable[..., Inner]) -> Callable[..., asyncio.Protocol]:
    """Return what makes connections with TLS of `make`, which makes them without."""

    def made(**server: Any) -> asyncio.Protocol:  # noqa: ANN401  what uvicorn gives a protocol
        return TlsConnection(certificate, make(**server))

    return made
