"""What changes how an account is opened needs a session that is a few minutes old at most, or the password again: an open browser is not enough.

An answer with `"reason": "confirm"` asks for the password. Event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from framecast.errors import Denied
from framecast.servers.access.principal import Kind
from framecast.servers.web.http.credentials import address_of, principal_of
from framecast.servers.web.people.calls import T, account_of, call

if TYPE_CHECKING:
    from framecast.accounts import Accounts, Actor

FRESH_S = 600.0
PASSWORD = Annotated[
    str, Field(max_length=1024, description="asked for if the session is older than 10 minutes")
]


class Confirmation(BaseModel):
    """The password again, if it is asked for."""

    password: PASSWORD = ""


async def confirmed(request: Request, password: str, work: Callable[[Accounts, Actor], T]) -> Response:
    """Do what needs a fresh session or the password; the answer is JSON that no cache keeps."""
    account, own, address = person_of(request), principal_of(request.scope).id, address_of(request.scope)

    def do(accounts: Accounts, by: Actor) -> T:
        begun = next((one.created_at for one in accounts.sessions(account) if one.id == own), 0.0)
        if time.time() - begun > FRESH_S:
            _prove(accounts, account, password, address)
        return work(accounts, by)

    headers = {"Cache-Control": "no-store"}
    try:
        return JSONResponse(await call(request, do), headers=headers)
    except Denied as error:
        if error.fields.get("reason") not in ("confirm", "wrong", "too-many"):
            raise
        fields = {"error": "Denied", "message": str(error), "reason": "confirm"}
        return JSONResponse(fields, 403, headers)


def person_of(request: Request) -> str:
    """Return the account of a browser that is signed in.

    Raises:
        Denied: a token asks: it changes nothing about how its account is opened.
    """
    if principal_of(request.scope).kind is not Kind.SESSION:
        raise Denied("a person who is signed in changes this, not a token")
    return account_of(request)


def _prove(accounts: Accounts, account: str, password: str, address: str) -> None:
    if not accounts.account(account).has_password:
        raise Denied("this session is too old for this: sign out and in again", reason="old-session")
    if not password:
        raise Denied("enter your password again", reason="confirm")
    accounts.prove_password(account, password, address=address)
