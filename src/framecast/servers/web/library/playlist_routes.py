"""Playlists over HTTP: made, changed, read with those of their videos that one may see."""

from __future__ import annotations

from fastapi import APIRouter, Request

from framecast.errors import NotFound
from framecast.servers.web.context import web_of
from framecast.servers.web.library.calls import call, catalogue_of, change, viewer
from framecast.servers.web.library.overview_shapes import (
    NewPlaylist,
    PlaylistChanges,
    PlaylistShape,
    playlist_shape,
)
from framecast.servers.web.library.shapes import PlaylistId

router = APIRouter(tags=["library"])


@router.get("/api/playlists", summary="Playlists")
async def get_playlists(request: Request) -> dict[str, list[PlaylistShape]]:
    """List the playlists that you may see, without their videos."""
    who = viewer(request)
    catalogue_of(request)
    try:
        found = await call(request, lambda library: library.playlists(who))
    except NotFound:  # nothing was ever stored
        found = []
    return {"playlists": [playlist_shape(one, who, None, _base(request)) for one in found]}


@router.post("/api/playlists", summary="Make a playlist")
async def make_playlist(request: Request, body: NewPlaylist) -> PlaylistShape:
    """Make a playlist; with `videos` these are in it."""
    who = viewer(request)
    given = body.model_dump(exclude={"videos"})
    title = given.pop("title")
    made = await change(
        request, "", lambda library, by: library.add_playlist(who, title, **given, by=by), makes=True
    )
    if body.videos:
        items = body.videos
        made = await change(
            request, "", lambda library, by: library.change_playlist(made.id, who, items=items, by=by)
        )
    return playlist_shape(made, who, None, _base(request))


@router.get("/api/playlists/{id}", summary="One playlist")
async def get_playlist(request: Request, id: PlaylistId) -> PlaylistShape:
    """Give a playlist with those of its videos that you may see, in order."""
    who = viewer(request)
    found, videos = await call(request, lambda library: library.playlist(id, who))
    return playlist_shape(found, who, videos, _base(request))


@router.patch("/api/playlists/{id}", summary="Change a playlist")
async def change_playlist(request: Request, id: PlaylistId, body: PlaylistChanges) -> PlaylistShape:
    """Change title, description, visibility or the videos. For its owner and the admins."""
    who = viewer(request)
    given = body.model_dump(exclude_none=True)
    items = given.pop("videos", None)
    changed = await change(
        request, "", lambda library, by: library.change_playlist(id, who, **given, items=items, by=by)
    )
    return playlist_shape(changed, who, None, _base(request))


@router.delete("/api/playlists/{id}", status_code=204, summary="Delete a playlist")
async def delete_playlist(request: Request, id: PlaylistId) -> None:
    """Delete a playlist; its videos stay. For its owner and the admins."""
    who = viewer(request)
    await change(request, "", lambda library, by: library.delete_playlist(id, who, by=by))


def _base(request: Request) -> str:
    return web_of(request).settings.base_path
