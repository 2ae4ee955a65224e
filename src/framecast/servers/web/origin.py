"""Which requests a browser was tricked into: names that lead to this host (DNS rebinding), and foreign pages (CSRF).

Pure: headers in, a verdict out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def is_loopback(address: str) -> bool:
    """True for an address that only this machine can reach; '' (a UNIX socket) is one."""
    try:
        return not address or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_local_name(host: str, known: tuple[str, ...]) -> bool:
    """True where a Host header names this machine itself, or a name that was configured.

    A page of evil.example whose name is made to point to 127.0.0.1 still sends `Host: evil.example`.
    """
    name = host_name(host)
    if name == "localhost" or name.endswith(".localhost") or name in known:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """Return the name in a Host header, without port and brackets, in small letters; '' where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """True where a request comes from a page of this server, or from no page at all.

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
    """True where a request comes from a page of another site that was configured."""
    return headers.get("origin", "").lower() in known
