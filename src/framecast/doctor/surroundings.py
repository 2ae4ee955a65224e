"""The runtime folder, the node in it, the ports that a node takes, and whom this machine trusts."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from framecast.bus.runtime import node_socket
from framecast.client.node_client import NodeClient
from framecast.doctor.finding import Finding, Level
from framecast.errors import Denied, FramecastError, NodeUnavailable, SourceError
from framecast.sources.tls import authorities, checking_context

MAX_SOCKET_PATH = 107  # sun_path of unix(7), without the closing zero
OTHER_FOLDER = 'export FRAMECAST_RUNTIME_DIR="$HOME/.framecast"'
WEB_PORT = 8080


def check_runtime_folder() -> Iterator[Finding]:
    """Whether programs can meet the node: a folder of this user, with room for a socket's path."""
    topic = "runtime folder"
    try:
        path = node_socket()
    except Denied as error:
        yield Finding(topic, Level.FAILURE, str(error), OTHER_FOLDER)
        return
    if len(os.fsencode(path)) > MAX_SOCKET_PATH:
        long = f"{path} is too long for a socket: at most {MAX_SOCKET_PATH} bytes"
        yield Finding(topic, Level.FAILURE, long, OTHER_FOLDER)
    elif not os.access(_existing(path.parent), os.W_OK | os.X_OK):
        yield Finding(topic, Level.FAILURE, f"{path.parent} may not be written by this user", OTHER_FOLDER)
    else:
        yield Finding(topic, Level.OK, str(path.parent))


def check_node() -> Iterator[Finding]:
    """Whether a node runs there."""
    try:
        with NodeClient(timeout_s=5.0) as node:
            info, streams = node.info(), node.streams()
    except FramecastError as error:
        if isinstance(error, NodeUnavailable) and isinstance(error.__cause__, OSError):  # nobody listens
            yield Finding("node", Level.NOTE, "none runs here", "framecast serve")
            return
        yield Finding("node", Level.WARNING, f"it does not answer properly: {error}", "framecast serve")
    else:
        found = f"runs: version {info.get('version')}, process {info.get('pid')}, {len(streams)} streams"
        yield Finding("node", Level.OK, found)
        for problem in info.get("problems", ()):
            yield Finding("node", Level.WARNING, str(problem))


def check_authorities() -> Iterator[Finding]:
    """Whether certificates of cameras and web servers can be checked: without a list of whom to trust, none is."""
    topic, path = "certificates", authorities()
    try:
        checking_context()
    except SourceError as error:
        yield Finding(topic, Level.WARNING, str(error), "unset SSL_CERT_FILE   # or let it name a PEM file")
        return
    if path is None:
        found = "no list of authorities: most of rtsps:// and https:// will be refused"
        yield Finding(topic, Level.WARNING, found, "sudo apt-get install ca-certificates")
    else:
        yield Finding(topic, Level.OK, f"checked by {path}")


def check_ports() -> Iterator[Finding]:
    """Whether the web server's usual port is free."""
    if _can_listen(WEB_PORT):
        yield Finding("ports", Level.OK, f"{WEB_PORT} is free")
    elif _node_runs():
        yield Finding("ports", Level.OK, f"{WEB_PORT} is taken, maybe by the running node")
    else:
        mend = f"framecast serve --port 8081   # or: ss -ltnp 'sport = :{WEB_PORT}' shows whose it is"
        yield Finding("ports", Level.WARNING, f"{WEB_PORT} is taken by another program", mend)


def _existing(folder: Path) -> Path:
    """The nearest folder that is there already: the rest is made when it is needed."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _node_runs() -> bool:
    try:
        with NodeClient(timeout_s=5.0) as node:
            node.info()
    except FramecastError:
        return False
    return True
