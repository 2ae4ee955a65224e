"""The service `framecast.v1.Rooms`: rooms as the web server has them, by the same hub (`servers/rooms`). Event loop; the database is read in threads.

A member that does not read is held back by gRPC itself: what waits for it is bounded (`room_outlet`), and its requests are read one after the other.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from framecast.errors import Closed, FramecastError, Invalid, NotFound
from framecast.model.room import ListedRoom, Message, Room, parse_key
from framecast.model.room_people import RoomMember
from framecast.servers.rooms.admission import reads_only
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.rooms.member import Member
from framecast.servers.rooms.orders import AT_ONCE
from framecast.servers.rpc.caller import CALLER
from framecast.servers.rpc.room_client import Here, admitted, check_may_write, enter, person
from framecast.servers.rpc.room_messages import fill, order_of, play_of
from framecast.servers.rpc.room_outlet import CallOutlet
from framecast.servers.rpc.status import Context
from framecast.servers.settings import NO_ROOMS
from framecast.v1 import rooms_pb2

if TYPE_CHECKING:
    from framecast.rooms import Rooms

MOST, MOST_DEFAULT = 200, 50
HELLO_S = 30.0
_LINES_AT_ONCE = 200
_WEEK_S = 7 * 86400.0
Requests = AsyncIterator[rooms_pb2.JoinRequest]


class RoomCalls:
    """One method for each of the service; see `handlers`. `hub` is None on a node without rooms."""

    def __init__(self, hub: RoomHub | None) -> None:
        self._known_hub = hub
        self._outlets: set[CallOutlet] = set()
        self._is_draining = False

    # --- inside a room

    async def join(self, requests: Requests, context: Context) -> None:
        """Let a client in, and serve it until it leaves."""
        hub, caller = self._hub(), CALLER.get()
        first = await _first(requests)
        key = parse_key(first.hello.room)
        visitor = await admitted(hub, key, first.hello.guest)
        outlet = CallOutlet()
        self._outlets.add(outlet)
        if self._is_draining:
            outlet.fail(_stopping())
        is_reader = reads_only(caller.sight.principal)
        reader: asyncio.Task[None] | None = None
        member: Member | None = None
        try:
            member = await hub.join(key, visitor, outlet, order_of(first), reads_only=is_reader)
            joined = member
            caller.on_judged = lambda: hub.judge(joined, caller.sight.principal)
            reader = asyncio.create_task(_obey(joined, requests, outlet), name=f"orders in {key}")
            await outlet.write_to(context)
        finally:
            self._outlets.discard(outlet)
            if reader is not None:
                reader.cancel()
            if member is not None:
                member.leave()

    # --- messages

    async def get_messages(
        self, request: rooms_pb2.GetMessagesRequest, _context: Context
    ) -> rooms_pb2.GetMessagesResponse:
        """Return messages of the past."""
        here = await enter(self._hub(), request.room, request.guest)
        read = _reading(here, request)

        def both(rooms: Rooms) -> tuple[Room | None, list[Message]]:
            return rooms.find(here.key), read(rooms)

        nothing: tuple[Room | None, list[Message]] = (None, [])
        room, found = await here.hub.desk.look(both, nothing)
        answer = rooms_pb2.GetMessagesResponse(
            epoch="" if room is None else room.epoch, last=0 if room is None else room.last
        )
        for message in found:
            fill(answer.messages.add(), message.to_json())
        return answer

    async def send_message(
        self, request: rooms_pb2.SendMessageRequest, _context: Context
    ) -> rooms_pb2.SendMessageResponse:
        """Say something."""
        here = await enter(self._hub(), request.room, request.guest)
        reply_to = request.reply_to if request.HasField("reply_to") else None
        place = request.media_time_s if request.HasField("media_time_s") else None
        client_id = request.id or secrets.token_urlsafe(16)
        sent = await here.change(
            lambda rooms: rooms.send(
                here.key, here.who, request.text, client_id=client_id, reply_to=reply_to, media_time_s=place
            )
        )
        answer = rooms_pb2.SendMessageResponse(is_held=sent.is_held, is_repeat=sent.is_repeat)
        if sent.event is not None and sent.event.message is not None:
            fill(answer.message, sent.event.message.to_json())
        return answer

    async def play(self, request: rooms_pb2.PlayRequest, _context: Context) -> rooms_pb2.RoomPlayback:
        """Change the playback."""
        here = await enter(self._hub(), request.room, request.guest)
        act = play_of(request.act)
        if act.get("video"):
            await here.hub.admission.check_video(here.who, str(act["video"]))

        def play(rooms: Rooms) -> Any:  # noqa: ANN401  an event or None
            return rooms.play(here.key, here.who, act.pop("action"), **act)

        await here.change(play)
        room = await here.hub.desk.look(lambda rooms: rooms.find(here.key), None)
        playback = None if room is None else room.playback
        return fill(rooms_pb2.RoomPlayback(), {} if playback is None else playback.to_json())

    # --- rooms

    async def list_rooms(
        self, request: rooms_pb2.ListRoomsRequest, _context: Context
    ) -> rooms_pb2.ListRoomsResponse:
        """Return a page of the caller's."""
        hub, who, most = self._hub(), person(request.guest), min(request.most or MOST_DEFAULT, MOST)
        nothing: list[ListedRoom] = []
        found = await hub.desk.look(lambda rooms: rooms.rooms_of(who, request.before or None, most), nothing)
        answer = rooms_pb2.ListRoomsResponse(next=found[-1].cursor if len(found) == most else "")
        for one in found:
            with suppress(NotFound):  # not to be seen any more
                await admitted(hub, one.room.key, request.guest)
                room = fill(answer.rooms.add(), _room_fields(one.room, may_moderate=False))
                room.unread, room.mentions = one.unread, one.mentions
        return answer

    async def get_room(self, request: rooms_pb2.GetRoomRequest, _context: Context) -> rooms_pb2.Room:
        """Return one."""
        here = await enter(self._hub(), request.room)
        if here.room is not None:
            return fill(rooms_pb2.Room(), _room_fields(here.room, may_moderate=here.may_moderate))
        settings = here.settings.to_json(with_words=here.may_moderate)
        fields = {"key": str(here.key), "kind": str(here.key.kind), "settings": settings}
        return fill(rooms_pb2.Room(), fields)

    async def make_room(self, request: rooms_pb2.MakeRoomRequest, _context: Context) -> rooms_pb2.Room:
        """Make a private one."""
        check_may_write()
        who = person(request.guest)
        made = await self._hub().call(lambda rooms: rooms.make_private(request.title, who), makes=True)
        return fill(rooms_pb2.Room(), _room_fields(made, may_moderate=True))

    async def remove_room(
        self, request: rooms_pb2.RemoveRoomRequest, _context: Context
    ) -> rooms_pb2.RemoveRoomResponse:
        """Remove one with what was said in it."""
        here = await enter(self._hub(), request.room)
        await here.change(lambda rooms: rooms.delete_room(here.key, here.who))
        return rooms_pb2.RemoveRoomResponse()

    async def list_members(
        self, request: rooms_pb2.ListMembersRequest, _context: Context
    ) -> rooms_pb2.ListMembersResponse:
        """Return the people that a room knows by name."""
        here = await enter(self._hub(), request.room)
        found: list[RoomMember] = []
        if here.room is not None:
            found = await here.hub.desk.look(lambda rooms: rooms.members(here.key), found)
        answer = rooms_pb2.ListMembersResponse()
        for one in found:
            fill(answer.members.add(), {"id": one.id, "name": one.name, "role": str(one.role)})
        return answer

    async def invite(self, request: rooms_pb2.InviteRequest, _context: Context) -> rooms_pb2.InviteResponse:
        """Make an invitation."""
        here = await enter(self._hub(), request.room)
        made, token = await here.change(
            lambda rooms: rooms.invite(here.key, here.who, request.expires_s or _WEEK_S, request.uses or None)
        )
        return rooms_pb2.InviteResponse(
            id=made.id, token=token, path=f"/rooms/join#{token}", expires_at=made.expires_at
        )

    async def accept_invitation(
        self, request: rooms_pb2.AcceptInvitationRequest, _context: Context
    ) -> rooms_pb2.Room:
        """Make the caller a member."""
        hub, who = self._hub(), person(request.guest)
        room = await hub.desk.accept(request.token, who, check_may_write)
        hub.note(room.key)
        return fill(rooms_pb2.Room(), _room_fields(room, may_moderate=False))

    async def export_room(self, request: rooms_pb2.ExportRoomRequest, context: Context) -> None:
        """Write everything that was said, as fast as the client takes it."""
        here = await enter(self._hub(), request.room)
        here.check_moderator()
        lines: Iterator[str] = await here.change(lambda rooms: iter(rooms.export(here.key, here.who)))
        while True:
            some = await here.hub.call(lambda _rooms: "".join(islice(lines, _LINES_AT_ONCE)))
            if not some:
                return
            await context.write(rooms_pb2.ExportRoomResponse(lines=some).SerializeToString())

    # --- the life of the server

    def drain(self) -> None:
        """End all calls that are in a room."""
        self._is_draining = True
        for outlet in self._outlets:
            outlet.fail(_stopping())

    def _hub(self) -> RoomHub:
        if self._known_hub is None:
            raise NotFound(NO_ROOMS)
        return self._known_hub


