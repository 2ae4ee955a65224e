"""The address of a client: that of its connection, or the one that a trusted proxy reports. Pure: a request in, an address and a scheme out.

Any client can write a proxy's headers. They count only if they come from the addresses of `trusted_proxies`, and are read from the
right: what a client writes itself stands to the left of what the first trusted proxy has seen.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from itertools import islice

from starlette.datastructures import Headers
from starlette.types import Scope

from framecast.model.host import is_this_machine

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MOST_HOPS = 16


class TrustedProxies:
    """Knows which proxies are trusted."""

    def __init__(self, trusted: Sequence[str], user_header: str | None = None) -> None:
        self._trusted: list[Network] = [ipaddress.ip_network(one, strict=False) for one in trusted]
        self._user_header = user_header

    def introduce(self, scope: Scope, headers: Headers) -> None:
        """Put the client's address and scheme into the scope, as everything behind the gate sees them."""
        client = scope.get("client")
        peer = str(client[0]) if client else ""
        # On loopback it is nobody's secret: it only decides whether a cookie is for HTTPS alone.
        if self._trusts(peer) or is_this_machine(peer):
            proto = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
            if proto in ("http", "https"):
                scope["scheme"] = proto
        found = self._behind(peer, headers)
        if found != peer:
            scope["client"] = (found, 0)

    def user(self, scope: Scope, headers: Headers) -> str | None:
        """Return the name of the account that the proxy says is signed in, None if it says nothing, '' for what is no name.

        To be asked before `introduce`: only the address of the connection itself says whether this is the proxy.
        """
        client = scope.get("client")
        if self._user_header is None or client is None or not self._trusts(str(client[0])):
            return None
        said = headers.getlist(self._user_header)
        if not any(said):
            return None
        try:  # header values come as Latin-1; proxies send UTF-8
            return said[0].encode("latin-1").decode() if len(said) == 1 else ""
        except UnicodeDecodeError:
            return ""

    def _behind(self, peer: str, headers: Headers) -> str:
        """The nearest address that is no trusted proxy's; the last proxy's where that says nothing of use."""
        here = peer
        for said in islice(_said(headers), _MOST_HOPS):
            if not self._trusts(here):
                return here
            address = _address(said)
            if not address:
                return here
            here = address
        return here

    def _trusts(self, text: str) -> bool:
        try:
            address = _plain(ipaddress.ip_address(text))
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def _said(headers: Headers) -> Iterator[str]:
    """What proxies say, the nearest first. `Forwarded` (RFC 7239) counts only where no X-Forwarded-For came."""
    lines = headers.getlist("x-forwarded-for")
    if lines:
        yield from reversed(",".join(lines).split(","))
        return
    for element in reversed(",".join(headers.getlist("forwarded")).split(",")):
        pairs = dict(_pair(text) for text in element.split(";"))
        yield pairs.get("for", "")


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().strip('"')


def _address(said: str) -> str:
    """An address without its port and brackets, '' if the text is not an address."""
    text = said.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(_plain(ipaddress.ip_address(text)))
    except ValueError:
        return ""


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
