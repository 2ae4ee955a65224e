"""The people of a room over HTTP: members and their roles, invitations, and what waits for its moderators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from framecast.servers.web.rooms.calls import enter
from framecast.servers.web.rooms.shapes import (
    InvitationShape,
    Key,
    MadeInvitation,
    MemberId,
    MemberShape,
    NewInvitation,
    QueueShape,
    RestrictionShape,
    RoleChange,
)

router = APIRouter(tags=["rooms"])


@router.get("/api/rooms/{key}/members", summary="People whom a room knows by name")
async def get_members(request: Request, key: Key) -> dict[str, list[MemberShape]]:
    """List the members of a private room, or the moderators of the room of a stream or a video."""
    here = await enter(request, key)
    if here.room is None:
        return {"members": []}
    found = await here.hub.call(lambda rooms: rooms.members(here.key, here.who))
    return {
        "members": [
            MemberShape(id=one.id, name=one.name, role=one.role.value, joined_at=one.joined_at)
            for one in found
        ]
    }


@router.patch("/api/rooms/{key}/members/{id}", status_code=204, summary="Give a member another role")
async def change_member(request: Request, key: Key, id: MemberId, body: RoleChange) -> None:
    """Let somebody be a moderator, or no longer. `id` may also be the name of an account. For the owner."""
    here = await enter(request, key, writes=True)
    await here.change(lambda rooms: rooms.set_role(here.key, here.who, id, body.role))


@router.delete("/api/rooms/{key}/members/{id}", status_code=204, summary="Remove a member")
async def remove_member(request: Request, key: Key, id: MemberId) -> None:
    """Remove somebody from a private room or from the moderators; everybody may leave. For the owner."""
    here = await enter(request, key, writes=True)
    await here.change(lambda rooms: rooms.remove_member(here.key, here.who, id))


@router.post("/api/rooms/{key}/invitations", summary="Invite to a private room")
async def make_invitation(request: Request, key: Key, body: NewInvitation | None = None) -> MadeInvitation:
    """Make a link that lets people in. Its secret is shown now and never again. For the moderators and the owner."""
    here, wanted = await enter(request, key, writes=True), body or NewInvitation.model_validate({})
    made, secret = await here.change(
        lambda rooms: rooms.invite(here.key, here.who, wanted.expires_s, wanted.most_uses)
    )
    url = f"{request.base_url}rooms/join#{secret}"
    return MadeInvitation(id=made.id, token=secret, url=url, expires_at=made.expires_at)


@router.get("/api/rooms/{key}/invitations", summary="Invitations that count")
async def get_invitations(request: Request, key: Key) -> dict[str, list[InvitationShape]]:
    """List the invitations to a private room. For the moderators and the owner."""
    here = await enter(request, key, writes=True)
    here.check_moderator()
    if here.room is None:
        return {"invitations": []}
    found = await here.hub.call(lambda rooms: rooms.invitations(here.key, here.who))
    return {"invitations": [InvitationShape.model_validate(one, from_attributes=True) for one in found]}


@router.delete("/api/rooms/{key}/invitations", status_code=204, summary="End an invitation")
async def end_invitation(
    request: Request, key: Key, id: Annotated[str, Query(max_length=64, description="of the invitation")]
) -> None:
    """Withdraw an invitation. People that have used it stay members. For the moderators and the owner."""
    here = await enter(request, key, writes=True)
    await here.change(lambda rooms: rooms.revoke_invitation(here.key, here.who, id))


@router.get("/api/rooms/{key}/queue", summary="What waits for the moderators")
async def get_queue(request: Request, key: Key) -> QueueShape:
    """Give the held messages and the reports of a room. For its moderators and its owner."""
    here = await enter(request, key, writes=True)
    here.check_moderator()
    if here.room is None:
        return QueueShape(held=[], reports=[], held_count=0, report_count=0)
    found = await here.hub.call(lambda rooms: rooms.queue(here.key, here.who))
    return QueueShape(**found.to_json())


@router.get("/api/rooms/{key}/restrictions", summary="Time-outs and bans")
async def get_restrictions(request: Request, key: Key) -> dict[str, list[RestrictionShape]]:
    """List who may not write or enter, and why. For the moderators and the owner."""
    here = await enter(request, key, writes=True)
    here.check_moderator()
    if here.room is None:
        return {"restrictions": []}
    found = await here.hub.call(lambda rooms: rooms.restrictions(here.key, here.who))
    return {"restrictions": [RestrictionShape(**one.to_json()) for one in found]}
