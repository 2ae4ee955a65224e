"""The listening TCP socket of a server: opened by the node before anything else, kept over restarts of the server."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress

from framecast.errors import Conflict, Denied, FramecastError, Invalid
from framecast.node.port_holder import holder_of

_BACKLOG = 1024
_TRIED = 10
_MAX_PORT = 65535


def listen(host: str, port: int, key: str = "--port") -> socket.socket:
    """Return a listening socket; port 0 takes a free one. `key` is what sets another port.

    Raises:
        Conflict: the port is in use.
        Denied, Invalid: this user may not open it, or the address is not of this machine.
    """
    return _open(host, port, key, shared=False)


def reserve(host: str, port: int, key: str) -> socket.socket:
    """Return a socket that holds a port and never listens: a process of this user may listen there with SO_REUSEPORT.

    Raises:
        As `listen`.
    """
    # Alone first: with SO_REUSEPORT the port of another node would not look taken.
    with _open(host, port, key, shared=False) as alone:
        port = alone.getsockname()[1]
    return _open(host, port, key, shared=True)


def with_holder(error: FramecastError) -> FramecastError:
    """Return the error about a port that is in use with the process that holds it; any other error as it is. Not for an event loop."""
    port = error.fields.get("port")
    if not isinstance(error, Conflict) or not isinstance(port, int):
        return error
    holder = holder_of(port)
    if holder is None:
        return Conflict(
            f"{error}, or end the program there: ss -ltnp 'sport = :{port}' shows which", port=port
        )
    return Conflict(f"{error}, or end {holder} there: kill {holder.pid}", port=port, pid=holder.pid)


def _open(host: str, port: int, key: str, *, shared: bool) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise _no_host(host, "the name is not known here") from error
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
    try:
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        if not shared:
            sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise _explained(error, host, port, key) from error
    return sock


def address(sock: socket.socket, scheme: str) -> str:
    """Return `scheme://host:port` for programs on this machine."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  the address to call, not to bind
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _free_after(host: str, port: int) -> int | None:
    """The next port that is free now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port + 1, min(port + 1 + _TRIED, _MAX_PORT)):
        with suppress(OSError), socket.create_server((host, candidate), family=family):
            return candidate
    return None


def _explained(error: OSError, host: str, port: int, key: str) -> FramecastError:
    if error.errno == errno.EADDRINUSE:
        free = _free_after(host, port)
        another = f"set {key} to another one" + (f", such as {free}" if free else "")
        return Conflict(f"port {port} of {host} cannot be opened: Address in use; {another}", port=port)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Denied(
            f"port {port} of {host} cannot be opened: this user may not open it; use a port above 1023"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return _no_host(host, "it belongs to another machine, or to a network that is not connected")
    return Invalid(f"port {port} of {host} cannot be opened: {os.strerror(error.errno or 0)}")


def _no_host(host: str, why: str) -> Invalid:
    return Invalid(
        f"host {host!r} is not an address of this machine: {why}; 'ip address' lists those that are, and 0.0.0.0 stands for all"
    )
