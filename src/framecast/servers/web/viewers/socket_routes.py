"""WebSockets: one player, or a wall of many. docs/reference/http.md describes what is said on them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from framecast.servers.web.context import web_of
from framecast.servers.web.http.connection import connection_of
from framecast.servers.web.http.credentials import link_of
from framecast.servers.web.http.socket import WebSocketResponse
from framecast.servers.web.live.mjpeg_viewer import MjpegOptions
from framecast.servers.web.viewers.picture_routes import (
    DEFAULT_QUALITY,
    Fps,
    Height,
    Quality,
    Src,
    Width,
    jpeg_track,
)
from framecast.servers.web.viewers.player_session import PlayerSession
from framecast.servers.web.viewers.wall_session import WallSession

router = APIRouter(tags=["live"])

_UPGRADE: dict[int | str, dict[str, Any]] = {
    101: {"description": "the connection is a WebSocket now"},
    426: {"description": "the request was no WebSocket handshake"},
}


@router.get(
    "/api/ws", status_code=101, response_class=Response, responses=_UPGRADE, summary="A player's WebSocket"
)
async def player_socket(
    request: Request, src: Src, w: Width = 0, h: Height = 0, q: Quality = DEFAULT_QUALITY, fps: Fps = 0
) -> Response:
    """Play one stream, in go2rtc's message shapes; `w`, `h`, `q` and `fps` are for MJPEG."""
    web = web_of(request)
    track = jpeg_track(w, h, q)
    token = link_of(request.query_params)
    session = PlayerSession(web, web.sight(request), src, track, MjpegOptions(fps), token)
    return WebSocketResponse(session, web.upkeep)


@router.get(
    "/api/ws/wall", status_code=101, response_class=Response, responses=_UPGRADE, summary="A wall's WebSocket"
)
async def wall_socket(request: Request) -> Response:
    """Play many streams over one connection."""
    web = web_of(request)
    session = WallSession(web, web.sight(request))
    connection, _ = connection_of(request.scope)
    web.connections.judge_by(connection, session.on_judged)
    return WebSocketResponse(session, web.upkeep)
