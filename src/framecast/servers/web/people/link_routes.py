"""Share links over HTTP: a client with the access token creates, lists and ends them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from framecast.model import check_name
from framecast.servers.access.links import PATHS, address_of, parse_expiry
from framecast.servers.web.context import web_of
from framecast.servers.web.http.openapi import NAME

router = APIRouter(tags=["links"])

Id = Annotated[str, Query(max_length=64, description="of the link")]


class Link(BaseModel):
    """A link as it is listed; its token is shown once, when it is made."""

    id: str
    stream: str
    created: int
    expires: int
    revoked: bool = False


class NewLink(BaseModel):
    """A link that was just made. `expires` is UTC seconds; `url` has the token in it."""

    id: str
    stream: str
    expires: int
    token: str
    url: str


@router.post("/api/links", summary="Make a link to one stream")
async def make_link(
    request: Request,
    src: Annotated[str, Query(description="the stream's name", json_schema_extra=NAME)],
    expires: Annotated[str, Query(max_length=16, description="such as 90d, 12h or 30m")] = "90d",
    path: Annotated[str, Query(max_length=32, description=", ".join(PATHS))] = "stream.mjpeg",
) -> NewLink:
    """Return a URL that opens the pictures and the sound of one stream, and nothing else, without the access token."""
    name, seconds = check_name(src), parse_expiry(expires)
    address_of("", path, name, "")
    answer = await web_of(request).node.request("link", name=name, expires_s=seconds)
    url = address_of(str(request.base_url), path, name, str(answer["token"]))
    return NewLink(id=answer["link"], stream=name, expires=answer["expires"], token=answer["token"], url=url)


@router.get("/api/links", summary="The links that have not expired")
async def get_links(request: Request) -> dict[str, list[Link]]:
    """List the links; no token is among it."""
    answer: dict[str, Any] = await web_of(request).node.request("links")
    return {"links": [Link(**link) for link in answer["links"]]}


@router.delete("/api/links", status_code=204, summary="End a link")
async def end_link(request: Request, id: Id) -> None:
    """End a link at once; its viewers are cut within seconds."""
    await web_of(request).node.request("unlink", link=id)
