"""Rooms over HTTP: the list of one's own, making a private one, what a room is, its settings, its end, and invitations that are used."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from framecast.model.room import ListedRoom
from framecast.servers.web.rooms.calls import Client, enter, here_of, hub_of, keep_guest
from framecast.servers.web.rooms.listing import open_to
from framecast.servers.web.rooms.shapes import (
    JoinBody,
    Key,
    ListedRoomShape,
    Most,
    NewRoom,
    RoomChanges,
    RoomPage,
    RoomShape,
)

router = APIRouter(tags=["rooms"])

Before = Annotated[str | None, Query(max_length=128, description="`next` of the page before")]


@router.get("/api/rooms", summary="Your rooms")
async def get_rooms(request: Request, before: Before = None, most: Most = 50) -> RoomPage:
    """List the rooms in which you have read or have a place, the one that has changed last first, with what you have not read."""
    who = Client(request).person
    nothing: list[ListedRoom] = []
    found = await hub_of(request).desk.look(lambda rooms: rooms.rooms_of(who, before, most), nothing)
    following = found[-1].cursor if len(found) == most else None
    shown = await open_to(request, found)
    return RoomPage(rooms=[_listed(one) for one in shown], next=following)


@router.post("/api/rooms", summary="Make a private room")
async def make_room(request: Request, response: Response, body: NewRoom) -> RoomShape:
    """Make a room that only people with an invitation may enter. It is yours."""
    hub, who = hub_of(request), Client(request).person
    room = await hub.call(lambda rooms: rooms.make_private(body.title, who), makes=True)
    keep_guest(request, response)
    return (await here_of(hub, room.key, who)).shape()


@router.post("/api/rooms/join", summary="Use an invitation to a room")
async def join_room(request: Request, response: Response, body: JoinBody) -> RoomShape:
    """Become a member of a private room. Somebody without an account needs a name, and is known by a cookie from then on."""
    hub, who = hub_of(request), Client(request, body.name).person
    room = await hub.desk.accept(body.token, who)
    hub.note(room.key)
    keep_guest(request, response)
    return (await here_of(hub, room.key, who)).shape()


@router.get("/api/rooms/{key}", summary="One room")
async def get_room(request: Request, response: Response, key: Key) -> RoomShape:
    """Give a room, and what you are in it."""
    here = await enter(request, key)
    keep_guest(request, response)
    return here.shape()


@router.patch("/api/rooms/{key}", summary="Change a room")
async def change_room(request: Request, key: Key, body: RoomChanges) -> RoomShape:
    """Change the settings, or the title of a private room. For its moderators; some settings for its owner alone."""
    here = await enter(request, key, writes=True)
    patch = body.settings.model_dump(exclude_unset=True) if body.settings is not None else {}
    if body.title is not None:
        patch["title"] = body.title
    await here.change(lambda rooms: rooms.change_settings(here.key, here.who, patch))
    return (await here_of(here.hub, here.key, here.who)).shape()


@router.delete("/api/rooms/{key}", status_code=204, summary="Delete a room")
async def delete_room(request: Request, key: Key) -> None:
    """Delete a private room, or everything that was said in the room of a stream or a video. For its owner and the admins."""
    here = await enter(request, key, writes=True)
    await here.change(lambda rooms: rooms.delete_room(here.key, here.who))


def _listed(one: ListedRoom) -> ListedRoomShape:
    room = one.room
    return ListedRoomShape(
        key=str(room.key),
        kind=room.key.kind.value,
        title=room.title,
        owner=room.owner,
        last=room.last,
        changed_at=room.changed_at,
        unread=one.unread,
        mentions=one.mentions,
    )
