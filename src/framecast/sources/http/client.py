"""Requests one address of a web server repeatedly: kept connections, logins, redirections. The source's thread.

A user and a password are sent only to the host that the address names: a redirection to another host is followed without them, and from
https never to http. TLS is checked as for all sources (`sources.tls`).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Self
from urllib.parse import quote, unquote, urljoin, urlsplit

from framecast.errors import Invalid, SourceError
from framecast.model import REASONS, StreamSpec
from framecast.protocols.http.login import Login
from framecast.sources import dial, tls
from framecast.sources.http.connection import Answer, Connection

_MAX_REDIRECTIONS = 5
_REDIRECTIONS = (301, 302, 303, 307, 308)
_ATTEMPTS = 3  # a challenge, then a nonce that is old
_MAX_REFUSAL_BYTES = 256 << 10  # how much of an answer that is not a picture is read, to keep its connection
_REASONS = {401: "bad-auth", 403: "bad-auth", 404: "not-found", 410: "not-found"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What a request line can hold: printable ASCII (RFC 3986). Everything else is written as %XX, above all line ends.
_SAFE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """A URL in its parts. `target` is the part that a request names."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str) -> Place:
        """Split a URL.

        Raises:
            Invalid: it is not an http or https address.
        """
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        if not host or parts.scheme not in ("http", "https"):
            raise Invalid("not an HTTP address")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, host, port or dial.PORTS[parts.scheme], quote(target, safe=_SAFE))

    @property
    def origin(self) -> tuple[str, str, int]:
        """Which server it is."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The URL without user and password."""
        return f"{self.scheme}://{self._host}:{self.port}{self.target}"

    @property
    def name(self) -> str:
        """The value of a Host header."""
        return self._host if self.port == dial.PORTS[self.scheme] else f"{self._host}:{self.port}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


@dataclass(slots=True)
class Reply:
    """An answer whose body has not been read."""

    place: Place
    answer: Answer
    connection: Connection

    def body(self, deadline: float | None = None, silence_s: float = 3600.0) -> Iterator[bytes]:
        """Yield the body; see `Connection.body`."""
        return self.connection.body(self.answer, deadline, silence_s)


