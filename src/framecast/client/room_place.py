"""The place of a room: at the node of this machine, through its socket files, or at another node (grpc://host).

On this machine the program asks the node for a ticket, and shows it to the gRPC server through that server's socket file: the user of the program is
the account, and no token is needed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from framecast.bus.runtime import grpc_socket, node_socket
from framecast.control.connection import ControlConnection
from framecast.errors import Invalid
from framecast.model import Source
from framecast.model.room import parse_key
from framecast.peer.address import SCHEMES, PeerAddress, check_token, remote_address
from framecast.peer.room_peer import LocalNode, RoomPeer


@dataclass(frozen=True, slots=True)
class RoomPlace:
    """The key of a room, and the node that has it: its address, or the socket of the node of this machine."""

    key: str
    node: PeerAddress | Path

    def connect(self) -> RoomPeer:
        """Return a connection; nothing is dialled before the first call."""
        return connected(self.node)


def connected(node: PeerAddress | Path) -> RoomPeer:
    """Return a connection to the rooms of a node; nothing is dialled before the first call."""
    if isinstance(node, PeerAddress):
        return RoomPeer(node)

    def ask_ticket() -> str:
        control = ControlConnection(node)
        try:
            return str(control.request({"op": "ticket"})["ticket"])
        finally:
            control.close()

    return RoomPeer(LocalNode(grpc_socket(node).absolute(), ask_ticket))


def find_node(node: str | os.PathLike[str] | None, token: str = "") -> PeerAddress | Path:
    """Return the node that a program names: a runtime folder, None for the usual one, or "grpc://host:50051".

    Raises:
        Invalid: the address or the token is wrong, or a token is given for this machine.
    """
    options = {"token": check_token(token)} if token else {}
    address = remote_address(node, options) if isinstance(node, str) else None
    if address is not None:
        if address.stream or address.raw or address.jpeg:
            raise Invalid(f"a node's address is only {address.url}")
        return address
    if token:
        raise Invalid(
            "a token is for another node, grpc://host; on this machine the user of the program counts"
        )
    return node_socket(None if node is None else Path(node))


def find_room(what: str, node: str | os.PathLike[str] | None, token: str = "") -> RoomPlace:
    """Return where a room is: its key, "demo" for "stream:demo", or an address "grpc://host/demo" with the key at its end.

    Raises:
        Invalid: it is no room, or as `find_node`.
    """
    if Source(what).scheme in SCHEMES and "://" in what:
        if node is not None:
            raise Invalid("give either the address of a room, grpc://host/ROOM, or node=, not both")
        path = urlsplit(what).path
        key = unquote(path.strip("/"))
        if not key:
            raise Invalid("the address names a node and no room: write grpc://host/ROOM")
        start = what.rindex(path)
        return RoomPlace(str(parse_key(key)), find_node(what[:start] + what[start + len(path) :], token))
    return RoomPlace(str(parse_key(what)), find_node(node, token))
