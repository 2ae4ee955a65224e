"""`framecast health`: whether the node and its servers answer, for the health checks of containers and supervisors."""

from __future__ import annotations

import http.client
import socket
from typing import Annotated
from urllib.parse import urlsplit

import typer

from framecast.client.node import NodeClient
from framecast.errors import Broken, WouldBlock

PROBES = {True: "readyz", False: "healthz"}


def health(
    ready: Annotated[
        bool, typer.Option("--ready", help="Fail too while a configured stream is tried for the first time.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How long each server may take.")
    ] = 4.0,
) -> None:
    """Ask the node and each of its servers, and fail where one does not answer.

    Exit code 6 where there is no node, 7 where a server does not answer or is not ready.
    """
    with NodeClient() as node:
        servers = {name: str(server["url"]) for name, server in node.info()["servers"].items()}
    for name, url in servers.items():
        try:
            if name == "web":
                _ask(url + PROBES[ready], timeout)
            else:
                _connect(url, timeout)
        except (OSError, http.client.HTTPException) as error:
            raise Broken(f"the {name} server at {url} does not answer: {error}") from error
        print(f"{name}: {url}")


def _ask(url: str, timeout_s: float) -> None:
    """Return if the answer is 200. By no proxy, whatever the environment says."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", parts.path)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != http.client.OK:
        raise WouldBlock(f"{url} answers {status}: `framecast streams` shows which streams it waits for")


def _connect(url: str, timeout_s: float) -> None:
    """Return if it takes a connection."""
    parts = urlsplit(url)
    socket.create_connection((parts.hostname or "", parts.port or 0), timeout_s).close()
