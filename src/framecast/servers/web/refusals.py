"""What a client is answered that the gate does not admit. Pure: a refusal in, a response out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from framecast.servers.access.principal import Requirement
from framecast.servers.access.refusal import LINK_SENTENCES, Reason, Refusal
from framecast.servers.web.http.answers import say
from framecast.servers.web.http.error_page import wants_page, way_up
from framecast.servers.web.http.next_page import wanted_page
from framecast.servers.web.http.route_row import Row
from framecast.servers.web.route_table import row_of

BASIC_HINT = "Basic authentication opens GET and HEAD, and nothing for pages of other sites: send 'Authorization: Bearer TOKEN', or use a link"
BEFORE_SETUP = (
    "this server has no accounts yet, so the setup comes first: open its page /setup at the address that its terminal shows, "
    "or that 'framecast setup' prints on its machine"
)
UNKNOWN_NAME = "the proxy has signed in somebody who has no account here, or one that is locked: an admin makes it under this name on the page People"
_HINT = "this server needs its access token: send 'Authorization: Bearer TOKEN', or log in on the page /login"
# What is wrong with the link itself is 401; a good link for something else is 403.
_LINK_STATUS: Mapping[Reason, int] = {Reason.LINK_STREAM: 403, Reason.LINK_SCOPE: 403}


def denied(status: int, message: str) -> Response:
    """Return an answer for a request that is not allowed."""
    return say(status, "Denied", message)


def link_refused(refusal: Refusal) -> Response:
    """Return the answer for a share link that does not open what it was shown for."""
    return denied(_LINK_STATUS.get(refusal.reason, 401), LINK_SENTENCES[refusal.reason])


def too_many(wait_s: float) -> Response:
    """Return the answer for an address that guesses."""
    wait = str(int(wait_s) + 1)
    return say(
        429, "Denied", f"too many wrong tokens came from this address: wait {wait} s", {"Retry-After": wait}
    )


def challenge(row: Row, headers: Headers) -> Response:
    """Ask for the token. Players want to be asked for Basic before they send it; a browser would open a window of its own for it."""
    answer = say(401, "Denied", _HINT, {"WWW-Authenticate": 'Bearer realm="framecast"'})
    is_player = not headers.get("user-agent", "").startswith("Mozilla/")
    if row.requirement in (Requirement.WATCH, Requirement.LIBRARY, Requirement.ROOM) and is_player:
        answer.headers.append("WWW-Authenticate", 'Basic realm="framecast", charset="UTF-8"')
    return answer


def ask_to_sign_in(request: Request) -> Response:
    """Return the answer for what is not public, or not there: to somebody who has not signed in these are the same."""
    path: str = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    if request.method == "GET" and wants_page(request.headers.get("accept", "")):
        return to_login(path, request.url.query)
    return challenge(row_of(request.method, path), request.headers)


def to_login(path: str, query: str = "") -> Response:
    """Send a person to the login page, relative to where they are: the prefix may be known to the proxy only."""
    wanted = quote(wanted_page(path, query), safe="/")
    return RedirectResponse(f"{way_up(path)}login" + (f"?next={wanted}" if wanted else ""), 303)
