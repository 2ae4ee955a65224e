"""The public face of asking the node: which streams there are, adding and removing them, what happens to them.

For programs and the command line. Blocks; one request at a time, guarded by a lock, so any number of threads may share a client.
The connection itself is `control.connection`, that to another node `client.remote_node`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any, Self

from framecast.bus.runtime import node_socket
from framecast.client.remote_node import RemoteNode
from framecast.control.changes import Change
from framecast.control.connection import ControlConnection
from framecast.errors import Invalid, WouldBlock
from framecast.model import State
from framecast.model.status import Status
from framecast.model.text import as_source
from framecast.peer.address import remote_address

__all__ = ["Change", "NodeClient", "Status", "list_streams"]

# JSON as it came: figures of the node that no type here freezes.
Figures = dict[str, Any]


class NodeClient:
    """A connection to the node for questions. `folder` is its runtime folder, None the usual one.

    Instead of the folder it may be another node, "grpc://host:50051"; `token` is its access token. `socket` names the socket
    of a node of this host itself. Nothing is opened before the first request.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        socket: Path | None = None,
        token: str = "",
        timeout_s: float = 10.0,
    ) -> None:
        options = {"token": token} if token else {}
        address = remote_address(folder, options) if isinstance(folder, str) else None
        if token and address is None:
            raise Invalid(
                "a token is for another node, grpc://host; on this machine the mode of the node's socket file controls access"
            )
        self.socket = socket or node_socket(None if folder is None or address else Path(folder))
        self._node = RemoteNode(address) if address else ControlConnection(self.socket)
        self._timeout_s = timeout_s

    def streams(self) -> list[Status]:
        """Return every stream of the node.

        Raises:
            NodeUnavailable: no node answers. So does every other request.
        """
        return [Status.from_json(fields) for fields in self.request({"op": "streams"})["streams"]]

    def stream(self, name: str) -> Status:
        """Return one stream.

        Raises:
            NotFound: the node has none of this name.
        """
        return Status.from_json(self.request({"op": "stream", "name": name}))

    def put(self, name: str, source: str, **options: str | float | bool | list[str]) -> None:
        """Add a stream or change it. `options` are the keys that `framecast.yaml` allows under a stream.

        Raises:
            Invalid: a name or an option is not allowed.
            Conflict: the name belongs to a stream that a program publishes.
        """
        self.request({"op": "put", "name": name, "stream": {"source": as_source(source), **options}})

    def delete(self, name: str) -> None:
        """Remove a stream; its readers end.

        Raises:
            NotFound: the node has none of this name.
        """
        self.request({"op": "delete", "name": name})

    def restart(self, name: str) -> None:
        """Reconnect the stream now.

        Raises:
            NotFound: the node has none of this name.
        """
        self.request({"op": "restart", "name": name})

    def stats(self) -> dict[str, Figures]:
        """Return counters of every stream that runs, by name: {"tracks": [track...]}, as in bus-protocol.md."""
        return dict(self.request({"op": "stats"})["streams"])

    def info(self) -> Figures:
        """Return facts about the node itself: version, pid, uptime, servers."""
        return self.request({"op": "info"})

    def watch(self, timeout_s: float | None = None) -> Iterator[Change]:
        """Yield what happens to streams, on a connection of its own, until the node ends or this client is closed.

        With `timeout_s` it also ends when nothing happens for that long.

        Raises:
            NodeUnavailable: no node answers.
        """
        yield from self._node.watch(timeout_s)

    def wait(self, name: str, state: State = State.LIVE, timeout_s: float = 30.0) -> Status:
        """Return the stream's status as soon as it is in `state`.

        Raises:
            WouldBlock: it did not come to that in time.
        """
        deadline = monotonic() + timeout_s
        while True:
            found = [status for status in self.streams() if status.name == name and status.state is state]
            if found:
                return found[0]
            left = deadline - monotonic()
            if left <= 0:
                raise WouldBlock(f"stream {name} was not {state} within {timeout_s} s")
            # Something that happens between the question and the watch is seen by the next question.
            next((change for change in self.watch(min(left, 0.2)) if change.name == name), None)

    def request(self, fields: Figures) -> Figures:
        """Send one control message and return the answer: for requests that have no method here.

        Raises:
            FramecastError: what the node answered.
            NodeUnavailable: no node answers.
        """
        return self._node.request(fields, self._timeout_s)

    def close(self) -> None:
        """Close the connection; a `watch` ends. Idempotent, from any thread and signal handler."""
        self._node.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def list_streams(node: str | os.PathLike[str] | None = None) -> list[Status]:
    """Return every stream of the running node; `node` is its runtime folder, None the usual one, or "grpc://host:50051".

    Raises:
        NodeUnavailable: no node answers.
    """
    with NodeClient(node) as client:
        return client.streams()
