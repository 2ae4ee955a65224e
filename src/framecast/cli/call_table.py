"""Every command of `framecast` and by what it is judged who may run it, as a table. A test compares it with the commands and docs/access.md.

A command has no rights of its own: it uses files, the node's socket or a server, and what may be done there is decided there. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class JudgedBy(StrEnum):
    """By what it is judged who may run a command."""

    SOCKET = "node.sock"  # the user of this machine: the operations of `node.operation_table`
    FILES = "the data folder"  # its files, or the PostgreSQL
    SERVER = "a server of the node"  # a token, or a ticket of node.sock
    OWN = "none"  # what the user may do anyway: it starts a node, or asks nobody


CALLS: Mapping[str, JudgedBy] = {
    "serve": JudgedBy.OWN,
    "streams": JudgedBy.SOCKET,
    "add": JudgedBy.SOCKET,
    "remove": JudgedBy.SOCKET,
    "restart": JudgedBy.SOCKET,
    "setup": JudgedBy.SOCKET,
    "snapshot": JudgedBy.SOCKET,
    "view": JudgedBy.SOCKET,
    "link": JudgedBy.SOCKET,
    "links": JudgedBy.SOCKET,
    "unlink": JudgedBy.SOCKET,
    "record": JudgedBy.SOCKET,
    "sample": JudgedBy.OWN,
    "publish": JudgedBy.SOCKET,
    "upload": JudgedBy.SERVER,
    "worker": JudgedBy.SERVER,
    "chat": JudgedBy.SERVER,
    "health": JudgedBy.SOCKET,
    "doctor": JudgedBy.SOCKET,
    "audit": JudgedBy.FILES,
    "backup": JudgedBy.FILES,
    "restore": JudgedBy.FILES,
    "bench": JudgedBy.OWN,
    "version": JudgedBy.OWN,
    "user": JudgedBy.FILES,
    "group": JudgedBy.FILES,
    "grant": JudgedBy.FILES,
    "token": JudgedBy.FILES,
    "key": JudgedBy.FILES,
    "share": JudgedBy.FILES,
    "room": JudgedBy.SERVER,
}
