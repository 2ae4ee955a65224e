"""Rooms of a node by gRPC: of this machine through its socket file, or of another one.

Calls block their thread; `close` ends all of them from any. gRPC has threads of its own: never use this in a process that is forked afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import grpc

from framecast.errors import Closed, NodeUnavailable
from framecast.peer.address import PeerAddress
from framecast.peer.failure import translated
from framecast.peer.peer import OPTIONS, channel_to
from framecast.v1 import rooms_pb2, rooms_pb2_grpc

ASK_S = 15.0
# A network that is cut is noticed within half a minute, however quiet the room is.
_OPTIONS = (*OPTIONS, ("grpc.keepalive_time_ms", 20_000), ("grpc.keepalive_timeout_ms", 10_000))
_NO_TICKET = ("", float("-inf"))
_TICKET_S = 20.0  # after this a new ticket is asked for; the node takes one for longer


@dataclass(frozen=True, slots=True)
class LocalNode:
    """The node of this machine: the socket file of its gRPC server, and how a ticket of it is got."""

    path: Path
    ask_ticket: Callable[[], str]
    url: str = "this machine"
    token: str = "local"  # noqa: S105  a ticket stands for it


class RoomPeer:
    """The rooms of one node. Any number of threads may share it."""

    def __init__(self, node: PeerAddress | LocalNode) -> None:
        self.node = node
        self.closed = False
        self._lock = threading.Lock()
        self._ticket = _NO_TICKET
        if isinstance(node, LocalNode):
            self._channel = grpc.insecure_channel(f"unix:{node.path}", options=_OPTIONS)
        else:
            self._channel = channel_to(node, options=_OPTIONS)
        self._stub: Any = rooms_pb2_grpc.RoomsStub(self._channel)  # type: ignore[no-untyped-call]

    def ask(self, method: str, request: object, timeout_s: float = ASK_S) -> Any:  # noqa: ANN401  generated code has no types
        """Return the answer of a method of the service with one answer.

        Raises:
            FramecastError: what the node answered, or that it is gone.
        """
        with self._translated():
            return getattr(self._stub, method)(request, timeout=timeout_s, metadata=self._metadata())

    def stream(self, method: str, request: object) -> Iterator[Any]:
        """Return the answers of a method with many; raises as `ask`, while it is iterated."""
        with self._translated():
            yield from getattr(self._stub, method)(request, metadata=self._metadata())

    def join(self, requests: Iterator[rooms_pb2.JoinRequest]) -> Joined:
        """Enter a room by a first request; `requests` are taken by a thread of gRPC's."""
        with self._translated():
            return Joined(self, self._stub.Join(requests, metadata=self._metadata()))

    def close(self) -> None:
        """End all calls and the connection. Idempotent, from any thread."""
        self.closed = True
        self._channel.close()

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        node = self.node
        if isinstance(node, PeerAddress):
            return (("authorization", f"Bearer {node.token}"),) if node.token else ()
        with self._lock:
            ticket, until = self._ticket
            if monotonic() > until:
                ticket = node.ask_ticket()
                self._ticket = ticket, monotonic() + _TICKET_S
            return (("framecast-ticket", ticket),)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise what gRPC raises inside as an error of Framecast."""
        try:
            self._check_open()
            with translated(self.node):
                yield
        except (NodeUnavailable, ValueError):  # ValueError: closed by another thread just now
            self._check_open()
            self._ticket = _NO_TICKET  # the node may have been started again
            raise

    def _check_open(self) -> None:
        if self.closed:
            raise Closed(f"the connection to the rooms of {self.node.url} was closed")


class Joined:
    """A call that is in a room. `cancel` comes from any thread."""

    def __init__(self, peer: RoomPeer, call: Any) -> None:  # noqa: ANN401  grpc's own has no type
        self._peer = peer
        self._call = call

    def __iter__(self) -> Iterator[rooms_pb2.JoinResponse]:
        """Yield the responses; raises as `RoomPeer.ask`, Closed after `RoomPeer.close`."""
        with self._peer._translated():
            yield from self._call

    def cancel(self) -> None:
        """Leave. Idempotent."""
        self._call.cancel()
