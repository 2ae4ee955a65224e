"""How people come in before they are signed in: an invitation is accepted, a password is reset. The secret comes in the body, never in a URL."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of
from framecast.servers.web.http.session_cookie import set_session
from framecast.servers.web.people.calls import agent_of, people_of
from framecast.servers.web.people.shapes import PASSWORD, SECRET, TEXT
from framecast.servers.web.people.sign_in import SESSION_S

if TYPE_CHECKING:
    from framecast.accounts import Accounts

router = APIRouter(tags=["people"])


class Joining(BaseModel):
    """An invitation that is accepted."""

    secret: SECRET
    name: TEXT
    password: PASSWORD


class Joined(BaseModel):
    """The account that was made."""

    name: str


class Resetting(BaseModel):
    """A new password, by the link of an admin."""

    secret: SECRET
    password: PASSWORD


@router.post("/api/join", response_model=Joined, summary="Accept an invitation")
async def join(request: Request, body: Joining) -> Response:
    """Make the account of an invitation, and sign it in: the answer has the cookie of its session."""
    address, agent = address_of(request.scope), agent_of(request)

    def accept(accounts: Accounts) -> tuple[str, str]:
        factor = import_module("framecast.accounts.factor").Factor  # on a thread that has got the accounts
        made = accounts.accept(body.secret, body.name, body.password, address=address)
        return made.name, accounts.open_session(made.id, factor.LINK, address, agent)

    name, session = await people_of(request).call(accept)
    answer = JSONResponse({"name": name}, headers={"Cache-Control": "no-store"})
    set_session(answer, request, web_of(request).settings, session, SESSION_S)
    return answer


@router.post("/api/reset", status_code=204, summary="Set a new password by a link")
async def reset(request: Request, body: Resetting) -> None:
    """Set a password by the secret of a link, once; all sessions of the account end."""
    address = address_of(request.scope)
    await people_of(request).call(lambda accounts: accounts.reset(body.secret, body.password, address))