class Client:
    """Asks for the address of `spec`. Used by one thread; closes its connection at the end of the block."""

    def __init__(self, spec: StreamSpec, stop: threading.Event) -> None:
        self._spec, self._stop = spec, stop
        address = spec.source.reveal()
        try:
            self._place = Place.of(address)
        except Invalid:
            raise Invalid(
                f"{spec.source} is not the address of a web server: write it as http://host/path"
            ) from None
        parts = urlsplit(address)
        self._login = Login(unquote(parts.username or ""), unquote(parts.password or ""))
        self._connection: tuple[tuple[str, str, int], Connection] | None = None

    def get(self, deadline: float, conditions: Mapping[str, str]) -> Reply:
        """Return the answer to a GET: 200, or 304 if a condition holds. The body of the answer before must have been read.

        Raises:
            SourceError: it cannot be reached, or refuses.
        """
        place = self._place
        for _ in range(_MAX_REDIRECTIONS + 1):
            reply = self._logged_in(place, deadline, conditions)
            if reply.answer.status not in _REDIRECTIONS:
                return _accepted(reply)
            place = self._followed(place, reply.answer.header("location"))
            self._skip(reply, deadline)
        raise SourceError("bad-data", f"the server redirects more than {_MAX_REDIRECTIONS} times")

    @property
    def waited_at_ns(self) -> int:
        """CLOCK_MONOTONIC when a read last had to wait, 0 if no read had to."""
        return self._connection[1].waited_at_ns if self._connection else 0

    @property
    def is_connected(self) -> bool:
        """True while a connection is open, or kept."""
        return self._connection is not None

    def close(self) -> None:
        """Close the connection. Idempotent."""
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- one place

    def _logged_in(self, place: Place, deadline: float, conditions: Mapping[str, str]) -> Reply:
        """Send a request; log in if the server of the address asks for it."""
        reply = self._asked(place, deadline, conditions)
        if not self._is_own(place):
            return reply
        for attempt in range(_ATTEMPTS - 1):
            if reply.answer.status != 401:
                break
            challenges = reply.answer.headers.get("www-authenticate", [])
            is_stale = any("stale=true" in one.lower().replace('"', "") for one in challenges)
            had_answered = self._login.was_used
            if not self._login.learn(challenges) or (attempt and had_answered and not is_stale):
                break
            self._skip(reply, deadline)
            reply = self._asked(place, deadline, conditions)
        return reply

    def _asked(self, place: Place, deadline: float, conditions: Mapping[str, str]) -> Reply:
        """Send a request on the kept connection, or on a new one if the server has closed that."""
        request = self._request(place, conditions)
        connection = self._kept(place)
        if connection is not None:
            try:
                return Reply(place, connection.ask(request, deadline), connection)
            except SourceError as error:
                if error.reason != "closed" or self._stop.is_set():
                    raise
                request = self._request(place, conditions)
        self.close()
        connection = self._dialled(place, deadline)
        return Reply(place, connection.ask(request, deadline), connection)

    def _kept(self, place: Place) -> Connection | None:
        if (
            self._connection is None
            or self._connection[0] != place.origin
            or not self._connection[1].is_reusable
        ):
            return None
        return self._connection[1]

    def _dialled(self, place: Place, deadline: float) -> Connection:
        sock = dial.connect(
            place.host, place.port, max(0.1, deadline - monotonic()), self._spec.source.networks
        )
        if place.scheme in tls.SCHEMES:
            sock = tls.secured(sock, place.host, deadline, verify=self._spec.verify_tls, stop=self._stop)
        connection = Connection(sock, self._stop)
        self._connection = place.origin, connection
        return connection

    def _request(self, place: Place, conditions: Mapping[str, str]) -> bytes:
        lines = [
            f"GET {place.target} HTTP/1.1",
            f"Host: {place.name}",
            "User-Agent: framecast",
            "Accept: */*",
            "Accept-Encoding: identity",
            *(f"{name}: {value}" for name, value in conditions.items()),
        ]
        if self._is_own(place) and (login := self._login.header("GET", place.target)):
            lines.append(f"Authorization: {login}")
        # Some of this came from the server or from an address: it must not become a line of its own.
        return "\r\n".join([*(_CONTROL.sub("", line) for line in lines), "", ""]).encode("utf-8", "replace")

    def _skip(self, reply: Reply, deadline: float) -> None:
        """Read an answer that is not needed, so that its connection can be kept; close the connection if the answer is long."""
        size = 0
        for piece in reply.body(deadline):
            size += len(piece)
            if size > _MAX_REFUSAL_BYTES:
                self.close()
                return

    # --- other places

    def _is_own(self, place: Place) -> bool:
        """True for the server that the password was given for; also with TLS, if it was given for the same host without."""
        own = self._place
        upgraded = ("https", own.host, dial.PORTS["https"])
        return place.origin == own.origin or (own.origin[::2] == ("http", 80) and place.origin == upgraded)

    def _followed(self, place: Place, location: str) -> Place:
        try:
            target = Place.of(urljoin(place.url, location))
        except (Invalid, ValueError):
            target = None
        if not location or target is None or (place.scheme == "https" and target.scheme != "https"):
            raise SourceError(
                "forbidden",
                f"{REASONS['forbidden']}: a redirection may lead to http or https only, and from https to https",
            )
        return target


def _accepted(reply: Reply) -> Reply:
    status = reply.answer.status
    if status in (200, 203, 206, 304):
        return reply
    reason = _REASONS.get(status, "failed")
    raise SourceError(reason, f"{REASONS[reason]} (HTTP status {status})")
