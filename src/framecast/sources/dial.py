"""One TCP connection before FFmpeg is used, so that a camera that is off is noticed at once.

FFmpeg distinguishes a wrong name, a closed port and a silent address only late or not at all. The connection is closed
without sending a byte; our own clients continue with it. The source's thread.

If an address may reach certain networks only (`Source.networks`), its name is resolved once, and the addresses of the answer that are admitted are the ones
that are connected to: another answer to the same question has no effect. What connects by itself (libzmq, gRPC) gets the IP address.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from time import monotonic
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from framecast.errors import Invalid, SourceError
from framecast.model import REASONS, Source
from framecast.model.address import HINT, without_user
from framecast.model.networks import Networks
from framecast.sources import tls

# One repeated SYN (after a second, RFC 6298) may still be answered.
DIAL_TIMEOUT_S = 1.2
PORTS = {
    "rtsp": 554,
    "rtsps": 322,
    "http": 80,
    "https": 443,
    "zmq": 5556,
    "imagezmq": 5555,
    "grpc": 50051,
    "grpcs": 50051,
}
_Info: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]  # of `getaddrinfo`


def address_of(source: Source) -> tuple[str, int]:
    """Return host and port of a URL.

    Raises:
        Invalid: it has no host.
    """
    try:
        parts = urlsplit(without_user(source.reveal())[1])
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or source.is_cut:
        raise Invalid(f"{source} has no host: write it as {source.scheme}://host/path; {HINT}")
    return host, port or PORTS[source.scheme]


def check_answers(source: Source, timeout_s: float, *, verify_tls: bool = True) -> str:
    """Return the host to connect to if the address of the source accepts connections, with the right certificate.

    It is the host of the address, or, if the address may reach certain networks only, the IP address that has answered.

    Raises:
        SourceError: unknown-host, refused or timeout; forbidden; bad-certificate.
    """
    host, port = address_of(source)
    sock = connect(host, port, timeout_s, source.networks)
    answers = host if source.networks is None else _other_end(sock)
    if source.scheme in tls.SCHEMES and verify_tls:
        sock = tls.secured(sock, host, monotonic() + timeout_s, verify=True)
    sock.close()
    return answers


def connect(host: str, port: int, timeout_s: float, networks: Networks | None = None) -> socket.socket:
    """Return a connection to an address of these networks; None for all.

    Raises:
        SourceError: unknown-host, refused or timeout; forbidden.
    """
    timeout_s = min(timeout_s, DIAL_TIMEOUT_S)
    try:
        if networks is None:
            return socket.create_connection((host, port), timeout_s)
        return _connected(_admitted(host, port, networks), timeout_s)
    except socket.gaierror as error:
        raise SourceError("unknown-host", f"{REASONS['unknown-host']}: {host}") from error
    except TimeoutError as error:
        raise SourceError("timeout", f"{REASONS['timeout']}: {host} port {port}") from error
    except ConnectionRefusedError as error:
        raise SourceError("refused", f"{REASONS['refused']}: {host} port {port}") from error
    except (OSError, UnicodeError) as error:
        raise SourceError("timeout", f"{host} port {port} cannot be reached ({error})") from error


def admits(networks: Networks | None, address: str) -> bool:
    """Return whether a source may reach an IP address, however it is written; of a name, which is looked up later, True."""
    if networks is None:
        return True
    try:
        found = socket.getaddrinfo(address, 9, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return True
    return all(
        networks.admit(str(where[0]), is_own=_is_own(family, where)) for family, _, _, _, where in found
    )


def refusal(host: str) -> str:
    """Return in words that a host is in no network that the source may reach; its IP address is not for strangers to know."""
    return (
        f"{host} is in a network that this stream may not reach: an administrator may add the stream, "
        "or add the network to source_networks in framecast.yaml"
    )


def _admitted(host: str, port: int, networks: Networks) -> list[_Info]:
    """The only place where a name of a stranger is resolved."""
    found: Sequence[_Info] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    admitted = [one for one in found if networks.admit(str(one[4][0]), is_own=_is_own(one[0], one[4]))]
    if not admitted:
        raise SourceError("forbidden", refusal(host))
    return admitted


def _connected(found: Sequence[_Info], timeout_s: float) -> socket.socket:
    """Try one address after the other, as `socket.create_connection` does."""
    last: OSError = TimeoutError()
    for family, kind, protocol, _, where in found:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(timeout_s)
            sock.connect(where)
        except OSError as error:
            sock.close()
            last = error
        else:
            return sock
    raise last


def _is_own(family: int, where: tuple[Any, ...]) -> bool:
    """Return whether an address is one of this machine's: the kernel then answers from it. Nothing is sent."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(where)
            return str(probe.getsockname()[0]).partition("%")[0] == str(where[0]).partition("%")[0]
        except OSError:
            return False


def _other_end(sock: socket.socket) -> str:
    try:
        return str(sock.getpeername()[0])
    except OSError:
        sock.close()
        raise SourceError("closed", REASONS["closed"]) from None
