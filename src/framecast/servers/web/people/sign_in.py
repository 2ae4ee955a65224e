"""Signing in by name and password, and signing out, on a node with accounts: the form of /login and its answers. Event loop.

Everything that is wrong has one answer after one time: an unknown name, a wrong password, a locked account. The session is rotated: the one that
the browser had ends.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from framecast.errors import WouldBlock
from framecast.servers.access.credential import SESSION_PREFIX, TOKEN_PREFIX, ShownToken
from framecast.servers.access.people import People
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of, session_of
from framecast.servers.web.http.next_page import LONGEST
from framecast.servers.web.http.session_cookie import cookie_name, set_session
from framecast.servers.web.people.calls import actor
from framecast.servers.web.people.challenge_cookie import Purpose, set_challenge

if TYPE_CHECKING:
    from framecast.accounts import Accounts

SESSION_S = 30 * 86400.0
TOKEN_S = 400 * 86400.0  # the longest that browsers keep a cookie (RFC 6265bis section 5.5)
WRONG = "This name and password do not match an account."
BUSY = "Many people sign in right now. Try again in a few seconds."
_MESSAGE = b"<!-- message -->"
_NEXT_FIELD = b"<!-- next -->"
Form = Mapping[str, list[str]]


def sign_in_page(request: Request, status: int = 200, message: str = "", wanted: str = "") -> Response:
    """Return the page on which people sign in; a message is read out by screen readers."""
    said = f'<p class="error" role="alert">{html.escape(message)}</p>' if message else ""
    field = f'<input type="hidden" name="next" value="{html.escape(wanted[:LONGEST], quote=True)}">'
    page = web_of(request).assets.page("sign-in").body
    body = page.replace(_MESSAGE, said.encode()).replace(_NEXT_FIELD, field.encode())
    return Response(body, status, {"Cache-Control": "no-store"}, media_type="text/html; charset=utf-8")


async def sign_in(request: Request, people: People, form: Form, wanted: str, target: str) -> Response:
    """Answer the form: a session and the way to `target`, a second step, or the page again."""
    settings, address = web_of(request).settings, address_of(request.scope)
    name, password = form.get("name", [""])[0].strip(), form.get("password", [""])[0]
    agent, before = request.headers.get("user-agent", ""), own_session(request)
    try:
        done = await people.call(
            lambda accounts: accounts.sign_in(name, password, address, agent, replaces=before),
            is_sign_in=True,
        )
    except WouldBlock:
        return sign_in_page(request, 503, BUSY, wanted)
    await asyncio.sleep(done.delay_s)
    if done.wait_s:
        return sign_in_page(
            request, 429, f"Too many tries. Wait {wait_words(done.wait_s)}, then try again.", wanted
        )
    if done.second_factor is not None:
        return _second_step(request, done.second_factor, wanted)
    if done.session is None:
        return sign_in_page(request, 401, WRONG, wanted)
    answer = RedirectResponse(target, 303)
    set_session(answer, request, settings, done.session, SESSION_S)
    return answer


async def sign_in_by_token(request: Request, people: People, text: str, wanted: str, target: str) -> Response:
    """Let a browser keep a token of an account as its session: a screen on the wall does, which nobody signs in."""
    found = await people.identify(ShownToken(text))
    if not isinstance(found, Principal) or found.kind is Kind.MEDIA:
        return sign_in_page(request, 401, "This is not a token of this server, or it has ended.", wanted)
    answer = RedirectResponse(target, 303)
    set_session(answer, request, web_of(request).settings, text, TOKEN_S)
    return answer


async def end_session(request: Request, people: People) -> str:
    """End the session of this browser; return by what it was opened (`accounts.factor`), '' if it had none."""
    secret = own_session(request)
    if not secret.startswith(SESSION_PREFIX):  # a token goes on for what else uses it
        return ""
    return await people.call(_ending(secret, address_of(request.scope)))


def own_session(request: Request) -> str:
    """Return the secret of the session that the browser has, '' without one."""
    name = cookie_name(web_of(request).settings, request.url.scheme)
    found = session_of(request.headers, name)
    return found if found.startswith((SESSION_PREFIX, TOKEN_PREFIX)) else ""


def wait_words(wait_s: float) -> str:
    """Return how long to wait, for people."""
    if wait_s < 90:
        return "1 second" if wait_s < 1 else f"{int(wait_s) + 1} seconds"
    return f"{int(wait_s / 60) + 1} minutes"


def _ending(secret: str, address: str) -> Callable[[Accounts], str]:
    def end(accounts: Accounts) -> str:
        found = accounts.identify(secret, address)
        if found is None:
            return ""
        sessions = accounts.sessions(found.account)
        by = actor(found.account, address)
        accounts.end_session(found.credential, account=found.account, by=by)
        return next((str(one.factor) for one in sessions if one.id == found.credential), "")

    return end


def _second_step(request: Request, secret: str, wanted: str) -> Response:
    answer = RedirectResponse(f"login/second?next={quote(wanted[:LONGEST])}", 303)
    set_challenge(answer, request, web_of(request).settings, Purpose.SECOND, secret)
    return answer
