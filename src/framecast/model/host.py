"""Which addresses only this machine reaches. Pure; any thread."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens on `host`: a loopback address, in brackets or not, or `localhost`."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def is_this_machine(peer: str) -> bool:
    """Return whether the other end of a connection is on this machine; the address '' is a UNIX socket."""
    return not peer or is_loopback(peer)
