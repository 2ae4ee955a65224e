"""How routes of rooms reach them: on threads of the hub, in the name of the one who asks. Event loop.

Nothing of `rooms` is imported here: an object of it comes with each call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import Request
from starlette.responses import Response

from framecast.errors import Denied, FramecastError, NotFound
from framecast.model.room import Room, RoomKey, RoomRole, Standing, Visitor, parse_key
from framecast.protocols.websocket import Code
from framecast.servers.rooms.admission import Guest, person_of, reads_only, unknown_room
from framecast.servers.rooms.entrance import standing_before, standings
from framecast.servers.rooms.hello import NAMELESS, check_guest_name
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.rooms.member import Member
from framecast.servers.settings import NO_ROOMS
from framecast.servers.web.context import WebContext, web_of
from framecast.servers.web.http.credentials import address_of, principal_of
from framecast.servers.web.rooms.guest_cookie import GuestCookie, guest_of, is_guest_secret, set_guest
from framecast.servers.web.rooms.shapes import RoomShape, YouShape

if TYPE_CHECKING:
    from framecast.rooms import Rooms

T = TypeVar("T")

log = logging.getLogger("framecast.rooms")

READS_ONLY = "this token may only read: writing in rooms needs the scope change"


def hub_of(request: Request) -> RoomHub:
    """Return the rooms of this server.

    Raises:
        NotFound: they are turned off.
    """
    found = web_of(request).rooms
    if found is None:
        raise NotFound(NO_ROOMS)
    return found


class Client:
    """The one who asks: a principal and, if it has no account, a guest. It may ask again later, with other rights."""

    def __init__(self, request: Request, name: str = "") -> None:
        self.principal = principal_of(request.scope)
        self.cookie: GuestCookie = guest_of(request, web_of(request).settings)
        self.address = address_of(request.scope)
        self._web: WebContext = web_of(request)
        self._guest = Guest(self.cookie.id, check_guest_name(name) or NAMELESS)

    def take_guest(self, secret: object) -> bool:
        """Be the guest with a secret that a page of another site keeps. False: it has not the form of one."""
        if not is_guest_secret(secret):
            return False
        self.cookie = GuestCookie(str(secret), is_new=False, is_of_page=True)
        self._guest = Guest(self.cookie.id, self._guest.name)
        return True

    @property
    def person(self) -> Visitor:
        """The visitor, for what is about no one room."""
        return person_of(self.principal, self._guest, self.address)

    @property
    def reads_only(self) -> bool:
        """True if its credential does not let it write."""
        return reads_only(self.principal)

    async def enter(self, key: RoomKey) -> Visitor:
        """Return who it is in a room, with the rights of now; raises as `Admission.visitor_of`."""
        assert self._web.rooms is not None
        return await self._web.rooms.admission.visitor_of(self.principal, key, self._guest, self.address)


@dataclass(frozen=True, slots=True)
class Here:
    """The one who asks, in a room that is open to it. `room` None: nothing has happened in it yet."""

    hub: RoomHub
    key: RoomKey
    who: Visitor
    standing: Standing
    room: Room | None
    reads_only: bool

    @property
    def may_moderate(self) -> bool:
        """True for a moderator and an owner."""
        return self.standing.role.may_moderate and not self.reads_only

    async def change(self, work: Callable[[Rooms], T]) -> T:
        """Return what `work` returns; it changes the room."""
        return await self.hub.change(self.key, work)

    def check_moderator(self) -> None:
        """Check that the one who asks may see what moderators see.

        Raises:
            Denied: it may not.
        """
        if not self.may_moderate:
            raise Denied("only the moderators and the owner of this room may do this", reason="role")

    def shape(self) -> RoomShape:
        """Return the room as it is for the one who asks."""
        room = self.room
        settings = self.hub.default_settings() if room is None else room.settings
        fields: dict[str, Any] = {
            "title": "",
            "owner": None,
            "pinned": None,
            "playback": None,
            "epoch": "",
            "last": 0,
        }
        if room is not None:
            fields = room.to_json(with_words=self.may_moderate) | {"epoch": room.epoch, "last": room.last}
        fields |= {"key": str(self.key), "kind": str(self.key.kind)}
        fields["settings"] = settings.to_json(with_words=self.may_moderate)
        return RoomShape(**fields, you=self._you(settings.guests, is_open=settings.is_open))

    def _you(self, guests: str, *, is_open: bool) -> YouShape:
        role = self.standing.role
        may_write = role.may_moderate or (is_open and (role is not RoomRole.GUEST or guests == "write"))
        return YouShape(
            id=self.who.id,
            name=self.who.name,
            role=role.value,
            may_write=may_write and not self.reads_only,
            may_moderate=self.may_moderate,
        )


async def enter(request: Request, key: str, *, writes: bool = False, name: str = "") -> Here:
    """Return the one who asks in a room that is open to it.

    Raises:
        Invalid: this is no key. NotFound: there is no such room, or it is not open to this client.
        Denied: it is banned; or with `writes` its token may only read.
    """
    hub, parsed, client = hub_of(request), parse_key(key), Client(request, name)
    who = await client.enter(parsed)
    if writes and client.reads_only:
        raise Denied(READS_ONLY, reason="scope")
    return await here_of(hub, parsed, who, reads_only=client.reads_only)


async def here_of(hub: RoomHub, key: RoomKey, who: Visitor, *, reads_only: bool = False) -> Here:
    """Return somebody in a room, as the database says now; raises as `enter`."""

    def read(rooms: Rooms) -> tuple[Room | None, Standing]:
        return rooms.find(key), standings(rooms, key, [who])[0]

    nothing: tuple[Room | None, Standing] = (None, standing_before(who))
    room, standing = await hub.desk.look(read, nothing)
    settings = room.settings if room is not None else hub.default_settings()
    is_guest = who.account is None and not who.is_admin and not who.is_local
    if is_guest and standing.role is RoomRole.GUEST and settings.guests == "off":
        raise unknown_room(key)
    if standing.is_banned:
        raise Denied(standing.reason or "you are banned from this room", reason="banned")
    return Here(hub, key, who, standing, room, reads_only)


async def judge(client: Client, member: Member) -> None:
    """Tell the hub who a member is now, after its rights have changed."""
    before = member.visitor
    try:
        visitor = await client.enter(member.feed.key)
    except NotFound:
        member.judge(None)
    except FramecastError as error:  # nobody stays by mistake: it may come back
        log.warning("whether a member may stay in %s cannot be checked now: %s", member.feed.key, error)
        member.go("whether you may stay cannot be checked now", Code.LATER)
    else:
        member.judge(replace(visitor, name=before.name) if visitor.account is None else visitor)


def keep_guest(request: Request, answer: Response, client: Client | None = None) -> None:
    """Let the browser of somebody without an account keep who it is; `client` is the one of this request, if there is one already."""
    client = client or Client(request)
    if client.person.account is None:
        set_guest(answer, request, web_of(request).settings, client.cookie)
