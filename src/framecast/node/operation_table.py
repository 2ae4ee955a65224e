"""Every operation of node.sock with what it requires, as a table. A test compares it with what the node answers.

The node's own user and root may do everything, and so may every user that `socket_mode` lets in while there are no accounts. With
accounts, another user of the machine has the rights of its account (`users`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from framecast.servers.access.principal import Requirement


@dataclass(frozen=True, slots=True)
class Operation:
    """One row. `names_stream`: it is about the stream in `stream` or `name`, so the requirement is one about that stream.

    `is_own`: only the node's own user may do it, whatever rights an account has.
    """

    requirement: Requirement
    names_stream: bool = False
    is_own: bool = False


_OWN = Operation(Requirement.ADMIN, is_own=True)
_ADMIN = Operation(Requirement.ADMIN)
_READ = Operation(Requirement.READ)

# `put` of a stream that does not exist requires `add`, and so does `publish` of one that the account has no right to publish by name.
OPERATIONS: Mapping[str, Operation] = {
    "subscribe": Operation(Requirement.WATCH, names_stream=True),
    "publish": Operation(Requirement.PUBLISH, names_stream=True),
    "streams": _READ,
    "stream": Operation(Requirement.READ, names_stream=True),
    "newest": _READ,
    "last_picture": Operation(Requirement.WATCH, names_stream=True),
    "watch": _READ,
    "stats": Operation(Requirement.METRICS),
    "info": _READ,
    "schema": _READ,
    "put": Operation(Requirement.CONTROL, names_stream=True),
    "try": Operation(Requirement.ADD),
    "end_try": Operation(Requirement.ADD),
    "delete": Operation(Requirement.CONTROL, names_stream=True),
    "restart": Operation(Requirement.CONTROL, names_stream=True),
    "figures": _ADMIN,
    "processes": _ADMIN,
    "reload": _ADMIN,
    "link": _ADMIN,
    "links": _ADMIN,
    "unlink": _ADMIN,
    "new_link_key": _ADMIN,
    "video": _READ,
    "ticket": Operation(Requirement.OPEN),
    "record": _OWN,
    "end_recording": _OWN,
    "report": _OWN,
    "setup": _OWN,
    "database": _OWN,
    "ticket_of": _OWN,
    "follow": _OWN,
    "publish_topic": _OWN,
}
