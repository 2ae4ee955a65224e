"""Which requests a browser was tricked into: names that lead to this host (DNS rebinding), and foreign pages (CSRF).

Pure: headers in, a verdict out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from framecast.model import number
from framecast.model.host import is_loopback

# RFC 3986 section 3.2: a name or an IPv4 address, or an IPv6 address in brackets; then an optional port.
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)(?:%25[a-z0-9._~-]+)?\]|([a-z0-9._~!$&'()*+,;=%-]+))(?::[0-9]{0,5})?")
_MAX_HOST = 255 + len(":65535")
# RFC 6454 section 6.1, as browsers send it.
_ORIGIN = re.compile(r"https?://(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._~-]{1,255})(?::[0-9]{1,5})?")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def is_local_name(host: str, known: tuple[str, ...]) -> bool:
    """True if a Host header names this machine itself, or a name that was configured.

    A page of evil.example whose name is made to point to 127.0.0.1 still sends `Host: evil.example`.
    """
    name = host_name(host)
    return name.endswith(".localhost") or name in known or is_loopback(name)


def host_name(host: str) -> str:
    """Return the name or address in a Host header, without port and brackets, in small letters; '' if it has none."""
    found = _HOST.fullmatch(host.lower()) if len(host) <= _MAX_HOST else None
    return (found[1] or found[2]).rstrip(".") if found else ""


def stays_secure(host: str) -> bool:
    """True if browsers may be held to HTTPS for the name in a Host header (RFC 6797 section 8).

    Only for a name at the usual port: what a browser keeps counts for all ports of a name, and other servers may be there.
    """
    name = host_name(host)
    last = name.rpartition(".")[2]  # of an address it is a number
    return name == host.lower() and "." in name and last != "localhost" and not number.is_digits(last, 255)


def wrong_host(hosts: list[str], version: str) -> str | None:
    """Return what is wrong with the Host headers of a request (RFC 9112 section 3.2), None if they are right.

    Two hosts would let one part of a chain of servers check the first, and another part serve the second.
    """
    if len(hosts) > 1:
        return f"a request has one Host header, got {len(hosts)}"
    if not hosts:
        return None if version == "1.0" else "a request of HTTP/1.1 has a Host header, got none"
    if not host_name(hosts[0]):
        return "the Host header must be a name or an address with an optional port, as localhost:8080 or [::1]:8080"
    return None


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """True if a request comes from a page of this server, or from no page at all.

    Browsers send Sec-Fetch-Site on secure origins, and Origin with everything that is not GET or HEAD.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        authority = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(authority) and authority.lower() == headers.get("host", "").lower()


def is_known_origin(headers: Mapping[str, str], known: tuple[str, ...]) -> bool:
    """True if a request comes from a page of another site that was configured."""
    return headers.get("origin", "").lower() in known


def foreign_words(headers: Mapping[str, str], *, is_socket: bool) -> str:
    """Return why a page of another site is refused, and what allows it."""
    if not is_socket:
        return "a page of another site may not change anything here"
    origin = headers.get("origin", "").lower()
    if not _ORIGIN.fullmatch(origin):
        return (
            "a page without an origin, such as a file or a sandboxed frame, may not show this stream: serve the page over "
            "HTTP, or give the player the token of a share link"
        )
    return (
        f"pages of {origin} may not show this stream: add 'origins: [\"{origin}\"]' to framecast.yaml, or give the player "
        "the token of a share link"
    )
