"""What is said in a room, over HTTP: the WebSocket of members, messages of the past, a message of a program, server-sent events, the export."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from framecast.errors import Invalid, WouldBlock
from framecast.model.room import Message, parse_key
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.web.context import web_of
from framecast.servers.web.http.answers import say
from framecast.servers.web.http.connection import connection_of
from framecast.servers.web.http.socket import WebSocketResponse
from framecast.servers.web.rooms.calls import Client, Here, enter, hub_of, keep_guest
from framecast.servers.web.rooms.events import MEDIA_TYPE, EventsResponse, EventStream, place_in
from framecast.servers.web.rooms.session import RoomSession
from framecast.servers.web.rooms.shapes import MOST, Key, MessagePage, MessageShape, NewMessage, SentShape

if TYPE_CHECKING:
    from framecast.rooms import Rooms

router = APIRouter(tags=["rooms"])

_UPGRADE: dict[int | str, dict[str, Any]] = {
    101: {"description": "the connection is a WebSocket now"},
    426: {"description": "the request was no WebSocket handshake"},
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "server-sent events"}
}
_JSON_LINES = "application/jsonl"
_LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {_JSON_LINES: {}}, "description": "one JSON object on each line"}
}
_LINES_A_PAGE = 500
_MOST_SEQ = (1 << 53) - 1
_FOREVER_S = 1e12


@router.get(
    "/api/rooms/{key}/ws",
    status_code=101,
    response_class=Response,
    responses=_UPGRADE,
    summary="A member's WebSocket",
)
async def room_socket(request: Request, key: Key) -> Response:
    """Be in a room: get what is said, and say something. docs/reference/http.md describes the messages."""
    web, hub, client = web_of(request), hub_of(request), Client(request)
    parsed = parse_key(key)
    who = await client.enter(parsed)
    try:
        web.handshakes.check(who)
    except WouldBlock as error:
        return too_soon(error)
    session = RoomSession(hub, parsed, client, who)
    connection, _ = connection_of(request.scope)
    web.connections.judge_by(connection, session.on_judged)
    answer = WebSocketResponse(session, web.upkeep, has_beat=False)
    keep_guest(request, answer, client)
    return answer


async def open_socket(request: Request) -> Response:
    """Answer a request for the WebSocket; `room_socket` without FastAPI."""
    return await room_socket(request, request.path_params["key"])


@router.get(
    "/api/rooms/{key}/events", response_class=Response, responses=_EVENTS, summary="What happens in a room"
)
async def room_events(
    request: Request,
    key: Key,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", max_length=128, description="EPOCH/SEQ of what you have")
    ] = None,
) -> Response:
    """Give what happens in a room as server-sent events, as long as you listen: `welcome`, then `events`, with the names and forms of the WebSocket.

    You only read, and are in no list of its members. A browser asks again with the id of the last event, and misses nothing.
    """
    web, client = web_of(request), Client(request)
    here = await enter(request, key)
    place = place_in(last_event_id or "")
    since = {} if place is None else {"since": place[1], "epoch": place[0]}
    stream = EventStream(web.upkeep, client)
    hello = {"type": "hello", **since}
    stream.member = await here.hub.join(here.key, here.who, stream, hello, reads_only=True, is_shown=False)
    connection, _ = connection_of(request.scope)
    web.connections.judge_by(connection, stream.on_judged)
    return EventsResponse(stream)


class _Wanted(BaseModel):
    """Which messages."""

    before: Annotated[int | None, Field(default=None, ge=0, le=_MOST_SEQ, description="only smaller numbers")]
    after: Annotated[int | None, Field(default=None, ge=0, le=_MOST_SEQ, description="only greater numbers")]
    most: Annotated[int, Field(default=50, ge=1, le=MOST, description="how many at most")]
    q: Annotated[str, Field(default="", max_length=256, description="only messages with these words")]
    from_s: Annotated[float | None, Field(default=None, ge=0, le=1e9, description="of the media: from here")]
    to_s: Annotated[
        float | None, Field(default=None, ge=0, le=1e9, description="of the media: to before this")
    ]


@router.get("/api/rooms/{key}/messages", summary="Messages of a room")
async def get_messages(request: Request, key: Key, wanted: Annotated[_Wanted, Query()]) -> MessagePage:
    """Give the newest messages, or those before or after a number, with certain words, or about a part of the media (`from_s` to before `to_s`)."""
    here = await enter(request, key)
    read = _reading(here, wanted)

    def with_mine(rooms: Rooms) -> tuple[list[Message], dict[int, list[str]]]:
        found = read(rooms)
        return found, rooms.my_reactions(here.key, here.who, [one.seq for one in found if one.reactions])

    nothing: tuple[list[Message], dict[int, list[str]]] = ([], {})
    messages, mine = await here.hub.desk.look(with_mine, nothing)
    epoch = "" if here.room is None else here.room.epoch
    return MessagePage(epoch=epoch, messages=[_shape(one) for one in messages], mine=mine)


@router.post("/api/rooms/{key}/messages", response_model=SentShape, summary="Say something")
async def send_message(
    request: Request, response: Response, key: Key, body: NewMessage
) -> SentShape | Response:
    """Say something without being in the room. Send it again with the same `id` if you got no answer: it is said once."""
    here = await enter(request, key, writes=True, name=body.name)
    try:
        sent = await here.change(
            lambda rooms: rooms.send(
                here.key,
                here.who,
                body.text,
                client_id=body.id,
                reply_to=body.reply_to,
                media_time_s=body.media_time_s,
            )
        )
    except WouldBlock as error:
        return too_soon(error)
    keep_guest(request, response)
    message = sent.event.message if sent.event is not None else None
    return SentShape(
        message=None if message is None else _shape(message), is_held=sent.is_held, is_repeat=sent.is_repeat
    )


@router.get(
    "/api/rooms/{key}/export", response_class=Response, responses=_LINES, summary="Everything that was said"
)
async def export_room(request: Request, key: Key) -> Response:
    """Give a room and all its messages as JSON lines. For its moderators."""
    here = await enter(request, key, writes=True)
    here.check_moderator()
    hub = here.hub
    lines = await hub.call(lambda rooms: rooms.export(here.key, here.who))
    name = f"room-{here.key.name}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_pages(hub, lines), media_type=_JSON_LINES, headers=headers)


async def _pages(hub: RoomHub, lines: Iterator[str]) -> AsyncIterator[str]:
    """Yield lines, many at once: each page is read on a thread."""
    while page := await hub.call(lambda _rooms: "".join(islice(lines, _LINES_A_PAGE))):
        yield page


def _reading(here: Here, given: _Wanted) -> Callable[[Rooms], list[Message]]:
    """Return what reads the messages that are wanted.

    Raises:
        Invalid: the parts of the question do not go together.
    """
    key, most = here.key, given.most
    if given.from_s is not None or given.to_s is not None:
        start, end = given.from_s or 0.0, _FOREVER_S if given.to_s is None else given.to_s
        if given.q or given.before is not None:
            raise Invalid("from_s and to_s go with 'after' and 'most' only")
        return lambda rooms: rooms.said_between(key, start, end, given.after or 0, most)
    if given.q:
        if given.after is not None:
            raise Invalid("q goes with 'before' and 'most' only")
        return lambda rooms: rooms.search(key, given.q, given.before, most)
    if given.before is not None and given.after is not None:
        raise Invalid("give 'before' or 'after', not both")
    return lambda rooms: rooms.history(key, given.before, most, after=given.after)


def _shape(message: Message) -> MessageShape:
    return MessageShape(**message.to_json())


def too_soon(error: WouldBlock) -> Response:
    """Return the answer to what comes too soon: the server's own overload, or a limit that says how long to wait."""
    wait_s = error.fields.get("wait_s")
    if not isinstance(wait_s, int | float):
        raise error
    return say(429, "WouldBlock", str(error), {"Retry-After": str(max(1, math.ceil(wait_s)))})
