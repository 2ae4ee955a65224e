"""Sign-in at an OpenID Connect provider: to the provider, back from it, and the logins that belong to an account. Event loop.

What the provider is asked runs on threads of its own, so a slow one keeps nobody waiting who signs in here. When it is away, only this way
in is shut.
"""

from __future__ import annotations

import hmac
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from framecast.errors import Broken, Denied, FramecastError, Invalid, NotFound
from framecast.servers.access.crew import Crew
from framecast.servers.web.context import web_of
from framecast.servers.web.http.answers import say
from framecast.servers.web.http.credentials import address_of
from framecast.servers.web.http.next_page import LONGEST, safe_next
from framecast.servers.web.http.session_cookie import set_session
from framecast.servers.web.people.calls import account_of, call, people_of
from framecast.servers.web.people.challenge_cookie import Purpose, challenge_of, drop_challenge, set_challenge
from framecast.servers.web.people.confirmation import Confirmation, confirmed, person_of
from framecast.servers.web.people.second_routes import browser_of
from framecast.servers.web.people.sign_in import SESSION_S, own_session
from framecast.servers.web.settings import OidcSettings

if TYPE_CHECKING:
    from framecast.accounts import Accounts

router = APIRouter(tags=["sign-in"])
log = logging.getLogger("framecast.web")

CALLBACK = "/login/oidc/callback"
_THREADS, _MOST = 4, 32
_MAX_CODE = 4096
Id = Annotated[str, Query(max_length=64, description="of the login")]


class Login(BaseModel):
    """A login at a provider that opens the account. Times are UTC seconds."""

    id: str
    issuer: str
    name: str
    created_at: float
    used_at: float | None


class Logins(BaseModel):
    """The logins of the account. `provider`: what the button to add one says, '' without a provider."""

    logins: list[Login]
    provider: str


class Departure(BaseModel):
    """Where the browser goes to add a login."""

    url: str


