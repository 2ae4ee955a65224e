"""What a person signs in with beside the password: authenticator app, recovery codes, passkeys. Event loop.

What weakens or adds a way into the account needs a session that is a few minutes old at most, or the password again: an open
browser is not enough. An answer with `"reason": "confirm"` asks for the password.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from framecast.errors import Denied
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of
from framecast.servers.web.people.calls import account_of, call
from framecast.servers.web.people.challenge_cookie import Purpose, challenge_of, drop_challenge, set_challenge
from framecast.servers.web.people.confirmation import Confirmation, confirmed, person_of
from framecast.servers.web.people.second_routes import MAX_CODE, keys_of, party, passkey_sign_in

if TYPE_CHECKING:
    from framecast.accounts import Accounts, Actor

router = APIRouter(tags=["sign-in"])

Id = Annotated[str, Query(max_length=64, description="of the passkey")]
Account = Annotated[str, Query(max_length=64, description="of the account")]


class Passkey(BaseModel):
    """A passkey. It works under the name `server` alone; times are UTC seconds."""

    id: str
    name: str
    server: str
    is_synced: bool
    created_at: float
    used_at: float | None


class Factors(BaseModel):
    """What opens the account beside the password. `passkeys_why`: why this browser cannot add one here, '' if it can."""

    app_since: float | None
    recovery_left: int
    passkeys: list[Passkey]
    passkeys_why: str


class NewApp(BaseModel):
    """What an authenticator app is given. It counts after a code of it."""

    secret: str
    address: str = Field(description="for the QR code")


class Code(BaseModel):
    """A code of the app."""

    code: Annotated[str, Field(max_length=MAX_CODE)]


class RecoveryCodes(BaseModel):
    """Recovery codes, which are shown once; [] if the account has some already."""

    recovery_codes: list[str]


class NewPasskey(BaseModel):
    """What `navigator.credentials.create` gave, as its `toJSON` writes it."""

    name: Annotated[str, Field(max_length=256)]
    credential: dict[str, Any]


class PasskeyName(BaseModel):
    """Another name for a passkey."""

    name: Annotated[str, Field(max_length=256)]


@router.get("/api/me/factors", summary="What signs you in beside the password")
async def get_factors(request: Request) -> Factors:
    """List the second factors of the own account."""
    account = account_of(request)
    found = await call(request, lambda accounts, _by: _totp(request, accounts).factors(account))
    listed = (
        await call(request, lambda accounts, _by: _passkeys(accounts).of(account)) if found.passkeys else []
    )
    try:
        party(request)
        why = ""
    except Denied as error:
        why = str(error)
    return Factors(
        app_since=found.app_since,
        recovery_left=found.recovery_left,
        passkeys=[
            Passkey(
                id=one.key,
                name=one.name,
                server=one.rp_id,
                is_synced=one.is_synced,
                created_at=one.created_at,
                used_at=one.used_at,
            )
            for one in listed
        ],
        passkeys_why=why,
    )


@router.post("/api/me/factors/app", response_model=NewApp, summary="Add an authenticator app")
async def add_app(request: Request, body: Confirmation) -> Response:
    """Make the secret of an app; it counts after `/api/me/factors/app/confirm`."""
    account = account_of(request)

    def add(accounts: Accounts, _by: Actor) -> dict[str, str]:
        secret, address = _totp(request, accounts).begin(account)
        return {"secret": secret, "address": address}

    return await confirmed(request, body.password, add)


@router.post("/api/me/factors/app/confirm", summary="Turn an authenticator app on")
async def confirm_app(request: Request, body: Code) -> RecoveryCodes:
    """Turn the app on by a code of it."""
    account = person_of(request)
    codes = await call(request, lambda accounts, by: _totp(request, accounts).confirm(account, body.code, by))
    return RecoveryCodes(recovery_codes=codes)


@router.post(
    "/api/me/factors/app/remove", response_model=RecoveryCodes, summary="Remove the authenticator app"
)
async def remove_app(request: Request, body: Confirmation) -> Response:
    """Remove the app; with the last second factor the recovery codes go too."""
    account = account_of(request)

    def remove(accounts: Accounts, by: Actor) -> dict[str, list[str]]:
        _totp(request, accounts).remove_app(account, by)
        return {"recovery_codes": []}

    return await confirmed(request, body.password, remove)


@router.post(
    "/api/me/factors/recovery-codes", response_model=RecoveryCodes, summary="Make new recovery codes"
)
async def new_recovery_codes(request: Request, body: Confirmation) -> Response:
    """Make new recovery codes; those of before end."""
    account = account_of(request)
    return await confirmed(
        request,
        body.password,
        lambda accounts, by: {"recovery_codes": _totp(request, accounts).new_recovery_codes(account, by)},
    )


@router.post("/api/me/passkeys/options", summary="Begin to add a passkey")
async def ask_new_passkey(request: Request, body: Confirmation) -> Response:
    """Begin to add a passkey: the answer goes to the browser's authenticator, within five minutes."""
    account, here, address = account_of(request), party(request), address_of(request.scope)
    secrets: list[str] = []

    def begin(accounts: Accounts, _by: Actor) -> dict[str, Any]:
        options, secret = passkey_sign_in(accounts).begin_new(here, account, address)
        secrets.append(secret)
        return {"publicKey": options}

    answer = await confirmed(request, body.password, begin)
    if secrets:
        set_challenge(answer, request, web_of(request).settings, Purpose.PASSKEY, secrets[0])
    return answer


