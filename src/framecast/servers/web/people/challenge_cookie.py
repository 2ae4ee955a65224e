"""Cookies that bind the first half of something to the browser that asked for it: a login to its second factor, a challenge to its answer.

They live a few minutes and hold a secret whose other half is in the database. Names as `session_cookie` has them.
"""

from __future__ import annotations

from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from framecast.servers.web.http.credentials import session_of
from framecast.servers.web.http.session_cookie import cookie_name
from framecast.servers.web.settings import WebSettings


class Purpose(StrEnum):
    """What a cookie is for."""

    SECOND = "second"
    PASSKEY = "passkey"
    OIDC = "oidc"


AGE_S = {Purpose.SECOND: 600, Purpose.PASSKEY: 300, Purpose.OIDC: 600}


def challenge_of(request: Request, settings: WebSettings, purpose: Purpose) -> str:
    """Return the secret that the browser has, '' without one."""
    name = _name(request, settings, purpose)
    found = session_of(request.headers, name)
    return found if found.startswith("fcc_") else ""


def set_challenge(
    answer: Response, request: Request, settings: WebSettings, purpose: Purpose, secret: str
) -> None:
    """Let the browser keep a secret. `lax`: a provider sends the browser back from another site."""
    _set(answer, request, settings, purpose, secret, AGE_S[purpose])


def drop_challenge(answer: Response, request: Request, settings: WebSettings, purpose: Purpose) -> None:
    """Let the browser forget a secret."""
    _set(answer, request, settings, purpose, "", 0)


def _set(
    answer: Response, request: Request, settings: WebSettings, purpose: Purpose, value: str, age_s: int
) -> None:
    is_secure = request.url.scheme == "https"
    answer.set_cookie(
        _name(request, settings, purpose),
        value,
        max_age=age_s,
        path="/" if is_secure else settings.base_path or "/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def _name(request: Request, settings: WebSettings, purpose: Purpose) -> str:
    return f"{cookie_name(settings, request.url.scheme)}-{purpose}"
