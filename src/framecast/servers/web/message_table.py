"""Every message that a client may send over a WebSocket with what it requires, as a table. A test compares it with the sessions."""

from __future__ import annotations

from collections.abc import Mapping

from framecast.servers.access.principal import Requirement
from framecast.servers.web.rooms import rows
from framecast.servers.web.viewers import messages

# Route -> type of the message -> requirement.
MESSAGES: Mapping[str, Mapping[str, Requirement]] = {
    "/api/ws": messages.PLAYER,
    "/api/ws/wall": messages.WALL,
    rows.SOCKET: rows.MESSAGES,
}
