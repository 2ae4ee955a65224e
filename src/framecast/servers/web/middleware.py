"""The door: every request passes here before anything else sees it.

ASGI middleware. In this order: the prefix of a reverse proxy, the Host header, the access token, requests that
foreign pages forge, the size of the body. Every answer leaves with the security headers.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from starlette.datastructures import Headers, QueryParams
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framecast.model import number
from framecast.model.host import is_this_machine
from framecast.servers.access.gate import Gate
from framecast.servers.access.token import COOKIE
from framecast.servers.web.answers import SECURITY_HEADERS, say
from framecast.servers.web.link_door import MEDIA, PARAMETER, LinkDoor
from framecast.servers.web.origin import (
    SAFE_METHODS,
    is_known_origin,
    is_local_name,
    is_same_origin,
    wrong_host,
)
from framecast.servers.web.proxies import TrustedProxies
from framecast.servers.web.requests import Requests
from framecast.servers.web.settings import WebSettings

MAX_BODY_BYTES = 64 << 10
# What a stranger may see: that the server lives, and the page where the token is typed in.
_FREE = ("/healthz", "/readyz", "/login")
_FREE_FOLDER = "/static/"
# Pictures may stand in pages of other origins, as cameras' pictures do everywhere; they carry no cookie there. So may the player.
_MEDIA = ("/api/stream.mjpeg", "/api/frame.jpeg", "/api/stream.mp4", "/api/frame.mp4", "/static/player.js")
# Browsers let any page open a WebSocket to anywhere, with cookies; nothing but the server can refuse that.
_SOCKETS = ("/api/ws", "/api/ws/wall")


# Browsers send it by themselves, so it changes nothing, and a page of another site gets nothing by it.
_BASIC_METHODS = ("GET", "HEAD")
_BASIC_HINT = "Basic authentication opens GET and HEAD, and nothing for pages of other sites: send 'Authorization: Bearer TOKEN', or use a link"
_HINT = "this server needs its access token: send 'Authorization: Bearer TOKEN', or log in on the page /login"
WITHOUT_REFERRER = (
    *((name, value) for name, value in SECURITY_HEADERS if name != b"referrer-policy"),
    (b"referrer-policy", b"no-referrer"),
)


class GateMiddleware:
    """Lets requests through to `app`, or answers them itself. `address` is where the server listens."""

    def __init__(
        self,
        app: ASGIApp,
        settings: WebSettings,
        address: str,
        gate: Gate | None,
        requests: Requests,
        door: LinkDoor,
    ) -> None:
        self._app = app
        self._door = door
        self._base = settings.base_path
        self._hosts = tuple(host.lower() for host in settings.hosts)
        self._origins = settings.origins
        # Only this machine can reach it, so only a rebound name can bring a foreign page here.
        self._local_names_only = gate is None and is_this_machine(address)
        self._gate = gate
        self._requests = requests
        self._clients = TrustedProxies(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = self._strip(scope)
        extra = (b"cross-origin-resource-policy", b"cross-origin" if path in _MEDIA else b"same-origin")

        status = 0
        query = QueryParams(scope["query_string"])
        always = WITHOUT_REFERRER if PARAMETER in query else SECURITY_HEADERS

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *always, extra]
            await send(message)

        headers = Headers(scope=scope)
        self._clients.introduce(scope, headers)
        refusal = self._refuse(scope, path, headers, query)
        try:
            if refusal is not None:
                await refusal(scope, receive, send_guarded)
            else:
                await self._app(scope, _limited(receive), send_guarded)
        finally:
            # Without a status the connection was handed over to a viewer.
            self._requests.add(scope, status or (101 if path in _SOCKETS else 200))

    def _strip(self, scope: Scope) -> str:
        """Return the path below the prefix, whether the proxy has cut it off or not."""
        path: str = scope["path"]
        scope["root_path"] = self._base
        if self._base and (path == self._base or path.startswith(self._base + "/")):
            return path[len(self._base) :]
        if self._base:
            scope["path"] = self._base + path
        return path

    def _refuse(self, scope: Scope, path: str, headers: Headers, query: QueryParams) -> Response | None:
        if self._base and path == "":
            return RedirectResponse(f"{self._base.rsplit('/', 1)[1]}/", 307)
        wrong = wrong_host(headers.getlist("host"), scope["http_version"])
        if wrong:
            return say(400, "Invalid", wrong)
        if self._local_names_only and not is_local_name(headers.get("host", ""), self._hosts):
            return say(
                421,
                "Denied",
                "this server answers on this machine only, under the names localhost and 127.0.0.1: "
                "add the name to 'hosts' under 'web' if a proxy passes it on",
            )
        is_explicit = False
        if self._gate is not None and not _is_free(path):
            refusal, is_explicit = self._check_token(scope, path, headers, query, self._gate)
            if refusal is not None:
                return refusal
        if self._is_foreign(scope, path, headers) and not is_explicit:
            return say(
                403,
                "Denied",
                "a page of another origin may not change anything here, nor open a WebSocket unless its site is "
                "among the 'origins' of the configuration",
            )
        length = headers.get("content-length", "0")
        if not is_length(length):
            return say(413, "Invalid", f"a request's body may have {MAX_BODY_BYTES} bytes at most")
        return None

    def _is_foreign(self, scope: Scope, path: str, headers: Headers) -> bool:
        """True for what a page of another site may not do."""
        if path in _SOCKETS and is_known_origin(headers, self._origins):
            return False
        is_risky = scope["method"] not in SAFE_METHODS or path in _SOCKETS
        return is_risky and not is_same_origin(headers)

    def _check_token(
        self, scope: Scope, path: str, headers: Headers, query: QueryParams, gate: Gate
    ) -> tuple[Response | None, bool]:
        """Why the request may not come in, None if it may; and whether it shows what no browser sends by itself."""
        if gate.token.knows_session(session_of(headers)):
            return None, False
        scheme, shown = shown_token(headers)
        if scheme != "bearer" and PARAMETER in query:
            return self._door.refuse(scope, path, query), True
        if scheme == "basic" and not (scope["method"] in _BASIC_METHODS and is_same_origin(headers)):
            return say(403, "Denied", _BASIC_HINT), False
        if shown:
            verdict = gate.judge(shown, address_of(scope))
            if verdict.is_right:
                return None, scheme == "bearer"
            if verdict.wait_s:
                return too_many(verdict.wait_s), False
        if scheme != "bearer" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            return _to_login(path), False
        return _challenge(path, headers), False


def address_of(scope: Scope) -> str:
    """Return the client's address, as `TrustedProxies` has found it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def session_of(headers: Headers) -> str:
    """Return the session cookie, '' if there is none. Other cookies of this host may be of any form (RFC 6265 section 4.2)."""
    for cookies in headers.getlist("cookie"):
        for cookie in cookies.split(";"):
            name, _, value = cookie.partition("=")
            if name.strip() == COOKIE:
                return value.strip().strip('"')
    return ""


