"""Addresses: which only this machine reaches, and which count as one client. Pure; any thread."""

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


def bucket_of(address: str) -> str:
    """Return what counts as one address: that itself, the /64 of IPv6, the IPv4 address that IPv6 maps."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, 64), strict=False))
