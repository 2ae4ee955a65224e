"""Tokens: people make, list and end their own; admins those of everybody, of programs and screens above all."""

from __future__ import annotations

from fastapi import APIRouter, Request

from framecast.errors import Denied
from framecast.servers.web.http.credentials import principal_of
from framecast.servers.web.people.calls import account_of, call
from framecast.servers.web.people.shapes import Id, MadeToken, NewToken, OptionalId, Token, fields

router = APIRouter(tags=["people"])


@router.get("/api/tokens", summary="Your tokens, or those of an account")
async def get_tokens(request: Request, account: OptionalId = None) -> dict[str, list[Token]]:
    """List the tokens of an account, the own one without `account`; no secret is among it."""
    owner = _owner(request, account)
    found = await call(request, lambda accounts, _by: accounts.tokens(owner))
    return {"tokens": [Token(**fields(one)) for one in found]}


@router.post("/api/tokens", summary="Make a token")
async def make_token(request: Request, body: NewToken, account: OptionalId = None) -> MadeToken:
    """Make a token of an account, the own one without `account`. Its secret is in this answer, and nowhere else."""
    owner = _owner(request, account)
    info, secret = await call(
        request,
        lambda accounts, by: accounts.make_token(
            owner,
            body.name,
            body.scopes,
            stream=body.stream,
            video=body.video,
            expires_s=body.expires_s,
            kind=body.kind,
            by=by,
        ),
    )
    return MadeToken(**fields(info), secret=secret)


@router.delete("/api/tokens", status_code=204, summary="End a token")
async def end_token(request: Request, id: Id) -> None:
    """End a token; what it opened ends within a second. Admins end those of everybody."""
    who = principal_of(request.scope)
    is_admin = who.rights is None or who.rights.is_admin
    only = None if is_admin else account_of(request)
    await call(request, lambda accounts, by: accounts.end_token(id, account=only, by=by))


def _owner(request: Request, account: str | None) -> str:
    """Return whose tokens are meant; those of others are for admins."""
    who = principal_of(request.scope)
    if account is None or account == who.account:
        return account_of(request)
    if who.rights is not None and not who.rights.is_admin:
        raise Denied("the tokens of another account are for admins")
    return account
