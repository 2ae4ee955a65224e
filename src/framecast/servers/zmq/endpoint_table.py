"""Every endpoint with what it requires, as a table; all topics of an endpoint require the same. A test compares it with the server's ports."""

from __future__ import annotations

from collections.abc import Mapping

from framecast.servers.access.principal import Requirement

ENDPOINTS: Mapping[str, Requirement] = {
    # The pictures and data of every stream.
    "zmq": Requirement.WATCH,
    # imagezmq carries neither keys nor passwords: the kernel says which user of this machine connects.
    "imagezmq": Requirement.WATCH,
}
