"""What another user of the machine may ask on a control connection, and what it sees of the answer. Pure apart from the directory.

It is answered about streams that it may not know exactly as about streams that do not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framecast.bus.channel import Fields
from framecast.errors import Denied
from framecast.model.status import Status
from framecast.node.operation_table import OPERATIONS, Operation
from framecast.node.users import User, Users
from framecast.servers.access.policy import may, not_allowed, unknown_stream
from framecast.servers.access.principal import Requirement

# What `info` says to an account that is not an admin's: nothing about files, processes and other people's streams.
_INFO = ("version", "uptime_s")


def admit(users: Users, user: User, fields: Fields) -> Fields:
    """Return a request as the node works on it, with the account that asks.

    Raises:
        Denied: the user may not ask this. NotFound: it is about a stream that does not exist or that the user must not know.
    """
    name = str(fields.get("op"))
    operation = OPERATIONS.get(name)
    if operation is None:  # it is refused as what it is
        return fields
    if operation.is_own:
        raise Denied(f"only programs of the node's own user may send {name!r}")
    if operation.names_stream:
        _check_stream(users, user, operation, str(fields.get("name")), name == "put")
    elif not may(user.principal, operation.requirement):
        raise not_allowed(operation.requirement)
    return {**fields, "by": user.rights.account, "address": ""}


def _check_stream(users: Users, user: User, operation: Operation, stream: str, may_be_new: bool) -> None:
    status = users.status(stream)
    if status is None and may_be_new:
        if not user.rights.may_add(stream):
            raise not_allowed(Requirement.ADD)
    elif status is None:
        raise unknown_stream(stream)
    else:
        users.check(user, operation.requirement, stream)


def shown(users: Users, user: User, op: str, answer: Fields) -> Fields:
    """Return what a user sees of the node's answer."""
    if "error" in answer or user.rights.is_admin:
        return answer
    if op == "streams":
        return {**answer, "streams": [seen(user, one) for one in answer["streams"] if knows(user, one)]}
    if op in ("stats", "newest"):
        key = "streams" if op == "stats" else op
        return {**answer, key: _known(users, user, answer[key])}
    if op == "info":
        servers = {name: {"url": one["url"]} for name, one in answer.get("servers", {}).items()}
        return {key: answer[key] for key in _INFO if key in answer} | {"servers": servers}
    return seen(user, answer) if "configured" in answer else answer


def knows(user: User, status: Mapping[str, Any]) -> bool:
    """Return whether a user may know the stream of a status."""
    return user.rights.may_know(str(status["name"]), status["groups"], status.get("owner"))


def seen(user: User, status: Fields) -> Fields:
    """Return a status without its owner, unless that is the user's own account or the user is an admin."""
    if user.rights.is_admin or status.get("owner") in (None, user.rights.account):
        return status
    return {key: value for key, value in status.items() if key != "owner"}


def _known(users: Users, user: User, figures: Fields) -> Fields:
    """Return the figures of the streams that a user may know; they are given by stream."""
    found = {name: users.status(name) or Status(name) for name in figures}
    known = (name for name, one in found.items() if user.rights.may_know(name, one.groups, one.owner))
    return {name: figures[name] for name in known}
