"""Where a node can be found: the runtime folder and the well-known sockets in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from framecast.errors import Denied

SOCKET_NAME = "node.sock"
GRPC_NAME = "grpc.sock"


def runtime_dir() -> Path:
    """Return the runtime folder: FRAMECAST_RUNTIME_DIR, else below XDG_RUNTIME_DIR, else a private one of the user."""
    if configured := os.environ.get("FRAMECAST_RUNTIME_DIR"):
        return Path(configured)
    xdg = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if xdg.is_absolute():  # as the specification wants it
        return xdg / "framecast"
    return Path(f"/tmp/framecast-{os.getuid()}")  # noqa: S108  checked for its owner before use


def node_socket(folder: Path | None = None) -> Path:
    """Return the path of the node's socket.

    Raises:
        Denied: the folder belongs to somebody else, who could read every stream.
    """
    folder = folder or runtime_dir()
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return folder / SOCKET_NAME
    if not stat.S_ISDIR(found.st_mode) or (
        found.st_uid not in (os.getuid(), 0) and "FRAMECAST_RUNTIME_DIR" not in os.environ
    ):
        raise Denied(
            f"{folder} is not a folder of this user: remove it, or set FRAMECAST_RUNTIME_DIR to another one"
        )
    return folder / SOCKET_NAME


def grpc_socket(node_socket: Path) -> Path:
    """Return the path at which programs of this machine find the gRPC server of the node that listens at `node_socket`."""
    return node_socket.with_name(GRPC_NAME)
