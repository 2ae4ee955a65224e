"""The messages that viewers send over a WebSocket with what they require. What the route itself requires stands in `route_table`."""

from __future__ import annotations

from collections.abc import Mapping

from framecast.servers.access.principal import Requirement

# All are about the stream of the socket's address.
PLAYER: Mapping[str, Requirement] = {
    "mse": Requirement.WATCH,
    "mp4": Requirement.WATCH,
    "mjpeg": Requirement.WATCH,
    "hls": Requirement.WATCH,
    "webrtc/offer": Requirement.WATCH,
}
WALL: Mapping[str, Requirement] = {
    "open": Requirement.WATCH,
    "close": Requirement.READ,
}
