"""Every message that a client may send over a WebSocket with what it requires, as a table. A test compares it with the sessions."""

from __future__ import annotations

from collections.abc import Mapping

from framecast.servers.access.principal import Requirement
from framecast.servers.web.rooms import rows

# Route -> type of the message -> requirement. What a route itself requires stands in `route_table`.
MESSAGES: Mapping[str, Mapping[str, Requirement]] = {
    # All are about the stream of the socket's address.
    "/api/ws": {
        "mse": Requirement.WATCH,
        "mp4": Requirement.WATCH,
        "mjpeg": Requirement.WATCH,
        "hls": Requirement.WATCH,
        "webrtc/offer": Requirement.WATCH,
    },
    "/api/ws/wall": {
        "open": Requirement.WATCH,
        "close": Requirement.READ,
    },
    rows.SOCKET: rows.MESSAGES,
}
