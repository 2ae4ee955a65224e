"""The pages of rooms. What they show comes from the routes below /api; the token of an invitation is in the fragment, which the server does not see."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from framecast.errors import Denied, FramecastError, Invalid, NotFound
from framecast.servers.web.page import page_answer
from framecast.servers.web.rooms.calls import enter, hub_of, keep_guest

router = APIRouter(include_in_schema=False)


@router.get("/rooms")
async def rooms_page(request: Request) -> Response:
    """List the rooms of the one who asks."""
    hub_of(request)
    return page_answer(request, "rooms")


@router.get("/rooms/join")
async def join_page(request: Request) -> Response:
    """Accept an invitation."""
    hub_of(request)
    return page_answer(request, "rooms-join")


@router.get("/rooms/{key}")
async def room_page(request: Request, key: str) -> Response:
    """Show one room; the page reads its key from its own address."""
    return await _page(request, key, "room")


@router.get("/rooms/{key}/embed")
async def embed_page(request: Request, key: str) -> Response:
    """Show the chat of a room alone, for frames: also of the sites in `origins`."""
    return await _page(request, key, "room-embed")


async def _page(request: Request, key: str, name: str) -> Response:
    """Return a page for those who may enter. While the node or the database does not answer, the page says so and waits."""
    try:
        await enter(request, key)
    except (NotFound, Denied):
        raise
    except Invalid as error:
        raise NotFound(f"there is no room {key!r:.80}: its address is spelled differently") from error
    except FramecastError:
        pass
    hub_of(request).desk.warm()
    answer = page_answer(request, name)
    keep_guest(request, answer)
    return answer
