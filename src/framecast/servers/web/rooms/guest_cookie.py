"""The cookie by which a guest of rooms is the same one tomorrow: a secret of this browser. Others see only an id that is made of it.

Its name is as of the session's cookie. Nobody can make the id of somebody else: that would need the secret. Pure but for randomness.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from framecast.servers.rooms.admission import guest_id
from framecast.servers.web.http.credentials import session_of
from framecast.servers.web.http.session_cookie import cookie_name
from framecast.servers.web.http.sharing import GUEST_HEADER
from framecast.servers.web.settings import WebSettings

AGE_S = 400 * 86400  # browsers keep none longer
_BYTES = 24
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_GUEST = "framecast.guest"  # in the scope of a request


@dataclass(frozen=True, slots=True)
class GuestCookie:
    """The secret of a browser. `is_new`: it was made just now. `is_of_page`: a page of another site has shown it, and keeps it itself."""

    secret: str = field(repr=False)
    is_new: bool
    is_of_page: bool = False

    @property
    def id(self) -> str:
        """What others may know."""
        return guest_id(self.secret)


def guest_of(request: Request, settings: WebSettings) -> GuestCookie:
    """Return the secret that the browser has shown, or a new one: the same for all of this request."""
    known = request.scope.get(_GUEST)
    if isinstance(known, GuestCookie):
        return known
    by_page = request.headers.get(GUEST_HEADER, "")
    if is_guest_secret(by_page):
        return GuestCookie(by_page, is_new=False, is_of_page=True)
    shown = session_of(request.headers, _name(request, settings))
    is_new = not is_guest_secret(shown)
    found = GuestCookie(secrets.token_urlsafe(_BYTES) if is_new else shown, is_new)
    request.scope[_GUEST] = found
    return found


def is_guest_secret(text: object) -> bool:
    """Return whether something has the form of a guest's secret: 24 bytes in the letters of base64url."""
    return isinstance(text, str) and _SECRET.fullmatch(text) is not None


def set_guest(answer: Response, request: Request, settings: WebSettings, guest: GuestCookie) -> None:
    """Let the browser keep its secret; every visit begins its time again."""
    if guest.is_of_page:
        return
    is_secure = request.scope["scheme"] == "https"
    answer.set_cookie(
        _name(request, settings),
        guest.secret,
        max_age=AGE_S,
        path="/" if is_secure else settings.base_path or "/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def _name(request: Request, settings: WebSettings) -> str:
    return f"{cookie_name(settings, request.scope['scheme'])}-guest"
