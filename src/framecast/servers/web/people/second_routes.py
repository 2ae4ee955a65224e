"""The other ways into an account: a code or a passkey after the password, a passkey alone. Event loop.

The libraries of codes and passkeys are imported on the threads of the accounts, with the first use.
"""

from __future__ import annotations

import html
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, RedirectResponse, Response

from framecast.errors import Denied, FramecastError
from framecast.keyfile import KeyFile
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of
from framecast.servers.web.http.next_page import LONGEST, safe_next
from framecast.servers.web.http.session_cookie import set_session
from framecast.servers.web.people.calls import agent_of, people_of
from framecast.servers.web.people.challenge_cookie import Purpose, challenge_of, drop_challenge, set_challenge
from framecast.servers.web.people.sign_in import SESSION_S, own_session, wait_words
from framecast.servers.web.settings import WebSettings

if TYPE_CHECKING:
    from framecast.accounts import Accounts

router = APIRouter(tags=["sign-in"])

MAX_CODE = 64
_MESSAGE, _NEXT_FIELD = b"<!-- message -->", b"<!-- next -->"
NEXT = Annotated[str, Field(max_length=LONGEST, description="page to go to, relative to the server")]


class Ways(BaseModel):
    """How people sign in beside name and password. `passkeys` is '' where they are possible, otherwise why they are not."""

    passkeys: str
    provider: str = Field(description="what the button for the OpenID Connect provider says, '' without one")


class PasskeyQuestion(BaseModel):
    """Whether the passkey comes after a password that this browser has just given."""

    is_second: bool = False


class PasskeyOptions(BaseModel):
    """What `navigator.credentials` is called with."""

    public_key: dict[str, Any] = Field(alias="publicKey")


class PasskeyAnswer(BaseModel):
    """What `navigator.credentials.get` gave, as its `toJSON` writes it."""

    credential: dict[str, Any]
    is_second: bool = False
    next: NEXT = ""


class Second(BaseModel):
    """What the account of a login has beside its password."""

    has_app: bool
    has_passkey: bool


class SignedIn(BaseModel):
    """The page to which the browser goes now, relative to the server."""

    next: str


@router.get("/api/login", summary="How people sign in")
async def get_ways(request: Request) -> Ways:
    """Describe the ways beside name and password, for the login page."""
    people_of(request)
    oidc = web_of(request).settings.oidc
    try:
        party(request)
        why = ""
    except Denied as error:
        why = str(error)
    return Ways(passkeys=why, provider=oidc.label if oidc else "")


@router.post("/api/login/passkey/options", response_model=PasskeyOptions, summary="Ask for a passkey")
async def ask_passkey(request: Request, body: PasskeyQuestion) -> Response:
    """Begin a login by passkey: the answer goes to the browser's authenticator, within five minutes."""
    settings, here, address = web_of(request).settings, party(request), address_of(request.scope)
    second = challenge_of(request, settings, Purpose.SECOND) if body.is_second else ""
    if body.is_second and not second:
        raise Denied("this login has expired: enter the password again", reason="challenge")
    options, secret = await people_of(request).call(
        lambda accounts: passkey_sign_in(accounts).begin(here, second, address)
    )
    answer = JSONResponse({"publicKey": options}, headers={"Cache-Control": "no-store"})
    set_challenge(answer, request, settings, Purpose.PASSKEY, secret)
    return answer


@router.post("/api/login/passkey", response_model=SignedIn, summary="Sign in by a passkey")
async def sign_in_by_passkey(request: Request, body: PasskeyAnswer) -> Response:
    """Finish a login by passkey: the answer has the cookie of the session."""
    settings, here = web_of(request).settings, party(request)
    challenge = challenge_of(request, settings, Purpose.PASSKEY)
    second = challenge_of(request, settings, Purpose.SECOND) if body.is_second else ""
    browser = browser_of(request)
    session = await people_of(request).call(
        lambda accounts: passkey_sign_in(accounts).finish(
            here, challenge, second, body.credential, second_factor().Browser(*browser)
        )
    )
    answer = JSONResponse({"next": safe_next(body.next)}, headers={"Cache-Control": "no-store"})
    _came_in(answer, request, settings, session)
    drop_challenge(answer, request, settings, Purpose.PASSKEY)
    return answer