async def _first(requests: Requests) -> rooms_pb2.JoinRequest:
    try:
        async with asyncio.timeout(HELLO_S):
            first = await anext(requests, None)
    except TimeoutError as error:
        raise Invalid(f"the first request must come within {HELLO_S:g} s, and be hello") from error
    if first is None or not first.HasField("hello"):
        raise Invalid("the first request of Join must be hello, which names the room")
    return first


async def _obey(member: Member, requests: Requests, outlet: CallOutlet) -> None:
    """Do what a client orders, one after the other. When it has closed its side, it goes on to listen."""
    try:
        async for request in requests:
            order = order_of(request)
            if order["type"] in AT_ONCE:
                member.hear(order)
            else:
                await member.on_message(order)
    except FramecastError as error:
        outlet.fail(error)


def _reading(here: Here, request: rooms_pb2.GetMessagesRequest) -> Any:  # noqa: ANN401  a function of rooms
    """Return what reads the messages that are asked for.

    Raises:
        Invalid: the request asks for things that exclude each other.
    """
    key, most = here.key, min(request.most or MOST_DEFAULT, MOST)
    before = request.before if request.HasField("before") else None
    after = request.after if request.HasField("after") else None
    if request.HasField("from_s") or request.HasField("to_s"):
        if request.query or before is not None:
            raise Invalid("messages of a part of the media have no query and no before: leave them out")
        to_s = request.to_s if request.HasField("to_s") else float("inf")
        return lambda rooms: rooms.said_between(key, request.from_s, to_s, after or 0, most)
    if request.query:
        if after is not None:
            raise Invalid("a search goes back from the newest message: use before, not after")
        return lambda rooms: rooms.search(key, request.query, before, most)[::-1]
    return lambda rooms: rooms.history(key, before, most, after=after)


def _room_fields(room: Room, *, may_moderate: bool) -> dict[str, Any]:
    return {**room.to_json(with_words=may_moderate), "epoch": room.epoch, "last": room.last}


def _stopping() -> Closed:
    return Closed("the server is stopping: call again, it may come back")
