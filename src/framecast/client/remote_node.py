"""Requests to another node by gRPC, in the form of the control socket: what `NodeClient` uses for grpc://host.

gRPC is imported at the first request. It has threads: in a child that is forked afterwards, make a new client.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from framecast.control.changes import Change
from framecast.errors import Closed, ForkedView, Invalid, NodeUnavailable, WouldBlock
from framecast.peer.address import PeerAddress

if TYPE_CHECKING:
    from framecast.peer.peer import Peer

Fields = dict[str, Any]


class RemoteNode:
    """The node at `address`. Any number of threads may share it; it connects at the first request."""

    def __init__(self, address: PeerAddress) -> None:
        if address.stream or address.raw or address.jpeg:
            raise Invalid(f"a node's address is only {address.url}: use open() to read one of its streams")
        self._address = address
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._known: Peer | None = None
        self._closed = False

    def request(self, fields: Fields, timeout_s: float = 10.0) -> Fields:
        """Return the answer to a control message.

        Raises:
            NodeUnavailable: no node answers in time.
            Invalid: other nodes do not answer such a request.
            As the request.
        """
        ask = _OPS.get(str(fields.get("op")))
        if ask is None:
            raise Invalid(
                f"{fields.get('op')!r} is not available from another node: see its /metrics and pages"
            )
        try:
            return ask(self._peer(), fields, timeout_s)
        except WouldBlock as error:
            raise NodeUnavailable(f"{self._address.url} did not answer within {timeout_s:g} s") from error

    def watch(self, timeout_s: float | None = None) -> Iterator[Change]:
        """Yield what happens to streams until the node is gone, or for `timeout_s`."""
        watching = self._peer().watch(timeout_s=timeout_s)
        heard = False
        try:
            for name, status in watching:
                heard = True
                yield Change(name, status)
        except (WouldBlock, Closed):
            return
        except NodeUnavailable:
            if not heard:
                raise
        finally:
            watching.cancel()

    def close(self) -> None:
        """Let the connection go. Idempotent."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            self._closed = True
            if self._known is not None:
                self._known.close()

    def _peer(self) -> Peer:
        from framecast.peer.peer import Peer  # only programs that ask another node need gRPC

        if self._known is not None and os.getpid() != self._pid:
            raise ForkedView("connection to another node")
        with self._lock:
            if self._closed:
                raise Closed("this connection to the node was closed")
            if self._known is None:
                self._known = Peer(self._address)
            return self._known


def _put(peer: Peer, fields: Fields, timeout_s: float) -> Fields:
    given = dict(fields["stream"])
    options = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    peer.put(str(fields["name"]), options.pop("source"), options, timeout_s)
    return {"ok": True}


def _delete(peer: Peer, fields: Fields, timeout_s: float) -> Fields:
    peer.remove(str(fields["name"]), timeout_s)
    return {"ok": True}


def _restart(peer: Peer, fields: Fields, timeout_s: float) -> Fields:
    peer.restart(str(fields["name"]), timeout_s)
    return {"ok": True}


_OPS: dict[str, Callable[[Peer, Fields, float], Fields]] = {
    "streams": lambda peer, _, timeout_s: {
        "streams": [stream.to_json() for stream in peer.streams(timeout_s)]
    },
    "stream": lambda peer, fields, timeout_s: peer.stream(str(fields["name"]), timeout_s).to_json(),
    "info": lambda peer, _, timeout_s: peer.node(timeout_s),
    "put": _put,
    "delete": _delete,
    "restart": _restart,
}