@router.get("/api/login/second", summary="What the second step asks for")
async def get_second(request: Request) -> Second:
    """Describe the second step of the login of this browser."""
    secret = challenge_of(request, web_of(request).settings, Purpose.SECOND)
    found = await people_of(request).call(
        lambda accounts: second_factor().SecondFactorSignIn.beside(accounts).asked(secret)
    )
    return Second(has_app=found.has_app, has_passkey=found.passkeys > 0)


@router.get("/login/second", include_in_schema=False)
async def second_page(request: Request) -> Response:
    """Ask for the second factor of a login; without one under way, the login begins again."""
    secret = challenge_of(request, web_of(request).settings, Purpose.SECOND)
    if not secret:
        return RedirectResponse("../login", 303)
    return _page(request, 200, "", request.query_params.get("next", ""))


@router.post("/login/second", include_in_schema=False)
async def give_code(request: Request) -> Response:
    """Finish a login by a code of an app, or a recovery code."""
    settings, browser = web_of(request).settings, browser_of(request)
    form = parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)
    code, wanted = form.get("code", [""])[0][:MAX_CODE], form.get("next", [""])[0]
    secret, keys = challenge_of(request, settings, Purpose.SECOND), keys_of(settings)
    try:
        session = await people_of(request).call(
            lambda accounts: (
                second_factor()
                .SecondFactorSignIn.beside(accounts)
                .by_code(secret, code, keys, second_factor().Browser(*browser))
            )
        )
    except Denied as error:
        return _refused(request, error, wanted)
    except FramecastError as error:  # the key of the secrets is lost: a recovery code still works
        return _page(request, 503, f"{_sentence(str(error))} A recovery code still works.", wanted)
    answer = RedirectResponse(f"../{safe_next(wanted)}", 303)
    _came_in(answer, request, settings, session)
    return answer


def _refused(request: Request, error: Denied, wanted: str) -> Response:
    if error.fields.get("reason") == "challenge":
        answer = RedirectResponse("../login", 303)
        drop_challenge(answer, request, web_of(request).settings, Purpose.SECOND)
        return answer
    wait_s = error.fields.get("wait_s")
    if isinstance(wait_s, int | float):
        words = f"Too many wrong codes. Wait {wait_words(wait_s)}, then try again."
        return _page(request, 429, words, wanted)
    return _page(request, 401, _sentence(str(error)), wanted)


def _page(request: Request, status: int, message: str, wanted: str) -> Response:
    said = f'<p class="error" role="alert">{html.escape(message)}</p>' if message else ""
    field = f'<input type="hidden" name="next" value="{html.escape(wanted[:LONGEST], quote=True)}">'
    page = web_of(request).assets.page("second").body
    body = page.replace(_MESSAGE, said.encode()).replace(_NEXT_FIELD, field.encode())
    return Response(body, status, {"Cache-Control": "no-store"}, media_type="text/html; charset=utf-8")


def _came_in(answer: Response, request: Request, settings: WebSettings, session: str) -> None:
    set_session(answer, request, settings, session, SESSION_S)
    drop_challenge(answer, request, settings, Purpose.SECOND)


# --- what the routes of sign-in share


def party(request: Request) -> Any:  # noqa: ANN401  of a module that is imported with its first use
    """Return the name of the server that passkeys belong to.

    Raises:
        Denied: passkeys are not possible here; the message says why.
    """
    module = import_module("framecast.accounts.relying_party")
    return module.relying_party(request.url.scheme, request.headers.get("host", ""))


def browser_of(request: Request) -> tuple[str, str, str]:
    """Return address, program and present session of the browser: the fields of `Browser`."""
    return address_of(request.scope), agent_of(request), own_session(request)


def keys_of(settings: WebSettings) -> KeyFile | None:
    """Return the keys that secrets are sealed with, None without a data folder."""
    return KeyFile(settings.data_dir) if settings.data_dir else None


def passkey_sign_in(accounts: Accounts) -> Any:  # noqa: ANN401
    """Return the logins by passkey. On a thread of the accounts."""
    return import_module("framecast.accounts.passkey_sign_in").PasskeySignIn.beside(accounts)


def second_factor() -> Any:  # noqa: ANN401
    """Return the module of second steps. On a thread of the accounts."""
    return import_module("framecast.accounts.second_factor")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
