"""The client of a call in a room: who it is there, what it may do, and how it reaches the rooms. Event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from framecast.errors import Denied
from framecast.model.room import Room, RoomKey, RoomRole, Standing, Visitor, parse_key
from framecast.model.room_settings import RoomSettings
from framecast.servers.rooms.admission import person_of, reads_only, unknown_room
from framecast.servers.rooms.entrance import standing_before, standings
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.rpc.caller import CALLER
from framecast.servers.rpc.room_identity import guest_from
from framecast.v1 import rooms_pb2

if TYPE_CHECKING:
    from framecast.rooms import Rooms

T = TypeVar("T")

_NOBODY = rooms_pb2.Guest()
READS_ONLY = "this token may only read: writing in rooms needs the scope change"


def person(guest: rooms_pb2.Guest = _NOBODY) -> Visitor:
    """Return who calls, whatever room it is about."""
    caller = CALLER.get()
    return person_of(caller.sight.principal, guest_from(guest), caller.address)


def check_may_write() -> None:
    """Check that the credential of the caller lets it write.

    Raises:
        Denied: it does not.
    """
    if reads_only(CALLER.get().sight.principal):
        raise Denied(READS_ONLY, reason="scope")


async def admitted(hub: RoomHub, key: RoomKey, guest: rooms_pb2.Guest = _NOBODY) -> Visitor:
    """Return who calls, in a room that is open to it; raises as `Admission.visitor_of`."""
    caller = CALLER.get()
    return await hub.admission.visitor_of(caller.sight.principal, key, guest_from(guest), caller.address)


@dataclass(frozen=True, slots=True)
class Here:
    """The caller in a room that it may enter. `room` None: nothing has happened in it yet."""

    hub: RoomHub
    key: RoomKey
    who: Visitor
    standing: Standing
    room: Room | None
    settings: RoomSettings

    @property
    def may_moderate(self) -> bool:
        """True for a moderator and an owner."""
        return self.standing.role.may_moderate and not reads_only(CALLER.get().sight.principal)

    def check_moderator(self) -> None:
        """Check that the caller may see what moderators see.

        Raises:
            Denied: it may not.
        """
        if not self.may_moderate:
            raise Denied("only the moderators and the owner of this room may do this", reason="role")

    async def change(self, work: Callable[[Rooms], T]) -> T:
        """Return what `work` returns, which changes the room.

        Raises:
            Denied: the caller may only read. As `work`.
        """
        check_may_write()
        return await self.hub.change(self.key, work)


async def enter(hub: RoomHub, room: str, guest: rooms_pb2.Guest = _NOBODY) -> Here:
    """Return who calls, in a room.

    Raises:
        Invalid: this is no key. NotFound: there is no such room, or it is not open to the caller. Denied: it is banned.
    """
    key = parse_key(room)
    who = await admitted(hub, key, guest)

    def read(rooms: Rooms) -> tuple[Room | None, Standing]:
        return rooms.find(key), standings(rooms, key, [who])[0]

    nothing: tuple[Room | None, Standing] = (None, standing_before(who))
    found, standing = await hub.desk.look(read, nothing)
    settings = found.settings if found is not None else hub.default_settings()
    if standing.role is RoomRole.GUEST and settings.guests == "off":
        raise unknown_room(key)
    if standing.is_banned:
        raise Denied(standing.reason or "you are banned from this room", reason="banned")
    return Here(hub, key, who, standing, found, settings)
