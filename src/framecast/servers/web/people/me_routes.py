"""What belongs to the person who is signed in: name, password, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from framecast.errors import Denied
from framecast.model.rights import Right
from framecast.servers.access.principal import Kind
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of, principal_of
from framecast.servers.web.http.openapi import NAME
from framecast.servers.web.people.calls import account_of, call
from framecast.servers.web.people.shapes import PASSWORD, Account, Session

if TYPE_CHECKING:
    from framecast.accounts import Accounts, Actor

router = APIRouter(tags=["people"])


class Me(BaseModel):
    """The client that asks. `account` is null for the access token of the server."""

    account: Account | None
    kind: str = Field(description="by what the client was admitted: session, token, media, ...")
    is_admin: bool
    may_add: bool = Field(description="whether it may add streams")
    has_password: bool
    expires_at: float | None = Field(description="when the session or token ends, UTC seconds")
    rights: list[Right] | None = Field(description="on the stream of `src`, null without it")


class MyChanges(BaseModel):
    """What people change about themselves."""

    display_name: Annotated[str, Field(max_length=256, description="what other people see; '' for the name")]


class NewPassword(BaseModel):
    """The old password proves that it is the person, not somebody at an open browser."""

    old: PASSWORD
    new: PASSWORD


@router.get("/api/me", summary="The account that asks, and what it may do")
async def get_me(
    request: Request,
    src: Annotated[str | None, Query(description="a stream, for its rights", json_schema_extra=NAME)] = None,
) -> Me:
    """Describe the account of the session or token that asks; with `src` also what it may do with that stream."""
    who = principal_of(request.scope)
    found, account = None, who.account
    if account is not None:
        found = (await call(request, lambda accounts, _by: accounts.account(account))).to_json()
    return Me(
        account=Account(**found) if found else None,
        kind=str(who.kind),
        is_admin=who.rights is None or who.rights.is_admin,
        may_add=who.rights is None or who.rights.may_add(),
        has_password=bool(found and found["has_password"]),
        expires_at=who.expires_at,
        rights=_rights_on(request, src) if src is not None else None,
    )


@router.patch("/api/me", summary="Change your display name")
async def change_me(request: Request, body: MyChanges) -> Account:
    """Change the own account."""
    account = account_of(request)
    found = await call(
        request, lambda accounts, by: accounts.change(account, display_name=body.display_name, by=by)
    )
    return Account(**found.to_json())


@router.post("/api/me/password", status_code=204, summary="Change your password")
async def change_password(request: Request, body: NewPassword) -> None:
    """Set another password; all other sessions end, tokens go on. Needs a session, and the old password."""
    who, account = principal_of(request.scope), account_of(request)
    if who.kind is not Kind.SESSION:
        raise Denied("a password is changed by a person who is signed in, not by a token")
    address = address_of(request.scope)
    await call(
        request,
        lambda accounts, _by: accounts.change_password(
            account, body.old, body.new, keep_session=who.id, address=address
        ),
    )


@router.get("/api/me/sessions", summary="Where you are signed in")
async def get_sessions(request: Request) -> dict[str, list[Session]]:
    """List the own sessions, the newest first."""
    account, own = account_of(request), principal_of(request.scope).id
    found = await call(request, lambda accounts, _by: accounts.sessions(account))
    shown = [Session(**one.to_json(), is_this=one.id == own) for one in found]
    return {"sessions": sorted(shown, key=lambda one: (not one.is_this, -one.used_at))}


@router.delete("/api/me/sessions", status_code=204, summary="Sign out a browser, or all others")
async def end_sessions(
    request: Request,
    id: Annotated[
        str | None, Query(max_length=64, description="of the session; without it all others end")
    ] = None,
) -> None:
    """End one of the own sessions, or all but this one."""
    account, own = account_of(request), principal_of(request.scope).id

    def end(accounts: Accounts, by: Actor) -> None:
        if id is not None:
            accounts.end_session(id, account=account, by=by)
        else:
            accounts.end_all_sessions(account, keep=own, by=by)

    await call(request, end)


def _rights_on(request: Request, stream: str) -> list[Right]:
    """Return the rights on a stream; none on one that must not be known, as on one that does not exist."""
    rights, status = principal_of(request.scope).rights, web_of(request).changes.newest.get(stream)
    if status is None:
        return []
    return [one for one in Right if rights is None or rights.may(one, stream, status.groups, status.owner)]
