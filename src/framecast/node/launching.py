"""Starts a process of the node by exec: this Python, one module, one socket to the node.

`launch_early` starts the parent as the first thing that `framecast serve` does, so that it imports while the node does. This module imports
nothing else of Framecast, so that it can be the first one.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

PARENT = "framecast.node.parent"
FORKSERVER = "framecast.node.forkserver"
WEB = "framecast.servers.web"

# Numeric libraries start a pool of threads when they are imported; a process with threads cannot be forked safely.
_SINGLE_THREADED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

# Variables whose values are secrets. Only the node needs them; its processes parse bytes of strangers, and get what they need over sockets.
_PREFIX = "FRAMECAST_"
SECRETS = tuple(
    _PREFIX + key for key in ("ACCESS_TOKEN", "STREAMS", "DEFAULTS", "DATABASE", "OIDC", "LIBRARY")
)

Started = tuple[subprocess.Popen[bytes], socket.socket]
_early: list[Started] = []


def launch(module: str, *arguments: str) -> Started:
    """Start it; return the process and the node's end of the socket, which the module gets as its first argument.

    Raises:
        OSError: it cannot be started.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        try:
            process = subprocess.Popen(
                # -P: the folder in which somebody starts a node is no place to import from.
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), *arguments],
                stdin=subprocess.DEVNULL,
                env=environment(os.environ),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # signals of the terminal reach the node alone
            )
        except OSError:
            ours.close()
            raise
    return process, ours


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process of the node: that of the node, without secrets."""
    kept = {name: value for name, value in own.items() if name.upper().partition("__")[0] not in SECRETS}
    return kept | _SINGLE_THREADED


def launch_early(arguments: Sequence[str]) -> None:
    """Start the parent if this command line is one of a node. It ends with this process, whatever comes of the command."""
    # The first process of a container goes on in a child, whose own parent must be: see `process.serve_as_init`.
    if arguments[:1] == ["serve"] and not {"-h", "--help"} & set(arguments) and os.getpid() != 1:
        try:
            _early.append(launch(PARENT, WEB))
        except OSError:
            return  # it is started again when it is needed, and then the reason is in the log


def launch_parent() -> Started:
    """Return the parent that was started early, or start one.

    Raises:
        OSError: it cannot be started.
    """
    return _early.pop() if _early else launch(PARENT)
