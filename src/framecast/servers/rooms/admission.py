"""Admission to rooms: a principal in, a visitor out, who is somebody in a room that is open to it. What one may not see is answered as what does not exist.

The room of a stream is open to those who may watch it, that of a video to those who may see it, a private one to its members and the admins. If
nobody has an account, everybody on this machine and everybody with the access token is an owner with a name and an id of its own. Event loop; the library and the rooms are asked on their threads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from framecast.control.aio import AsyncNodeClient
from framecast.errors import Denied, NotFound
from framecast.model.host import is_this_machine
from framecast.model.rights import Rights, Scope
from framecast.model.room import RoomKey, RoomKind, Visitor, parse_key
from framecast.model.video import LOCAL, Viewer
from framecast.servers.access.finding import find_stream
from framecast.servers.access.policy import Sight, Statuses, Verdict, unknown_stream
from framecast.servers.access.principal import Kind, Principal, Requirement
from framecast.servers.catalogue import Catalogue, viewer_of
from framecast.servers.rooms.desk import RoomDesk

_GUEST_CONTEXT = b"framecast guest\0"
_GUEST_ID_CHARS = 22


def guest_id(secret: str) -> str:
    """Return the id that others see of the guest with a secret. To have that id, one needs the secret."""
    return hashlib.sha256(_GUEST_CONTEXT + secret.encode()).hexdigest()[:_GUEST_ID_CHARS]


@dataclass(frozen=True, slots=True)
class Guest:
    """The id of a client without an account, as `guest_id` makes it, and the name that it wants."""

    id: str
    name: str = ""


class Admission:
    """Admits to rooms. `statuses` are the newest of each stream; without `catalogue` there are no videos."""

    def __init__(
        self, node: AsyncNodeClient, statuses: Statuses, catalogue: Catalogue | None, desk: RoomDesk
    ) -> None:
        self._node = node
        self._statuses = statuses
        self._catalogue = catalogue
        self._desk = desk

    async def visitor_of(
        self, principal: Principal, key: RoomKey | str, guest: Guest, address: str = ""
    ) -> Visitor:
        """Return who a client is in a room that is open to it. Whether guests may enter is a setting of the room, which `join` reads.

        Raises:
            Invalid: this is no key. NotFound: there is nothing of this name, or it may not be seen.
            FramecastError: the node or the database cannot be asked.
        """
        found, visitor = parse_key(key), person_of(principal, guest, address)
        if found.kind is RoomKind.STREAM:
            return await self._by_stream(principal, found.name, visitor)
        if found.kind is RoomKind.VIDEO:
            return await self._by_video(principal, found.name, visitor)
        if not await self._desk.look(lambda rooms: rooms.may_enter(found, visitor), False):
            raise unknown_room(found)
        return visitor

    async def check_video(self, visitor: Visitor, id: str) -> None:
        """Check that somebody may see a video that it wants to show to its room.

        Raises:
            NotFound: there is no such video, or it may not be seen.
        """
        viewer = (
            LOCAL
            if visitor.is_local
            else Viewer(visitor.account, visitor.is_admin, visitor.account is not None)
        )
        if self._catalogue is None:
            raise NotFound(f"there is no video {id!r:.80}")
        await self._catalogue.call(lambda library: library.video(id, viewer))

    async def _by_stream(self, principal: Principal, name: str, visitor: Visitor) -> Visitor:
        if principal.grant is not None and principal.grant.stream != name:
            raise unknown_stream(name)
        sight, status = Sight(principal, self._statuses), self._statuses.get(name)
        # The node is asked only about what this process has not heard of, or what it would refuse: a crowd comes without a request for each.
        if status is None or sight.verdict_of(status, Requirement.WATCH) is not Verdict.ALLOWED:
            try:
                status = await find_stream(self._node, sight, name, Requirement.WATCH)
            except Denied as error:
                raise unknown_stream(name) from error
        return replace(visitor, is_owner=visitor.account is not None and status.owner == visitor.account)

    async def _by_video(self, principal: Principal, id: str, visitor: Visitor) -> Visitor:
        catalogue, viewer = self._catalogue, viewer_of(principal, Scope.WATCH)
        if catalogue is None:
            raise unknown_room(RoomKey(RoomKind.VIDEO, id))
        video = await catalogue.call(lambda library: library.video(id, viewer))
        return replace(visitor, is_owner=visitor.account is not None and video.owner_id == visitor.account)


def reads_only(principal: Principal) -> bool:
    """Return whether a client may only read in rooms: a token of an account without the scope `change`."""
    rights = principal.rights
    return principal.account is not None and rights is not None and not rights.carries(Scope.CHANGE)


def unknown_room(key: RoomKey) -> NotFound:
    """Return the error for a room that does not exist, or must not be known."""
    return NotFound(f"there is no room {str(key)!r:.80}, or it is not open to you")


def person_of(principal: Principal, guest: Guest, address: str = "") -> Visitor:
    """Return who a client is, whatever room it is about."""
    rights = principal.rights
    if rights is None:
        # A client with the access token may do everything. On an open node only the clients of this machine may, and not those of a network.
        is_local = principal.kind is not Kind.LINK and (
            principal.kind is not Kind.ADDRESS or is_this_machine(address)
        )
        return Visitor(None, guest.id, guest.name, is_admin=is_local, is_local=is_local, address=address)
    if principal.account is None or not _is_of_person(rights):
        return Visitor(None, guest.id, guest.name, address=address)
    return Visitor(
        principal.account,
        None,
        principal.name,
        is_admin=rights.is_admin,
        address=address,
        session=principal.id,
    )


def _is_of_person(rights: Rights) -> bool:
    """True for a credential that stands for its account; one for one stream or one video alone opens that, and is nobody."""
    return rights.is_for_all and (rights.carries(Scope.WATCH) or rights.carries(Scope.READ))
