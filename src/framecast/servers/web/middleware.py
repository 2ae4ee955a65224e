"""The gate in front of the web server: every request passes here before anything else sees it.

ASGI middleware. In this order: the prefix of a reverse proxy, the Host header, the credential, requests that
foreign pages forge, the size of the body. Every answer leaves with the security headers.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers, QueryParams
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framecast.errors import FramecastError, Invalid
from framecast.model.host import is_this_machine
from framecast.servers.access.credential import LinkToken, ProxyName, SessionCookie, ShownToken
from framecast.servers.access.finding import find_stream
from framecast.servers.access.policy import Sight, Verdict, may, not_allowed
from framecast.servers.access.principal import Principal, Requirement
from framecast.servers.access.refusal import Reason, Refusal
from framecast.servers.web.context import WebContext
from framecast.servers.web.http.answers import (
    STRICT_TRANSPORT,
    error_answer,
    nothing_at,
    say,
    security_headers,
)
from framecast.servers.web.http.body_limit import is_length, limited, too_long
from framecast.servers.web.http.connection import connection_of
from framecast.servers.web.http.credentials import (
    PARAMETER,
    address_of,
    authorization_of,
    note_principal,
    session_of,
)
from framecast.servers.web.http.early_answer import send_start
from framecast.servers.web.http.error_page import wants_page
from framecast.servers.web.http.origin import (
    SAFE_METHODS,
    foreign_words,
    host_name,
    is_known_origin,
    is_local_name,
    is_same_origin,
    stays_secure,
    wrong_host,
)
from framecast.servers.web.http.proxies import TrustedProxies
from framecast.servers.web.http.route_row import Names, Row
from framecast.servers.web.http.session_cookie import cookie_name
from framecast.servers.web.http.sharing import Pairs, leave_for, sharing_of
from framecast.servers.web.library.rows import video_of
from framecast.servers.web.refusals import (
    BASIC_HINT,
    BEFORE_SETUP,
    UNKNOWN_NAME,
    challenge,
    denied,
    link_refused,
    to_login,
    too_many,
)
from framecast.servers.web.rooms.rows import is_way_in, key_of, subject_of
from framecast.servers.web.route_table import row_of

# Browsers send Basic by themselves, so it changes nothing, and a page of another site gets nothing by it. So does a link.
_READING_METHODS = ("GET", "HEAD")
_BY_LINK = (Requirement.WATCH, Requirement.LIBRARY, Requirement.ROOM)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is judged. `path` is below the prefix; `row` says what it requires; `named` is the account that a trusted proxy names."""

    scope: Scope
    path: str
    row: Row
    headers: Headers
    query: QueryParams
    named: str | None


_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}")


