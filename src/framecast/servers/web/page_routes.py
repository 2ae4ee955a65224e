"""The pages, the files that they load, and login and logout."""

from __future__ import annotations

import html
from importlib import import_module
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from framecast.errors import FramecastError, Invalid, NotFound
from framecast.servers.access.credential import TOKEN_PREFIX, ShownToken
from framecast.servers.access.finding import find_stream
from framecast.servers.access.principal import Principal, Requirement
from framecast.servers.access.refusal import Refusal
from framecast.servers.access.token import COOKIE, SESSION_S
from framecast.servers.web.context import WebContext, web_of
from framecast.servers.web.http.credentials import address_of
from framecast.servers.web.http.next_page import LONGEST, safe_next
from framecast.servers.web.http.session_cookie import delete_session
from framecast.servers.web.page import asset_answer, page_answer
from framecast.servers.web.people import sign_in

router = APIRouter(include_in_schema=False)

_MESSAGE = b"<!-- message -->"
_NEXT_FIELD = b"<!-- next -->"


@router.get("/")
async def streams_page(request: Request) -> Response:
    """List the streams."""
    return page_answer(request, "index")


@router.get("/streams/{name}")
async def stream_page(request: Request, name: str) -> Response:
    """Show one stream; the page reads its name from its own address. While the node does not answer, the page says so and waits."""
    try:
        await find_stream(web_of(request).node, web_of(request).sight(request), name)
    except (NotFound, Invalid):
        raise NotFound(
            f"there is no stream named {name:.80}: it was removed, or its name is spelled differently"
        ) from None
    except FramecastError:
        pass
    return page_answer(request, "stream")


@router.get("/docs")
async def docs_page(request: Request) -> Response:
    """Describe the API for people, from /openapi.json."""
    return page_answer(request, "docs")


@router.get("/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    """Give a file that pages load."""
    return asset_answer(request, web_of(request).assets.static(name))


@router.get("/static/vendor/{name}")
async def vendor_file(request: Request, name: str) -> Response:
    """Give a file of other projects that pages load; its name has its version."""
    return asset_answer(request, web_of(request).assets.static(f"vendor/{name}"))


@router.get("/login")
async def login_page(request: Request) -> Response:
    """Ask for the access token, or for the name and the password of an account."""
    web, wanted = web_of(request), request.query_params.get("next", "")
    if web.gate.is_open:
        return RedirectResponse("./", 303)
    if web.people is not None:
        return sign_in.sign_in_page(request, wanted=wanted)
    return _login(web, 200, "", wanted)


@router.post("/login")
async def login(request: Request) -> Response:
    """Turn the access token, or a name and a password, into a session cookie."""
    web = web_of(request)
    form = parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)
    wanted = form.get("next", [""])[0]
    if web.people is not None and "name" in form:
        return await sign_in.sign_in(request, web.people, form, wanted, safe_next(wanted))
    shown = form.get("token", [""])[0].strip()
    if web.people is not None and shown.startswith(TOKEN_PREFIX):
        return await sign_in.sign_in_by_token(request, web.people, shown, wanted, safe_next(wanted))
    token = web.gate.token
    if token is None and web.people is None:
        return RedirectResponse("./", 303)
    found = web.gate.admit(address_of(request.scope), ShownToken(shown), Requirement.READ)
    if not isinstance(found, Principal) or token is None:
        wait_s = found.wait_s if isinstance(found, Refusal) else 0.0
        words = (
            f"Too many wrong tokens. Wait {int(wait_s) + 1} seconds."
            if wait_s
            else "This is not the access token."
        )
        if web.people is not None:
            return sign_in.sign_in_page(request, 429 if wait_s else 401, words, wanted)
        return _login(web, 429 if wait_s else 401, words, wanted)
    answer = RedirectResponse(safe_next(wanted), 303)
    answer.set_cookie(
        COOKIE,
        token.new_session(),
        max_age=SESSION_S,
        path=web.settings.base_path or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/logout")
async def logout(request: Request) -> Response:
    """End the session of this browser, and the one at the provider that opened it. A script asks for JSON, and gets the `url` to go to."""
    people, target = web_of(request).people, "login"
    if people is not None and await sign_in.end_session(request, people) == "oidc":
        # Here, because a node without accounts does without it.
        provider = import_module("framecast.servers.web.people.oidc_routes")
        target = await provider.logout_url(request) or target
    wants_json = "application/json" in request.headers.get("accept", "")
    answer: Response = JSONResponse({"url": target}) if wants_json else RedirectResponse(target, 303)
    answer.headers["Cache-Control"] = "no-store"
    if people is not None:
        delete_session(answer, request, web_of(request).settings)
    answer.delete_cookie(
        COOKIE, path=web_of(request).settings.base_path or "/", httponly=True, samesite="strict"
    )
    return answer


def _login(web: WebContext, status: int, message: str, wanted: str) -> Response:
    """Give the login page; a message is read out by screen readers."""
    said = f'<p class="error" role="alert">{html.escape(message)}</p>' if message else ""
    field = f'<input type="hidden" name="next" value="{html.escape(wanted[:LONGEST], quote=True)}">'
    body = web.assets.page("login").body.replace(_MESSAGE, said.encode()).replace(_NEXT_FIELD, field.encode())
    return Response(body, status, {"Cache-Control": "no-store"}, media_type="text/html; charset=utf-8")
