"""The routes of rooms with what they require, and the messages of their WebSocket. The route decides which rooms are open to a client.

`room` lets everybody in, also without signing in: a room that one may not enter is answered as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping

from framecast.servers.access.principal import Requirement
from framecast.servers.web.http.route_row import Row

_OPEN, _ROOM, _READ, _ADD = (
    Requirement.OPEN,
    Requirement.ROOM,
    Requirement.READ,
    Requirement.ADD,
)
SOCKET = "/api/rooms/{key}/ws"
EVENTS = "/api/rooms/{key}/events"

ROOMS: tuple[Row, ...] = (
    Row("GET", "/static/room.js", _OPEN, is_embeddable=True, is_shared=True),
    Row("GET", "/rooms", _READ),
    Row("GET", "/rooms/join", _OPEN),
    Row("GET", "/rooms/{key}", _ROOM),
    Row("GET", "/rooms/{key}/embed", _ROOM),
    Row("GET", "/api/rooms", _READ),
    Row("POST", "/api/rooms", _ADD),
    Row("POST", "/api/rooms/join", _ROOM),
    Row("GET", "/api/rooms/{key}", _ROOM, is_for_origins=True),
    Row("PATCH", "/api/rooms/{key}", _ROOM),
    Row("DELETE", "/api/rooms/{key}", _ROOM),
    Row("GET", SOCKET, _ROOM, is_socket=True),
    Row("GET", EVENTS, _ROOM),
    Row("GET", "/api/rooms/{key}/messages", _ROOM, is_for_origins=True),
    Row("POST", "/api/rooms/{key}/messages", _ROOM),
    Row("GET", "/api/rooms/{key}/export", _ROOM),
    Row("GET", "/api/rooms/{key}/members", _ROOM),
    Row("PATCH", "/api/rooms/{key}/members/{id}", _ROOM),
    Row("DELETE", "/api/rooms/{key}/members/{id}", _ROOM),
    Row("GET", "/api/rooms/{key}/invitations", _ROOM),
    Row("POST", "/api/rooms/{key}/invitations", _ROOM),
    Row("DELETE", "/api/rooms/{key}/invitations", _ROOM),
    Row("GET", "/api/rooms/{key}/queue", _ROOM),
    Row("GET", "/api/rooms/{key}/restrictions", _ROOM),
)

# What the other end of the WebSocket may send. Whether this member may do it, the room decides.
MESSAGES: Mapping[str, Requirement] = dict.fromkeys(
    (
        *("hello", "more", "send", "edit", "delete", "react", "typing", "read", "ping"),
        *("play", "state", "moderate", "report", "ignore"),
    ),
    _ROOM,
)


def is_way_in(row: Row) -> bool:
    """Return whether somebody comes into a room by this: those wait for their turn."""
    return row.path in (SOCKET, EVENTS)


def key_of(row: Row, path: str) -> str | None:
    """Return the key of the room that a request to a row is about, None if it is about none."""
    if row.requirement is not _ROOM or "{key}" not in row.path:
        return None
    return path.split("/")[row.path.split("/").index("{key}")]


def subject_of(key: str) -> tuple[str | None, str | None]:
    """Return the stream and the video around which a room is; a bare name is that of a stream."""
    kind, is_typed, name = key.partition(":")
    if not is_typed:
        return key, None
    return (name, None) if kind == "stream" else (None, name if kind == "video" else None)
