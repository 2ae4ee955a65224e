"""One TCP connection before FFmpeg is used, so that a camera that is off is noticed at once.

FFmpeg distinguishes a wrong name, a closed port and a silent address only late or not at all. The connection is closed
without sending a byte; our own RTSP client continues with it. The source's thread.
"""

from __future__ import annotations

import socket
from time import monotonic
from urllib.parse import urlsplit

from framecast.errors import Invalid, SourceError
from framecast.model import REASONS, Source
from framecast.model.address import HINT, without_user
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


def check_answers(source: Source, timeout_s: float, *, verify_tls: bool = True) -> None:
    """Return if the address of the source accepts connections, with the right certificate.

    Raises:
        SourceError: unknown-host, refused or timeout; bad-certificate.
    """
    host, port = address_of(source)
    sock = connect(host, port, timeout_s)
    if source.scheme in tls.SCHEMES and verify_tls:
        sock = tls.secured(sock, host, monotonic() + timeout_s, verify=True)
    sock.close()


def connect(host: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connection.

    Raises:
        SourceError: unknown-host, refused or timeout.
    """
    try:
        return socket.create_connection((host, port), min(timeout_s, DIAL_TIMEOUT_S))
    except socket.gaierror as error:
        raise SourceError("unknown-host", f"{REASONS['unknown-host']}: {host}") from error
    except TimeoutError as error:
        raise SourceError("timeout", f"{REASONS['timeout']}: {host} port {port}") from error
    except ConnectionRefusedError as error:
        raise SourceError("refused", f"{REASONS['refused']}: {host} port {port}") from error
    except (OSError, UnicodeError) as error:
        raise SourceError("timeout", f"{host} port {port} cannot be reached ({error})") from error
