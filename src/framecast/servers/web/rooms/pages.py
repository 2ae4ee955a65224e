"""The pages of rooms. What they show comes from the routes below /api; the token of an invitation is in the fragment, which the server does not see."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from framecast.servers.web.page_routes import page_answer

router = APIRouter(include_in_schema=False)


@router.get("/rooms")
async def rooms_page(request: Request) -> Response:
    """List the rooms of the one who asks."""
    return page_answer(request, "rooms")


@router.get("/rooms/join")
async def join_page(request: Request) -> Response:
    """Accept an invitation."""
    return page_answer(request, "rooms-join")


@router.get("/rooms/{key}")
async def room_page(request: Request, key: str) -> Response:
    """Show one room; the page reads its key from its own address."""
    return page_answer(request, "room")


@router.get("/rooms/{key}/embed")
async def embed_page(request: Request, key: str) -> Response:
    """Show the chat of a room alone, for frames: also of the sites in `origins`."""
    return page_answer(request, "room-embed")