class ProviderAccess:
    """The provider of this process, made with its first use, and the threads that ask it."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self.crew = Crew("identity provider", _THREADS, _MOST)
        self._provider: Any = None

    def provider(self) -> Any:  # noqa: ANN401  of a module that is imported with its first use
        """Return the provider. On a thread of the crew."""
        if self._provider is None:
            module, one = import_module("framecast.accounts.provider"), self.settings
            client = module.Client(one.issuer, one.client_id, one.client_secret, one.scopes)
            self._provider = module.Provider(client)
        return self._provider

    def rules(self) -> Any:  # noqa: ANN401
        """Return what the claims mean here. On a thread of the accounts."""
        module, one = import_module("framecast.accounts.oidc"), self.settings
        role = import_module("framecast.model.rights").Role
        return module.Rules(
            groups_claim=one.groups_claim,
            name_claim=one.name_claim,
            roles={group: role(name) for group, name in one.roles.items()},
            groups=dict(one.groups),
            default_role=None if one.default_role == "none" else role(one.default_role),
        )


@router.get("/login/oidc", include_in_schema=False)
async def depart(request: Request, next: str = "") -> Response:
    """Send the browser to the provider."""
    try:
        url, secret = await _begin(request, {"next": next[:LONGEST]}, None)
    except Broken as error:
        return _away(error)
    answer = RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    set_challenge(answer, request, web_of(request).settings, Purpose.OIDC, secret)
    return answer


@router.get(CALLBACK, include_in_schema=False)
async def arrive(request: Request) -> Response:
    """Take the answer of the provider: open a session, or add the login to the account that asked for it."""
    access, settings, query = _access(request), web_of(request).settings, request.query_params
    secret = challenge_of(request, settings, Purpose.OIDC)
    waiting = await people_of(request).call(
        lambda accounts: _claimed(accounts, secret, query.get("state", ""))
    )
    data = waiting.data
    if query.get("iss", access.settings.issuer) != access.settings.issuer:  # RFC 9207
        raise Denied("this answer is of another provider: sign in again", reason="issuer")
    if "error" in query or not 0 < len(query.get("code", "")) <= _MAX_CODE:
        raise Denied(
            f"the provider has not signed you in ({_error_of(query.get('error', ''))}): sign in again"
        )
    try:
        person = await access.crew.run(lambda: access.provider().exchange(query["code"], _attempt(data)))
    except Broken as error:
        return _away(error)
    if waiting.account is not None:
        await _link(request, waiting.account, person)
        answer = RedirectResponse("../../account", 303)
    else:
        session = await _enter(request, person)
        answer = RedirectResponse(f"../../{safe_next(str(data.get('next', '')))}", 303)
        set_session(answer, request, settings, session, SESSION_S)
    drop_challenge(answer, request, settings, Purpose.OIDC)
    return answer


@router.get("/api/me/logins", summary="Your logins at a provider")
async def get_logins(request: Request) -> Logins:
    """List the logins at a provider that open the own account."""
    account, oidc = account_of(request), web_of(request).settings.oidc
    found = await call(request, lambda accounts, _by: _logins(accounts).of(account))
    listed = [
        Login(
            id=one.key,
            issuer=one.issuer,
            name=one.shown_name,
            created_at=one.created_at,
            used_at=one.used_at,
        )
        for one in found
    ]
    return Logins(logins=listed, provider=oidc.label if oidc else "")


@router.post("/api/me/logins", response_model=Departure, summary="Add a login at the provider")
async def add_login(request: Request, body: Confirmation) -> Response:
    """Begin to let a login at the provider open the own account; the browser goes to `url`."""
    account = person_of(request)
    allowed = await confirmed(request, body.password, lambda _accounts, _by: None)
    if allowed.status_code != 200:
        return allowed
    try:
        url, secret = await _begin(request, {}, account)
    except Broken as error:
        return _away(error)
    answer = Response(
        Departure(url=url).model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
    set_challenge(answer, request, web_of(request).settings, Purpose.OIDC, secret)
    return answer


@router.delete("/api/me/logins", status_code=204, summary="Remove a login at a provider")
async def remove_login(request: Request, id: Id) -> None:
    """Remove a login, unless nothing else opens the account."""
    account = person_of(request)
    await call(request, lambda accounts, by: _logins(accounts).unlink(account, id, by))


async def logout_url(request: Request) -> str | None:
    """Return where a browser ends its session at the provider; None if it does not have to, or the provider is away or has no such address."""
    oidc = web_of(request).settings.oidc
    if oidc is None or not oidc.logout:
        return None
    access, back = _access(request), _own_address(request, "/login")
    try:
        found: str | None = await access.crew.run(lambda: access.provider().logout_url(back))
    except FramecastError as error:  # the session here has ended all the same
        log.warning("nobody is signed out at the provider: %s", error)
        return None
    return found


# --- one login


async def _begin(request: Request, data: dict[str, str], account: str | None) -> tuple[str, str]:
    """Return where the browser goes, and the secret of what waits for it."""
    access, address = _access(request), address_of(request.scope)
    back = _own_address(request, CALLBACK)

    def ask() -> tuple[str, Any]:
        attempt = import_module("framecast.accounts.provider").Attempt(back)
        return access.provider().authorization_url(attempt), attempt

    url, attempt = await access.crew.run(ask)
    kept = {
        **data,
        "redirect_uri": attempt.redirect_uri,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
    }
    secret = await people_of(request).call(
        lambda accounts: _challenges(accounts).begin("oidc", kept, account=account, address=address)
    )
    return url, secret


async def _enter(request: Request, person: Any) -> str:  # noqa: ANN401
    access, (address, agent, replaces) = _access(request), browser_of(request)

    def enter(accounts: Accounts) -> str:
        account = _logins(accounts).enter(person, access.rules(), address)
        factor = import_module("framecast.accounts.factor").Factor.OIDC
        return accounts.open_session(account, factor, address, agent, replaces)

    return await people_of(request).call(enter)


async def _link(request: Request, account: str, person: Any) -> None:  # noqa: ANN401
    """Add the login to the account, if the browser is still signed in to that one."""
    secret, address = own_session(request), address_of(request.scope)

    def link(accounts: Accounts) -> None:
        found = accounts.identify(secret, address) if secret else None
        if found is None or found.account != account:
            raise Denied("you have signed out in between: sign in, and add the login again", reason="session")
        by = import_module("framecast.accounts").Actor(account, address, found.name)
        _logins(accounts).link(account, person, by)

    await people_of(request).call(link)


def _access(request: Request) -> ProviderAccess:
    """Return the provider of this server.

    Raises:
        NotFound: there is no provider.
    """
    state, oidc = request.app.state, web_of(request).settings.oidc
    if oidc is None:
        raise NotFound("this server has no OpenID Connect provider: set oidc.issuer in framecast.yaml")
    if not hasattr(state, "oidc"):
        state.oidc = ProviderAccess(oidc)
    access: ProviderAccess = state.oidc
    return access


def _own_address(request: Request, path: str) -> str:
    """Return an address to which the provider sends the browser; it is registered there, letter by letter."""
    host = request.headers.get("host", "")
    if not host:
        raise Invalid("a request for a login must have a Host header")
    return f"{request.url.scheme}://{host}{web_of(request).settings.base_path}{path}"


def _attempt(data: Any) -> Any:  # noqa: ANN401
    """On a thread of the crew."""
    attempt = import_module("framecast.accounts.provider").Attempt
    return attempt(data["redirect_uri"], data["state"], data["nonce"], data["verifier"])


def _error_of(text: str) -> str:
    """Return an error code of OAuth (RFC 6749 section 4.1.2.1), nothing else that a link may bring."""
    return text if text.replace("_", "").isalpha() and text.isascii() and len(text) <= 64 else "no code"


def _away(error: Broken) -> Response:
    return say(502, "Broken", f"{error}. Sign in by name and password, or try again later")


def _claimed(accounts: Accounts, secret: str, state: str) -> Any:  # noqa: ANN401
    """Return the login that an answer belongs to, once; a link that somebody sends does not end it."""
    challenges = _challenges(accounts)
    if not hmac.compare_digest(state.encode(), str(challenges.look("oidc", secret).data["state"]).encode()):
        raise Denied("this answer of the provider is not for this browser: sign in again", reason="state")
    return challenges.claim("oidc", secret)


def _challenges(accounts: Accounts) -> Any:  # noqa: ANN401
    return import_module("framecast.accounts.challenges").Challenges.beside(accounts)


def _logins(accounts: Accounts) -> Any:  # noqa: ANN401
    return import_module("framecast.accounts.oidc").ProviderLogins.beside(accounts)
