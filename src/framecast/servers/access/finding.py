"""Streams as the node has them, for a principal that may not know all: what is hidden from it is answered as what does not exist."""

from __future__ import annotations

from framecast.control.aio import AsyncNodeClient
from framecast.errors import Conflict, NotFound
from framecast.model import check_name
from framecast.model.rights import Rights, Role, Scope
from framecast.model.status import Status
from framecast.servers.access.policy import Sight, Verdict, may, not_allowed, unknown_stream
from framecast.servers.access.principal import Requirement


async def find_stream(
    node: AsyncNodeClient, sight: Sight, name: str, required: Requirement | None = None
) -> Status:
    """Return what the node says of a stream that the principal may know, and with which it may do what is required.

    The node is asked also about a stream that is hidden, so that the answer takes the same time.

    Raises:
        NotFound: there is none, or it is hidden. Denied: it is known, and what is required is not allowed. Invalid: this is no name.
    """
    try:
        status = await node.stream(check_name(name))
    except NotFound:
        if sight.is_whole:
            raise  # with the names that exist
        raise unknown_stream(name) from None
    found = sight.verdict_of(status, required)
    if found is Verdict.HIDDEN:
        raise unknown_stream(name)
    if found is Verdict.DENIED and required is not None:
        raise not_allowed(required)
    return status


async def check_change(
    node: AsyncNodeClient, sight: Sight, name: str, required: Requirement
) -> Status | None:
    """Return the stream with which the principal may do what is required (CONTROL or PUBLISH), None for one that it may begin.

    Raises:
        Denied: it may not. Conflict: the name is taken by a stream that it must not know; names are unique, so that much shows.
    """
    rights = sight.principal.rights
    if rights is None:
        return None
    may_not = not_allowed(Requirement.ADD if required is Requirement.CONTROL else required)
    try:
        status = await node.stream(name)
    except NotFound:
        is_granted = required is Requirement.PUBLISH and may(sight.principal, required, Status(name))
        if is_granted or may_begin(rights, name, required):
            return None
        raise may_not from None
    found = sight.verdict_of(status, required)
    if found is Verdict.DENIED:
        raise not_allowed(required)
    if found is Verdict.HIDDEN:
        raise (
            Conflict(f"the name {name} is in use: choose another one")
            if may_begin(rights, name, required)
            else may_not
        )
    return status


def may_begin(rights: Rights, name: str, required: Requirement) -> bool:
    """Return whether a stream that does not exist may be added, or be written by a program."""
    if required is Requirement.CONTROL:
        return rights.may_add(name)
    return (
        rights.role is not Role.VIEWER
        and rights.carries(Scope.PUBLISH)
        and rights.only_video is None
        and rights.only_stream in (None, name)
    )
