"""RTSP addresses: URLs as they appear in requests, and the URLs of the tracks of a session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from framecast.errors import Invalid
from framecast.model.address import without_user

_ABSOLUTE = re.compile(r"rtsps?://", re.IGNORECASE)
# What a request line can hold: printable ASCII (RFC 3986). Everything else is written as %XX, above all line ends.
_SAFE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An rtsp:// URL in its parts. `url` is without user and password, fit for a request."""

    url: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, text: str, port: int) -> Address:
        """Split a URL; `port` is the default.

        Raises:
            Invalid: it is not an RTSP URL.
        """
        user, rest = without_user(text)
        try:
            parts = urlsplit(rest)
            host, port = parts.hostname, parts.port or port
        except ValueError:
            host, parts = None, None
        if not host or parts is None:
            raise Invalid("not an RTSP address")
        name, _, password = user.partition(":")
        return cls(bare(text), host, port, unquote(name), unquote(password))


def bare(url: str) -> str:
    """Return a URL without user and password, as it may appear in a request."""
    scheme, _, rest = url.strip().partition("://")
    place = re.match(r"[^/?#]*", rest)
    assert place is not None
    return quote(f"{scheme}://{place[0].rpartition('@')[2]}{rest[place.end() :]}", safe=_SAFE)


def base_of(url: str, named: str) -> str:
    """Return the URL that controls are relative to: the one that the server sends (Content-Base), if it is valid."""
    if _ABSOLUTE.match(named) and named.count("://") == 1 and len(named) < 2048:
        return bare(named)
    return url


def control_of(base: str, control: str) -> str:
    """Return the URL of a track or a session by its control attribute (RFC 2326 appendix C.1.1).

    As FFmpeg and live555 do, and cameras expect: a relative control is appended, even after a query. One that begins with a slash
    is a path of the server.
    """
    if not control or control == "*":
        return base
    if _ABSOLUTE.match(control):
        return bare(control)
    if control.startswith("/"):
        return bare(_server(base) + control)
    return appended(base, control)


def appended(base: str, control: str) -> str:
    """Append a control to its URL; a query needs no slash before it."""
    return bare(base + control if base.endswith("/") or control.startswith("?") else f"{base}/{control}")


def _server(url: str) -> str:
    """A URL without its path."""
    found = re.match(r"[^/]*//[^/?#]*", url)
    return found[0] if found else url
