"""The pages of the library. What they show comes from the routes below /api; the page of a video that everybody may see describes it for links."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from framecast.errors import NotFound
from framecast.model.rights import Scope
from framecast.servers.access.principal import Kind
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import PARAMETER, principal_of
from framecast.servers.web.library.calls import call, catalogue_of, find_video, viewer
from framecast.servers.web.library.video_card import has_card, with_card
from framecast.servers.web.page import page_answer

router = APIRouter(include_in_schema=False)


@router.get("/videos")
async def videos_page(request: Request) -> Response:
    """List the videos. Somebody who has not signed in sees the page if there is something public."""
    catalogue_of(request)
    if principal_of(request.scope).kind is Kind.ANONYMOUS:
        who = viewer(request)
        found = await call(request, lambda library: library.videos(who, most=1))
        if not found.videos:
            raise NotFound("no video here is public")  # which asks to sign in
    return page_answer(request, "videos")


@router.get("/videos/manage")
async def manage_page(request: Request) -> Response:
    """Show storage, jobs and reports to admins."""
    catalogue_of(request)
    return page_answer(request, "videos-manage")


@router.get("/videos/{id}")
async def video_page(request: Request, id: str) -> Response:
    """Show one video."""
    return await _page(request, id, "video")


@router.get("/videos/{id}/embed")
async def embed_page(request: Request, id: str) -> Response:
    """Show a video alone, for frames: also of the sites in `origins`."""
    return await _page(request, id, "video-embed")


async def _page(request: Request, id: str, name: str) -> Response:
    video = await find_video(request, id, Scope.WATCH)
    page = web_of(request).assets.page(name)
    if not has_card(video):
        return page_answer(request, name)
    root = str(request.base_url)
    is_private = PARAMETER in request.query_params or principal_of(request.scope).kind is not Kind.ANONYMOUS
    headers = {"Cache-Control": "private, no-cache" if is_private else "no-cache"}
    return Response(with_card(page.body, video, root), media_type=page.media_type, headers=headers)
