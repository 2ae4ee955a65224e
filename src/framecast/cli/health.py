"""`framecast health`: whether the node and its servers answer, for the health checks of containers and supervisors."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from typing import Annotated
from urllib.parse import urlsplit

import typer

from framecast.cli.parameters import parse_seconds
from framecast.client.node_client import NodeClient
from framecast.errors import Broken, WouldBlock

# How a client begins, so that the server answers: HTTP/2 (RFC 9113, 3.4) with empty settings, ZMTP 3.1.
GREETINGS = {
    "grpc": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)),
    "zmq": b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32),
}
PROBES = {True: "readyz", False: "healthz"}


def health(
    ready: Annotated[
        bool, typer.Option("--ready", help="Also fail while a configured stream has not been tried yet.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(parser=parse_seconds, metavar="SECONDS", help="Timeout for each server.")
    ] = 4.0,
) -> None:
    """Check the node and each of its servers; fail if one does not answer.

    Exit code 6 if there is no node, 7 if a server does not answer or is not ready.
    """
    with NodeClient() as node:
        servers = {name: str(server["url"]) for name, server in node.info()["servers"].items()}
    for name, url in servers.items():
        try:
            if name == "web":
                _ask(url + PROBES[ready], timeout)
            else:
                _greet(name, url, timeout)
        except (OSError, http.client.HTTPException) as error:
            raise Broken(f"the {name} server at {url} does not answer: {error}") from error
        print(f"{name}: {url}")


def _ask(url: str, timeout_s: float) -> None:
    """Return if the answer is 200. Uses no proxy, even if the environment sets one."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=timeout_s, context=_any_certificate())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=timeout_s)
    )
    try:
        connection.request("GET", parts.path)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != http.client.OK:
        raise WouldBlock(f"{url} answers {status}: `framecast streams` shows which streams it waits for")


def _any_certificate() -> ssl.SSLContext:
    """TLS with a server of this machine: its certificate is for the name that other machines use. No secret is sent."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _greet(name: str, url: str, timeout_s: float) -> None:
    """Return if the server sends anything at all: an accepted connection only shows that the kernel is alive."""
    parts = urlsplit(url)
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(
            socket.create_connection((parts.hostname or "", parts.port or 0), timeout_s)
        )
        if parts.scheme == "grpcs":
            context = _any_certificate()
            context.set_alpn_protocols(["h2"])
            connection = stack.enter_context(context.wrap_socket(connection))
        connection.sendall(GREETINGS[name])
        connection.recv(1)