@router.post("/api/me/passkeys", response_model=RecoveryCodes, summary="Add a passkey")
async def add_passkey(request: Request, body: NewPasskey) -> Response:
    """Add the passkey that the authenticator has made."""
    account, here, settings = person_of(request), party(request), web_of(request).settings
    secret = challenge_of(request, settings, Purpose.PASSKEY)
    codes = await call(
        request,
        lambda accounts, by: passkey_sign_in(accounts).add(
            here, account, secret, body.credential, body.name, by
        ),
    )
    answer = JSONResponse({"recovery_codes": codes}, headers={"Cache-Control": "no-store"})
    drop_challenge(answer, request, settings, Purpose.PASSKEY)
    return answer


@router.patch("/api/me/passkeys", status_code=204, summary="Rename a passkey")
async def rename_passkey(request: Request, id: Id, body: PasskeyName) -> None:
    """Give one of the own passkeys another name."""
    account = person_of(request)
    await call(request, lambda accounts, by: _passkeys(accounts).rename(account, id, body.name, by))


@router.post("/api/me/passkeys/remove", response_model=RecoveryCodes, summary="Remove a passkey")
async def remove_passkey(request: Request, id: Id, body: Confirmation) -> Response:
    """Remove one of the own passkeys; with the last second factor the recovery codes go too."""
    account = account_of(request)

    def remove(accounts: Accounts, by: Actor) -> dict[str, list[str]]:
        _passkeys(accounts).remove(account, id, by)
        return {"recovery_codes": []}

    return await confirmed(request, body.password, remove)


@router.delete("/api/people/factors", status_code=204, summary="Remove the second factors of a person")
async def remove_factors(request: Request, id: Account) -> None:
    """Remove app, passkeys and recovery codes of an account whose owner has lost them."""
    await call(request, lambda accounts, by: _totp(request, accounts).remove_all(id, by))


def _totp(request: Request, accounts: Accounts) -> Any:  # noqa: ANN401  imported with its first use
    found = import_module("framecast.accounts.totp").Totp.beside(accounts)
    found.keys = keys_of(web_of(request).settings)
    return found


def _passkeys(accounts: Accounts) -> Any:  # noqa: ANN401
    return import_module("framecast.accounts.passkeys").Passkeys.beside(accounts)
