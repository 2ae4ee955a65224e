"""The cookie that holds the session of an account: its name, how it is set and how it is deleted.

On HTTPS it is `__Host-framecast`: browsers take that name only from this very host, and send it encrypted only. On plain HTTP the name is
one of this node, because browsers send the cookies of a host to all its ports. (The session of the shared token has a cookie of its own.)
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from framecast.servers.web.settings import WebSettings

SECURE_NAME = "__Host-framecast"


def cookie_name(settings: WebSettings, scheme: str) -> str:
    """Return the name of the cookie for requests by `scheme`, http or https, as the browser sees it."""
    return SECURE_NAME if scheme == "https" else _plain_name(str(settings.data_dir or settings.port))


@lru_cache(maxsize=8)  # every request asks
def _plain_name(node: str) -> str:
    return f"framecast-{hashlib.sha256(node.encode()).hexdigest()[:8]}"


def set_session(answer: Response, request: Request, settings: WebSettings, secret: str, age_s: float) -> None:
    """Let the browser keep a new session for `age_s`, in place of one that it has."""
    scheme = request.url.scheme
    answer.set_cookie(
        cookie_name(settings, scheme),
        secret,
        max_age=int(age_s),
        path="/" if scheme == "https" else settings.base_path or "/",
        secure=scheme == "https",
        httponly=True,
        samesite="lax",
    )


def delete_session(answer: Response, request: Request, settings: WebSettings) -> None:
    """Let the browser forget its session."""
    scheme = request.url.scheme
    answer.delete_cookie(
        cookie_name(settings, scheme),
        path="/" if scheme == "https" else settings.base_path or "/",
        secure=scheme == "https",
        httponly=True,
        samesite="lax",
    )
