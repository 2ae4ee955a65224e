"""At which addresses other devices reach this server: for "see it on my phone".

Blocks for a few system calls at most; any thread. Linux: IPv4 addresses of interfaces come from SIOCGIFADDR (netdevice(7)), IPv6 addresses from
/proc/net/if_inet6 (proc_net(5)).
"""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

from framecast.model import number
from framecast.model.host import is_loopback

_SIOCGIFADDR = 0x8915
ANY_IPV4, ANY_IPV6 = "0.0.0.0", "::"  # noqa: S104  to compare with, not to bind
_IPV6_ADDRESSES = Path("/proc/net/if_inet6")
_GLOBAL = "00"  # the scope of addresses that are not of one link or host
_NAME_BYTES = 15
# Networks inside this machine: container engines and virtual machines make them.
_INNER = ("lo", "docker", "br-", "veth", "virbr", "cni", "flannel", "cali", "lxc", "podman")
# TEST-NET-1 (RFC 5737): nothing is sent to it, the kernel only chooses the address that it would send from.
_FAR = ("192.0.2.1", 9)
_PORTS = {"http": 80, "https": 443}

ONLY_LOCAL = (
    "this node listens on {host}, so other devices cannot open it: set FRAMECAST_ACCESS_TOKEN to a long random token, "
    "start the node with --host 0.0.0.0 ('host: 0.0.0.0' in framecast.yaml), and open this page again"
)
ONLY_PROXY = (
    "this node listens on a UNIX socket: open this page at the address of the proxy that serves that socket"
)
NO_NETWORK = "this machine has no network address: connect it to the network of your phone"


def lan_urls(host: str, port: int, base_path: str, own: Iterable[str], scheme: str = "http") -> list[str]:
    """Return the URLs of a server that listens on `host`; `own` are the addresses of this machine, used if it listens on all.

    A server that listens on 0.0.0.0 has no IPv6 addresses; one that listens on :: has both kinds.
    """
    if not host or is_loopback(host):
        return []
    hosts = (
        [one for one in own if host != ANY_IPV4 or ":" not in one] if host in (ANY_IPV4, ANY_IPV6) else [host]
    )
    tail = ("" if port == _PORTS[scheme] else f":{port}") + base_path + "/"
    return [f"{scheme}://{_in_url(one)}{tail}" for one in hosts]


def advice(host: str, urls: list[str]) -> str:
    """Return why no other device reaches a server that listens on `host`, and what to do; '' if one does."""
    if urls:
        return ""
    if not host:
        return ONLY_PROXY
    return ONLY_LOCAL.format(host=host) if is_loopback(host) else NO_NETWORK


def own_addresses() -> list[str]:
    """Return the addresses of this machine in its networks: IPv4 with that of the default route first, then IPv6."""
    first = _default_address()
    found = dict.fromkeys([first] if first else [])
    for _, name in socket.if_nameindex():
        address = "" if name.startswith(_INNER) else _address_of(name)
        if address and not is_loopback(address):
            found[address] = None
    return [*found, *_ipv6_addresses()]


def _ipv6_addresses() -> list[str]:
    """Return the addresses that other networks can reach: none of a link (fe80::), which needs the name of an interface in its URL."""
    try:
        lines = _IPV6_ADDRESSES.read_text().splitlines()
    except OSError:  # the kernel has no IPv6
        return []
    fields = [line.split() for line in lines]
    return [
        str(ipaddress.IPv6Address(number.octets(one[0], 16)))
        for one in fields
        if one[3] == _GLOBAL and not one[5].startswith(_INNER)
    ]


def _default_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(_FAR)
        except OSError:  # there is no default route
            return ""
        address = str(one.getsockname()[0])
    return "" if is_loopback(address) else address


def _address_of(interface: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        asked = struct.pack("256s", interface.encode()[:_NAME_BYTES])
        try:
            answer = fcntl.ioctl(one.fileno(), _SIOCGIFADDR, asked)
        except OSError:  # the interface has no IPv4 address, or is gone
            return ""
    return socket.inet_ntoa(answer[20:24])


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
