"""Groups of people, and grants: who may do what on which streams."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from framecast.model.rights import Grant as GrantedRight
from framecast.servers.web.people.calls import call, overview
from framecast.servers.web.people.shapes import TEXT, Grant, Group, Id, NewGrant, fields

router = APIRouter(tags=["people"])


class NewGroup(BaseModel):
    """A group to make."""

    name: TEXT


@router.get("/api/groups", summary="Groups of people")
async def get_groups(request: Request) -> dict[str, list[Group]]:
    """List the groups with their members."""
    found = await overview(request, lambda shown: shown.members_of_groups())
    return {"groups": [Group(**fields(one)) for one in found]}


@router.post("/api/groups", summary="Make a group of people")
async def make_group(request: Request, body: NewGroup) -> Group:
    """Make a group without members."""
    made = await call(request, lambda accounts, by: accounts.make_group(body.name, by=by))
    return Group(id=made.id, name=made.name, members=[])


@router.delete("/api/groups", status_code=204, summary="Delete a group of people")
async def end_group(request: Request, id: Id) -> None:
    """Delete a group; its members lose what was granted to it."""
    await call(request, lambda accounts, by: accounts.delete_group(id, by=by))


@router.put("/api/groups/members", status_code=204, summary="Add somebody to a group")
async def add_member(request: Request, id: Id, account: Id) -> None:
    """Add an account to a group."""
    await call(request, lambda accounts, by: accounts.add_to_group(account, id, by=by))


@router.delete("/api/groups/members", status_code=204, summary="Take somebody out of a group")
async def remove_member(request: Request, id: Id, account: Id) -> None:
    """Take an account out of a group."""
    await call(request, lambda accounts, by: accounts.remove_from_group(account, id, by=by))


@router.get("/api/grants", summary="What is granted")
async def get_grants(request: Request) -> dict[str, list[Grant]]:
    """List all grants. Admins, and members on what they own, may more without one."""
    found = await call(request, lambda accounts, _by: accounts.grants())
    return {"grants": [Grant(**fields(one)) for one in found]}


@router.post("/api/grants", summary="Grant a right")
async def make_grant(request: Request, body: NewGrant) -> Grant:
    """Grant a right to an account, a group of people or everybody, on a stream, a group of streams or all."""
    right = GrantedRight(body.right, body.stream, body.group)
    made = await call(
        request, lambda accounts, by: accounts.grant(body.subject_kind, body.subject, right, by=by)
    )
    return Grant(**fields(made))


@router.delete("/api/grants", status_code=204, summary="Take a grant back")
async def revoke(request: Request, id: Id) -> None:
    """Take a grant back; what it opened ends within a second."""
    await call(request, lambda accounts, by: accounts.revoke(id, by=by))