def too_many(wait_s: float) -> Response:
    """Return the answer for an address that guesses."""
    wait = str(int(wait_s) + 1)
    return say(429, "Denied", f"too many wrong tokens came from here: wait {wait} s", {"Retry-After": wait})


def is_length(text: str) -> bool:
    """Return whether a Content-Length is one that is taken."""
    return number.is_digits(text, 19) and number.integer(text, 0, 1 << 64) <= MAX_BODY_BYTES


def shown_token(headers: Headers) -> tuple[str, str]:
    """Return the scheme (`bearer`, `basic`) and the token that a request shows, '' and '' without one.

    With Basic (RFC 7617) the token is the password, and the user is whoever they like.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    scheme, value = scheme.lower(), value.strip()
    if scheme == "bearer" and value:
        return scheme, value
    if scheme != "basic":
        return "", ""
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except ValueError:
        return scheme, ""
    return scheme, pair.partition(":")[2]


def _challenge(path: str, headers: Headers) -> Response:
    """Ask for the token. Players want to be asked for Basic before they send it; a browser would open a window of its own for it."""
    answer = say(401, "Denied", _HINT, {"WWW-Authenticate": 'Bearer realm="framecast"'})
    if path in MEDIA and not headers.get("user-agent", "").startswith("Mozilla/"):
        answer.headers.append("WWW-Authenticate", 'Basic realm="framecast", charset="UTF-8"')
    return answer


def _is_free(path: str) -> bool:
    return path in _FREE or path.startswith(_FREE_FOLDER)


def _to_login(path: str) -> Response:
    """Send a person to the login page, relative to where they are: the prefix may be known to the proxy only."""
    up = "../" * (path.count("/") - 1)
    wanted = quote(path.lstrip("/"), safe="/")
    return RedirectResponse(f"{up}login" + (f"?next={wanted}" if wanted else ""), 303)


def _limited(receive: Receive) -> Receive:
    """Cut a body that is longer than it said, or said nothing (chunked)."""
    left = MAX_BODY_BYTES

    async def receive_limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            return {"type": "http.disconnect"}
        return message

    return receive_limited
