"""Which user of this machine has the other end of a TCP connection: the kernel knows (sock_diag(7)). For protocols that carry no credentials.

Asks for one exact socket over netlink, which takes microseconds and blocks for no other program. Linux only, as the whole package.
"""

from __future__ import annotations

import ipaddress
import socket
import struct

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST = 1
_ALL_STATES = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
_QUESTION = struct.Struct("=BBBxI")  # struct inet_diag_req_v2, before the socket
_PORTS = struct.Struct("!HH")
_NO_COOKIE = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)  # any interface, INET_DIAG_NOCOOKIE
_UID_AT = 64  # in struct inet_diag_msg, behind the socket (52 bytes with its head) and three numbers
_UID = struct.Struct("=I")
_ANSWER_BYTES = 4096
_WAIT_S = 0.5
_ADDRESS_BYTES = 16


def user_at(sock: socket.socket) -> int | None:
    """Return the uid of the user who has opened the other end of a connected socket; None if that is no socket of this machine.

    None also where the kernel does not answer: then nobody is known.
    """
    try:
        here, there = sock.getsockname(), sock.getpeername()
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(_WAIT_S)
            kernel.sendto(_question(sock.family, there, here), (0, 0))
            return _uid(kernel.recv(_ANSWER_BYTES))
    except (OSError, ValueError, struct.error):
        return None


def _question(family: int, source: tuple[str, int], target: tuple[str, int]) -> bytes:
    """The peer's socket: its own end is the `source`."""
    body = (
        _QUESTION.pack(family, socket.IPPROTO_TCP, 0, _ALL_STATES)
        + _PORTS.pack(source[1], target[1])
        + _packed(source[0])
        + _packed(target[0])
        + _NO_COOKIE
    )
    return _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _REQUEST, 1, 0) + body


def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address.partition("%")[0]).packed.ljust(_ADDRESS_BYTES, b"\0")


def _uid(answer: bytes) -> int | None:
    _, kind, _, _, _ = _HEADER.unpack_from(answer)
    if kind != _SOCK_DIAG_BY_FAMILY:
        return None
    found: int = _UID.unpack_from(answer, _HEADER.size + _UID_AT)[0]
    return found
