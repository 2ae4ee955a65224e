"""Accounts as the admins see and change them, and invitations."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from framecast.model.rights import Role
from framecast.servers.web.people.calls import call, overview
from framecast.servers.web.people.shapes import (
    MAX_TEXT,
    TEXT,
    Account,
    Id,
    Invitation,
    NewInvitation,
    OptionalId,
    Person,
    Secret,
    fields,
)

router = APIRouter(tags=["people"])

MOST = 500


class People(BaseModel):
    """A page of accounts, in the order of their names. `next` is for `after` of the next page, '' on the last one."""

    people: list[Person]
    next: str


class NewProgram(BaseModel):
    """A service account: a program or a screen, which signs in by tokens only. People are invited."""

    name: TEXT
    role: Role = Role.VIEWER
    display_name: Annotated[str, Field(default="", max_length=MAX_TEXT)]


class Changes(BaseModel):
    """What to change about an account; what is left out stays."""

    role: Role | None = None
    display_name: Annotated[str | None, Field(default=None, max_length=MAX_TEXT)]
    locked: bool | None = None


@router.get("/api/people", summary="All accounts")
async def get_people(
    request: Request,
    q: Annotated[str, Query(max_length=MAX_TEXT, description="a part of the name or display name")] = "",
    after: Annotated[str, Query(max_length=MAX_TEXT, description="names behind this one")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    services: Annotated[bool, Query(description="programs and screens too")] = False,
) -> People:
    """List accounts with what they own, the groups that they are in, and when they were last seen."""
    found = await overview(
        request,
        lambda shown: shown.people(after=after, most=limit, search=q, services=None if services else False),
    )
    people = [Person(**fields(one)) for one in found]
    return People(people=people, next=people[-1].name if len(people) == limit else "")


@router.post("/api/people", summary="Make an account for a program or a screen")
async def make_program(request: Request, body: NewProgram) -> Account:
    """Make a service account. It has no password: make a token for it."""
    made = await call(
        request,
        lambda accounts, by: accounts.create(
            body.name, role=body.role, display_name=body.display_name, is_service=True, by=by
        ),
    )
    return Account(**fields(made))


@router.patch("/api/people", summary="Change an account")
async def change_person(request: Request, id: Id, body: Changes) -> Account:
    """Change the role or the display name, lock or unlock. The last admin stays."""
    given = body.model_dump(exclude_none=True)
    changed = await call(request, lambda accounts, by: accounts.change(id, **given, by=by))
    return Account(**fields(changed))


@router.delete("/api/people", status_code=204, summary="Delete an account")
async def delete_person(
    request: Request,
    id: Id,
    streams: Annotated[
        Literal["give", "remove"] | None, Query(description="what becomes of the streams that it owns")
    ] = None,
    to: OptionalId = None,
    videos: Annotated[
        Literal["give", "remove"] | None,
        Query(
            description="what becomes of its videos and playlists; without it they are given if the streams are"
        ),
    ] = None,
) -> None:
    """Delete an account with its sessions, tokens and grants. Its streams and videos are given to the account `to`, or removed."""
    await call(
        request, lambda accounts, by: accounts.delete(id, streams=streams, to=to, videos=videos, by=by)
    )


@router.post("/api/people/reset", summary="Make a link that resets a password")
async def make_reset(request: Request, id: Id) -> Secret:
    """Return a secret for the page /reset, which sets a new password once."""
    info, secret = await call(request, lambda accounts, by: accounts.make_reset(id, by=by))
    return Secret(secret=secret, expires_at=info.expires_at)


@router.delete("/api/people/sessions", status_code=204, summary="Sign somebody out everywhere")
async def end_sessions(request: Request, id: Id) -> None:
    """End all sessions of an account; its tokens go on."""
    await call(request, lambda accounts, by: accounts.end_all_sessions(id, by=by))


@router.get("/api/invitations", summary="Invitations that were not used yet")
async def get_invitations(request: Request) -> dict[str, list[Invitation]]:
    """List invitations; no secret is among it."""
    found = await call(request, lambda accounts, _by: accounts.offers())
    return {"invitations": [Invitation(**fields(one)) for one in found if one.kind == "invitation"]}


@router.post("/api/invitations", summary="Invite somebody")
async def invite(request: Request, body: NewInvitation) -> Secret:
    """Return a secret for the page /join, which makes one account with this role in these groups."""
    info, secret = await call(
        request, lambda accounts, by: accounts.invite(body.role, body.groups, body.expires_s, by=by)
    )
    return Secret(secret=secret, expires_at=info.expires_at)


@router.delete("/api/invitations", status_code=204, summary="Withdraw an invitation")
async def end_invitation(request: Request, id: Id) -> None:
    """End an invitation: its link opens nothing any more."""
    await call(request, lambda accounts, by: accounts.end_offer(id, by=by))
