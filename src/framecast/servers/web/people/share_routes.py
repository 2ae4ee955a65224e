"""Shared pages of accounts: owners and admins make and end them; visitors open them, with a password if the link has one. Event loop."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from framecast.errors import Denied, Invalid
from framecast.model import check_name
from framecast.model.rights import Scope
from framecast.servers.access.finding import find_stream
from framecast.servers.access.principal import Requirement
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of, principal_of
from framecast.servers.web.library.calls import find_video
from framecast.servers.web.page import page_answer
from framecast.servers.web.people.calls import account_of, call, people_of
from framecast.servers.web.people.shapes import PASSWORD, SECRET, STREAM, TEXT, YEAR_S, Id, fields
from framecast.servers.web.people.sign_in import wait_words

router = APIRouter(tags=["people"])

_VIDEO = Annotated[str | None, Field(default=None, max_length=32, description="id of a video")]


class Share(BaseModel):
    """A shared page; its secret is shown once, when it is made. Times are UTC seconds."""

    id: str
    name: str
    account_name: str = Field(description="whose rights it has")
    stream: str | None
    video: str | None
    has_password: bool
    created_at: float
    used_at: float | None
    used_from: str
    expires_at: float | None


class NewShare(BaseModel):
    """A link to make, to one stream or one video."""

    name: TEXT
    stream: STREAM
    video: _VIDEO
    password: Annotated[str | None, Field(default=None, max_length=1024)]
    expires_s: Annotated[float | None, Field(default=7 * 86400.0, gt=0, le=10 * YEAR_S)]


class MadeShare(Share):
    """A link that was just made: its address, whose part behind `#` is the secret."""

    url: str


class Opening(BaseModel):
    """A link that is opened."""

    secret: SECRET
    password: Annotated[PASSWORD | None, Field(default=None)]


class Opened(BaseModel):
    """What a link shows, and the media token with which players load it."""

    name: str
    stream: str | None
    video: str | None
    token: str
    expires_at: float | None


@router.get("/share", include_in_schema=False)
async def share_page(request: Request) -> Response:
    """Show what a link leads to; the secret is in the fragment, which the server does not see."""
    return page_answer(request, "share")


@router.post("/api/share", response_model=Opened, summary="Open a shared page")
async def open_share(request: Request, body: Opening) -> Response:
    """Return the media token of a link. Wrong passwords are slowed like those of logins; the field `reason` says what is missing."""
    address = address_of(request.scope)
    found = await people_of(request).call(
        lambda accounts: accounts.open_share(body.secret, body.password, address), is_sign_in=True
    )
    await asyncio.sleep(found.delay_s)
    headers = {"Cache-Control": "no-store"}
    share = found.share
    if share is not None:
        opened = Opened(
            name=share.name,
            stream=share.stream,
            video=share.video,
            token=found.token,
            expires_at=share.expires_at,
        )
        return JSONResponse(opened.model_dump(), headers=headers)
    status, message = _REFUSED[found.reason]
    if found.wait_s:
        message, headers["Retry-After"] = message.format(wait_words(found.wait_s)), str(int(found.wait_s) + 1)
    return JSONResponse({"error": "Denied", "message": message, "reason": found.reason}, status, headers)


@router.get("/api/shares", summary="Your shared pages")
async def get_shares(
    request: Request,
    src: Annotated[str | None, Query(max_length=64, description="only those to this stream")] = None,
    video: Annotated[str | None, Query(max_length=32, description="only those to this video")] = None,
) -> dict[str, list[Share]]:
    """List your own shared pages; admins get those of everybody. No secret is among it."""
    only = None if _is_admin(request) else account_of(request)
    found = await call(request, lambda accounts, _by: accounts.shares(only, stream=src, video=video))
    return {"shares": [Share(**fields(one)) for one in found]}


@router.post("/api/shares", summary="Make a shared page")
async def make_share(request: Request, body: NewShare) -> MadeShare:
    """Make a link to a stream that the account may change, or to a video that it owns. The link ends with the right to see it."""
    account = account_of(request)
    if (body.stream is None) == (body.video is None):
        raise Invalid("a shared page needs one stream or one video")
    if body.stream is not None:
        web = web_of(request)
        await find_stream(web.node, web.sight(request), check_name(body.stream), Requirement.CONTROL)
    else:
        await _check_video(request, account, str(body.video))
    info, secret = await call(
        request,
        lambda accounts, by: accounts.make_share(
            account,
            body.name,
            stream=body.stream,
            video=body.video,
            expires_s=body.expires_s,
            password=body.password or None,
            by=by,
        ),
    )
    return MadeShare(**fields(info), url=f"{request.base_url}share#{secret}")


@router.delete("/api/shares", status_code=204, summary="End a shared page")
async def end_share(request: Request, id: Id) -> None:
    """End a link; what it opened ends within a second. Admins end those of everybody."""
    only = None if _is_admin(request) else account_of(request)
    await call(request, lambda accounts, by: accounts.end_share(id, account=only, by=by))


async def _check_video(request: Request, account: str, video: str) -> None:
    found = await find_video(request, video, Scope.WATCH)
    if not _is_admin(request) and (found.owner is None or found.owner.id != account):
        raise Denied("only the owner of a video, or an admin, may make a shared page to it")


def _is_admin(request: Request) -> bool:
    who = principal_of(request.scope)
    return who.rights is None or who.rights.is_admin


_REFUSED = {
    "password": (401, "This link needs a password."),
    "wrong": (401, "This is not the password of the link."),
    "too-many": (429, "Too many tries. Wait {}, then try again."),
}