class GateMiddleware:
    """Lets requests through to `app`, or answers them itself."""

    def __init__(self, app: ASGIApp, web: WebContext) -> None:
        settings = web.settings
        self._app = app
        self._web = web
        self._base = settings.base_path
        self._hosts = tuple(host.lower() for host in settings.hosts)
        self._origins = settings.origins
        self._headers = security_headers(settings.origins)
        self._without_referrer = (
            *((name, value) for name, value in self._headers if name != b"referrer-policy"),
            (b"referrer-policy", b"no-referrer"),
        )
        self._has_tls = settings.tls_cert_file is not None
        # Only this machine can reach it, so only a rebound name can bring a foreign page here.
        self._local_names_only = web.gate.is_open and is_this_machine(web.address)
        self._proxies = TrustedProxies(settings.trusted_proxies, settings.trusted_user_header)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = self._strip(scope)
        row = row_of(scope["method"], path)
        if self._web.rooms is not None and is_way_in(row):
            await self._web.rooms.turnstile.wait()
        status = 0
        query = QueryParams(scope["query_string"])
        always = self._without_referrer if PARAMETER in query else self._headers
        headers = Headers(scope=scope)
        readable = row_of("GET", path) if scope["method"] == "OPTIONS" else row
        sharing = sharing_of(readable, headers, self._origins, has_token=PARAMETER in query)
        extra = (*row.sharing_headers, *sharing)
        leave = leave_for(readable, headers, sharing) if scope["method"] == "OPTIONS" else ()
        if self._has_tls and stays_secure(headers.get("host", "")):
            always = (*always, STRICT_TRANSPORT)

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *always, *extra]
                await send_start(scope, message, send)
            else:
                await send(message)

        named = self._proxies.user(scope, headers) if self._web.people is not None else None
        self._proxies.introduce(scope, headers)
        asked = _Request(scope, path, row, headers, query, named)
        refusal = Response(status_code=204, headers=_texts(leave)) if leave else await self._refuse(asked)
        try:
            if refusal is not None:
                # A browser hides why a handshake was refused: the player asks again without one.
                if row.is_socket:
                    refusal.headers["Access-Control-Allow-Origin"] = "*"
                await refusal(scope, receive, send_guarded)
            else:
                await self._app(scope, limited(scope, receive, row.body_bytes), send_guarded)
        finally:
            # Without a status the connection was handed over to a viewer.
            self._web.requests.add(scope, status or (101 if row.is_socket else 200))

    def _strip(self, scope: Scope) -> str:
        """Return the path below the prefix, whether the proxy has cut it off or not."""
        path: str = scope["path"]
        scope["root_path"] = self._base
        if self._base and (path == self._base or path.startswith(self._base + "/")):
            return path[len(self._base) :]
        if self._base:
            scope["path"] = self._base + path
        return path

    async def _refuse(self, request: _Request) -> Response | None:
        """Return the answer to a request that does not reach its route, None for one that does."""
        if self._base and request.path == "":
            return RedirectResponse(f"{self._base.rsplit('/', 1)[1]}/", 307)
        misdirected = self._wrong_host(request) or self._before_setup(request)
        if misdirected is not None:
            return misdirected
        try:
            refusal, is_explicit = await self._check_credentials(request)
        except FramecastError as error:  # the database does not answer
            return error_answer(error)
        if refusal is not None:
            return refusal
        if self._is_foreign(request) and not is_explicit:
            return denied(403, foreign_words(request.headers, is_socket=request.row.is_socket))
        most = request.row.body_bytes
        if not is_length(request.headers.get("content-length", "0"), most):
            return say(413, "Invalid", too_long(most))
        return None

    def _wrong_host(self, request: _Request) -> Response | None:
        wrong = wrong_host(request.headers.getlist("host"), request.scope["http_version"])
        if wrong:
            return say(400, "Invalid", wrong)
        if self._local_names_only and not is_local_name(request.headers.get("host", ""), self._hosts):
            return denied(421, _misdirected(host_name(request.headers.get("host", ""))))
        return None

    def _before_setup(self, request: _Request) -> Response | None:
        """The answer to everything but the setup while the node has no account."""
        if self._web.settings.setup is None or request.row.answers_before_setup:
            return None
        return say(503, "Denied", BEFORE_SETUP)

    def _is_foreign(self, request: _Request) -> bool:
        """True for what a page of another site may not do."""
        is_socket = request.row.is_socket
        # Browsers let any page open a WebSocket to anywhere, with cookies; nothing but the server can refuse that.
        if is_socket and is_known_origin(request.headers, self._origins):
            return False
        is_risky = request.scope["method"] not in SAFE_METHODS or is_socket
        return is_risky and not is_same_origin(request.headers)

    async def _check_credentials(self, request: _Request) -> tuple[Response | None, bool]:
        """Return the answer to a client that may not come in, None if it may; and whether it shows what no browser sends by itself."""
        gate, address, required = self._web.gate, address_of(request.scope), request.row.requirement
        if request.named is not None:
            found = await gate.ask(address, ProxyName(request.named), required)
            if isinstance(found, Principal):
                return await self._enter(request, found), False
            return _refused(request, found, ""), False
        cookie = self._account_cookie(request.scope["scheme"])
        by_session = await gate.ask(address, SessionCookie(session_of(request.headers, cookie)), required)
        if isinstance(by_session, Principal):
            return await self._enter(request, by_session), False
        shown = authorization_of(request.headers)
        if shown.scheme != "bearer" and PARAMETER in request.query:
            return await self._check_link(request), True
        if shown.scheme == "basic" and not self._may_use_basic(request):
            return denied(403, BASIC_HINT), False
        if by_session.reason is Reason.NOT_ALLOWED and not shown.token:
            return _refused(request, by_session, ""), False
        found = await gate.ask(address, ShownToken(shown.token) if shown.token else None, required)
        if isinstance(found, Principal):
            return await self._enter(request, found), shown.scheme == "bearer"
        return _refused(request, found, shown.scheme), False

    def _account_cookie(self, scheme: str) -> str:
        return cookie_name(self._web.settings, scheme) if self._web.people is not None else ""

    @staticmethod
    def _may_use_basic(request: _Request) -> bool:
        return request.scope["method"] in _READING_METHODS and is_same_origin(request.headers)

    async def _check_link(self, request: _Request) -> Response | None:
        gate, query = self._web.gate, request.query
        if request.row.requirement in _BY_LINK and request.scope["method"] not in _READING_METHODS:
            return denied(403, "a link opens GET and HEAD only")
        if gate.links is not None:
            await asyncio.to_thread(gate.links.refresh)
        link = LinkToken(query[PARAMETER], *self._subject(request))
        found = await gate.ask(address_of(request.scope), link, request.row.requirement)
        if isinstance(found, Refusal):
            return link_refused(found)
        self._web.vigil.start()
        return await self._enter(request, found)

    def _stream(self, request: _Request) -> str | None:
        """The one stream that a request is about, None if it names several or none."""
        names = request.row.names
        given = request.query.getlist(names) if names is not None else []
        if len(given) != 1:
            return None
        return given[0] if names is Names.STREAM else self._web.packagers.stream_of(given[0])

    def _subject(self, request: _Request) -> tuple[str | None, str | None]:
        """The stream and the video that a request with a link is about; a room is about what it is around."""
        room = key_of(request.row, request.path)
        if len(request.query.getlist(PARAMETER)) != 1:
            return None, None
        if room is not None:
            return subject_of(room)
        return self._stream(request), video_of(request.row, request.path)

    async def _enter(self, request: _Request, principal: Principal) -> Response | None:
        """Let a principal in, or return the answer if this stream is not for it."""
        name = None
        if principal.rights is not None:
            self._web.vigil.start()
            name = self._stream(request)
            refusal = await self._check_stream(request, principal, name)
            if refusal is not None:
                return refusal
        note_principal(request.scope, principal)
        if "extensions" in request.scope:
            connection, _ = connection_of(request.scope)
            may_stay = partial(self._may_stay, request.row.requirement, name)
            self._web.connections.identify(connection, principal, address_of(request.scope), may_stay)
        return None

    async def _check_stream(
        self, request: _Request, principal: Principal, name: str | None
    ) -> Response | None:
        """Return the answer if the row is about one stream, and the principal may not do this with it.

        The node is asked before anything is refused: it knows a stream that was made a moment ago, and that takes as long as for one
        that does not exist.
        """
        row, sight = request.row, Sight(principal, self._web.changes.newest)
        if row.names is None or (sight.is_whole and may(principal, row.requirement)):
            return None
        if name is None:
            several = len(request.query.getlist(row.names)) > 1
            return say(400, "Invalid", f"{row.names} must be given once") if several else None
        if sight.verdict(row.requirement, name) is Verdict.ALLOWED:
            return None
        try:
            await find_stream(self._web.node, sight, name, row.requirement)
        except Invalid:
            return None  # the route says what is wrong with the name
        except FramecastError as error:
            return error_answer(error if row.names is Names.STREAM else self._web.packagers.unknown())
        return None

    def _may_stay(self, required: Requirement, name: str | None, principal: Principal) -> bool:
        if name is None:
            return may(principal, required)
        return Sight(principal, self._web.changes.newest).verdict(required, name) is Verdict.ALLOWED


def _texts(pairs: Pairs) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}


def _refused(request: _Request, refusal: Refusal, scheme: str) -> Response:
    if refusal.wait_s:
        return too_many(refusal.wait_s)
    if refusal.reason is Reason.UNKNOWN_NAME:
        return denied(403, UNKNOWN_NAME)
    if refusal.reason is Reason.NOT_ALLOWED:
        return (
            error_answer(not_allowed(request.row.requirement))
            if request.row.exists
            else nothing_at(request.scope["path"])
        )
    is_person = request.scope["method"] == "GET" and wants_page(request.headers.get("accept", ""))
    if scheme != "bearer" and is_person:
        return to_login(request.path, request.scope["query_string"].decode("latin-1"))
    return challenge(request.row, request.headers)


def _misdirected(name: str) -> str:
    """What to do if a name leads to this server that is not one of its own. The name is a stranger's: only a plain one is shown."""
    plain = name if _PLAIN_NAME.fullmatch(name) else "NAME"
    return (
        f"this server answers on this machine only, under the names localhost and 127.0.0.1, got {plain}: "
        f"if a proxy passes that name on, add 'hosts: [{plain}]' to framecast.yaml"
    )
