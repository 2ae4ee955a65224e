"""Requests to an identity provider: HTTPS by the standard library, with one deadline for request and answer, and a limit on its size. Blocking.

No redirect is followed, no proxy and no cookie used. Plain HTTP is for providers on this machine alone: the keys of a provider
that come over an open network prove nothing.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import SplitResult, urlencode, urlsplit

from framecast.errors import Broken, Invalid
from framecast.model.host import is_loopback

DEADLINE_S = 8.0
MAX_BYTES = 256 << 10
_LONGEST_URL = 2048


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What to ask. With a `form` it is a POST."""

    url: str
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Ask(Protocol):
    """Sends one request and returns the status and the JSON object of the answer."""

    def __call__(self, request: HttpRequest, /) -> tuple[int, dict[str, Any]]:
        """Ask.

        Raises:
            Broken: there is no answer in time, or one of another form.
        """


def check_url(url: str) -> SplitResult:
    """Return the parts of an address that may be asked.

    Raises:
        Invalid: it is not HTTPS (or HTTP of this machine), or has a user, a fragment or a control character.
    """
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid(f"must be an address of at most {_LONGEST_URL} printable ASCII characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Invalid("must be an address such as 'https://id.example'") from error
    if not host or port == 0 or parts.username is not None or parts.fragment:
        raise Invalid("must be an address such as 'https://id.example'")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise Invalid("must begin with https:// (http:// only for this machine)")
    return parts


def ask(
    request: HttpRequest, deadline_s: float = DEADLINE_S, context: ssl.SSLContext | None = None
) -> tuple[int, dict[str, Any]]:
    """Send one request; see `Ask`."""
    parts = check_url(request.url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPConnection(host, port, timeout=deadline_s)
        if parts.scheme == "http"
        else http.client.HTTPSConnection(host, port, timeout=deadline_s, context=context)
    )
    # The timeout of a socket begins again with each byte: a slow sender is cut by this one.
    is_over = threading.Event()
    watchdog = threading.Timer(deadline_s, _cut, (connection, is_over))
    watchdog.daemon = True
    watchdog.start()
    try:
        return _exchanged(connection, parts, request)
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        why = f"no whole answer within {deadline_s:g} s" if is_over.is_set() else _words_of(error)
        raise Broken(f"{host} cannot be reached: {why}", host=host) from error
    finally:
        watchdog.cancel()
        connection.close()


def _exchanged(
    connection: http.client.HTTPConnection, parts: SplitResult, request: HttpRequest
) -> tuple[int, dict[str, Any]]:
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {"Accept": "application/json", "User-Agent": "framecast", **request.headers}
    if request.form is None:
        connection.request("GET", target, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", target, urlencode(request.form), headers)
    answer = connection.getresponse()
    body = answer.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise ValueError(f"the answer has more than {MAX_BYTES} bytes")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("the answer is not a JSON object")
    return answer.status, found


def _cut(connection: http.client.HTTPConnection, is_over: threading.Event) -> None:
    is_over.set()
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is closed already


def _words_of(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | RecursionError | UnicodeDecodeError):
        return "the answer is not JSON"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    return str(error) or type(error).__name__
