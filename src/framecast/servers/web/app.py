"""The application: its routes, the gate in front of them, and how errors become answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from framecast import __version__
from framecast.errors import FramecastError, NotFound
from framecast.model.sentence import key_of, sentence
from framecast.servers.web import health_routes, page_routes
from framecast.servers.web.context import WebContext
from framecast.servers.web.http.answers import error_answer, nothing_at, say
from framecast.servers.web.http.body_limit import TOO_LONG, too_long
from framecast.servers.web.http.credentials import is_anonymous
from framecast.servers.web.http.openapi import ERRORS, describe
from framecast.servers.web.library import (
    overview_routes,
    playlist_routes,
    recording_routes,
    upload_routes,
    video_data_routes,
    video_media_routes,
    video_pages,
    video_part_routes,
    video_routes,
)
from framecast.servers.web.middleware import GateMiddleware
from framecast.servers.web.people import link_routes, setup_routes
from framecast.servers.web.refusals import ask_to_sign_in
from framecast.servers.web.rooms import pages as room_pages
from framecast.servers.web.rooms import people_routes as room_people_routes
from framecast.servers.web.rooms import room_routes, talk_routes
from framecast.servers.web.rooms import rows as room_rows
from framecast.servers.web.route_table import row_of
from framecast.servers.web.streams import address_routes, stream_routes, trial_routes
from framecast.servers.web.viewers import mp4_routes, picture_routes, socket_routes

# The routes of people and access, in the order of the API's page; they exist if there are accounts.
PEOPLE = (
    "me_routes",
    "token_routes",
    "share_routes",
    "account_routes",
    "group_routes",
    "audit_routes",
    "entry_routes",
    "second_routes",
    "factor_routes",
    "oidc_routes",
    "pages",
)


def create_app(web: WebContext) -> FastAPI:
    """Return the application around `web`."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        web.start()
        yield
        await web.close()

    app = FastAPI(
        title="Framecast",
        version=__version__,
        description="Live video from any source, for browsers and programs.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        root_path_in_servers=False,
    )
    app.state.web = web
    for module in (
        stream_routes,
        trial_routes,
        socket_routes,
        mp4_routes,
        picture_routes,
        link_routes,
        address_routes,
        health_routes,
        setup_routes,
        page_routes,
        video_routes,
        video_part_routes,
        video_media_routes,
        video_data_routes,
        playlist_routes,
        recording_routes,
        overview_routes,
        upload_routes,
        video_pages,
        room_routes,
        talk_routes,
        room_people_routes,
        room_pages,
    ):
        app.include_router(module.router, responses=ERRORS)
    # Before all others, and without what FastAPI does for a route: after an outage thousands come in at once, and that was a quarter of their cost.
    way_in = Route(room_rows.SOCKET, talk_routes.open_socket, methods=["GET"], include_in_schema=False)
    app.router.routes.insert(0, way_in)
    if web.people is not None:
        # Here, because an open node does without them: their models and what they describe.
        for name in PEOPLE:
            app.include_router(import_module(f"framecast.servers.web.people.{name}").router, responses=ERRORS)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    app.add_exception_handler(FramecastError, _on_framecast_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(ClientDisconnect, _on_cut_off)
    app.add_middleware(GateMiddleware, web=web)
    return app


async def _on_framecast_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, FramecastError)
    if isinstance(error, NotFound) and is_anonymous(request.scope):
        return ask_to_sign_in(request)  # it may be there for somebody who has an account
    return error_answer(error)


async def _on_invalid(_request: Request, error: Exception) -> Response:
    """Say what is wrong with a parameter in one sentence."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = tuple(part for part in first["loc"] if part not in ("query", "body"))
    if first["type"] == "json_invalid":
        where = ()
    return say(400, "Invalid", f"{key_of(where) or 'the body'}: {sentence(first, secret=False)}")


async def _on_cut_off(request: Request, _error: Exception) -> Response:
    """Answer a request whose body was too long. One whose client has left is no error of the server; nobody reads its answer."""
    if TOO_LONG in request.scope:
        return say(413, "Invalid", too_long(request.scope[TOO_LONG]))
    return say(400, "Invalid", "the request ended before its body was here")


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return nothing_at(request.url.path, headers)
    if error.status_code == 405:
        # Each method is a route of its own, and the error comes from the first of them.
        path = request.url.path.removeprefix(request.scope.get("root_path", ""))
        methods = describe(request.app)["paths"].get(row_of(request.method, path).path, {})
        headers["Allow"] = ", ".join(sorted(methods)).upper() or headers.get("Allow", "GET")
        return say(405, "Invalid", f"{request.method} is not possible here, only {headers['Allow']}", headers)
    if error.__cause__ is not None and error.status_code == 400:
        return say(400, "Invalid", "the body is not valid JSON", headers)
    return say(error.status_code, "Invalid", str(error.detail), headers)
