"""The way out to one member: the bytes of its protocol, and the connection that takes them. The servers implement both; loop only.

What is for all members of a room is encoded once for each encoding, and every member of it gets the same object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from framecast.protocols.websocket import Opcode, framed

# What ends a member's connection: the room cannot be seen any more; the member was banned.
NOT_VISIBLE = 4001
BANNED = 4003


class Encoding(Protocol):
    """How messages of a room become what a transport takes. One object for all members of one protocol."""

    def encode(self, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401  bytes, or a message of gRPC
        """Return a message of the server; `fields` is as on the WebSocket, with its `type`."""
        ...


class Outlet(Protocol):
    """The connection of one member. Nothing waits here: what is not sent at once is held by the connection, in bounds."""

    @property
    def encoding(self) -> Encoding:
        """How messages become what the connection takes: the same object for all connections of a kind."""
        ...

    def send(self, encoded: Any) -> None:  # noqa: ANN401  what `encoding` gives
        """Send what must not be lost: an answer, a welcome. A client that reads none of it is cut by the connection."""

    def offer(self, encoded: Any) -> bool:  # noqa: ANN401  what `encoding` gives
        """Send what the client can ask for again. False: too much waits for this client already, and this was not taken."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection, after what was sent. Idempotent."""


class Once(dict[str, Any]):
    """Fields that many messages have in common: their JSON text is made once. They do not change any more."""

    __slots__ = ("text",)
    text: str


def json_text(fields: Mapping[str, Any]) -> str:
    """Return a message as JSON; what is made once in it is put together from its texts."""
    return "{" + ",".join(f'"{key}":{_text(value)}' for key, value in fields.items()) + "}"


def _text(value: object) -> str:
    if isinstance(value, Once):
        if not hasattr(value, "text"):
            value.text = _ENCODE(value)
        return value.text
    if isinstance(value, list) and value and isinstance(value[0], Once):
        return "[" + ",".join(map(_text, value)) + "]"
    return _ENCODE(value)


_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class JsonFrames:
    """Messages as text frames of WebSocket."""

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Return one whole frame."""
        return framed(Opcode.TEXT, json_text(fields).encode(errors="replace"))


JSON_FRAMES = JsonFrames()
