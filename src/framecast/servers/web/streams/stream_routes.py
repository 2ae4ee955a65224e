"""Streams over HTTP: list, add, change, remove, reconnect. go2rtc's shapes, with Framecast's facts beside them."""

from __future__ import annotations

from time import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from framecast.errors import Invalid
from framecast.model import check_name
from framecast.model.status import Status
from framecast.servers.access.finding import check_change, find_stream
from framecast.servers.access.principal import Requirement
from framecast.servers.web.context import WebContext, web_of
from framecast.servers.web.http.credentials import by
from framecast.servers.web.http.openapi import NAME, with_options
from framecast.servers.web.live.roster import Page
from framecast.servers.web.live.stream_shape import Stream, shape

router = APIRouter(tags=["streams"])


class StreamBody(BaseModel):
    """A stream to add: its name, its source, and the options that `framecast.yaml` allows."""

    model_config = ConfigDict(extra="allow", json_schema_extra=with_options)

    name: str | None = Field(default=None, description="the stream's name", examples=["demo"])
    source: str | None = Field(
        default=None, description="the source: URL, path, pattern:, ...", examples=["pattern:"]
    )


Name = Annotated[str, Query(description="the stream's name", json_schema_extra=NAME)]


@router.get("/api/streams", response_model=dict[str, Stream] | Stream, summary="All streams, or one")
async def get_streams(
    request: Request,
    src: Annotated[str | None, Query(description="only this stream", json_schema_extra=NAME)] = None,
    after: Annotated[
        str, Query(max_length=64, description="only streams after this name, in the order of names")
    ] = "",
    limit: Annotated[
        int | None, Query(ge=1, le=10_000, description="maximum number of streams (default: all)")
    ] = None,
) -> Stream | Response:
    """Give every stream by its name, in the order of the names; with `src` that stream alone.

    For the next page, pass the last name as `after`. A page with fewer than `limit` streams is the last one.
    """
    web = web_of(request)
    if src is not None:
        return _shape(web, await find_stream(web.node, web.sight(request), src))
    newest_at = await web.following.catch_up()
    text = web.roster.text(web.sight(request), newest_at, time(), Page(after, limit))
    return Response(text, media_type="application/json")


@router.put("/api/streams", summary="Add or change a stream")
async def put_stream(
    request: Request,
    src: Annotated[str | None, Query(description="the source: URL, path, pattern:, ...")] = None,
    name: Annotated[str | None, Query(description="the stream's name", json_schema_extra=NAME)] = None,
    body: StreamBody | None = None,
) -> Stream:
    """Add a stream or change it; it survives a restart. Give source and name in the query or as JSON.

    A source as `GET` shows it, with `***` for its secrets, keeps these while scheme, host and port stay the same.
    """
    web = web_of(request)
    spec = body.model_dump(exclude_none=True) if body else {}
    wanted = check_name(name if name is not None else spec.get("name", ""))
    spec.pop("name", None)
    if src is not None:
        spec["source"] = src
    if not spec.get("source"):
        raise Invalid(f"stream {wanted} needs a source: give src=URL, or a JSON body with 'source'")
    await check_change(web.node, web.sight(request), wanted, Requirement.CONTROL)
    await web.node.request("put", name=wanted, stream=spec, **by(request))
    return await _stream(web, wanted)


@router.delete("/api/streams", status_code=204, summary="Remove a stream")
async def delete_stream(request: Request, src: Name) -> None:
    """Remove a stream; its viewers are let go."""
    web = web_of(request)
    await web.node.request("delete", name=check_name(src), **by(request))
    web.drop_stream(src)


@router.post("/api/restart", summary="Dial a source again")
async def restart_stream(request: Request, src: Name) -> Stream:
    """Dial a stream's source again now, without waiting for the next try."""
    web = web_of(request)
    await web.node.request("restart", name=check_name(src), **by(request))
    return await _stream(web, src)


async def _stream(web: WebContext, name: str) -> Stream:
    return _shape(web, await web.node.stream(name))


def _shape(web: WebContext, status: Status) -> Stream:
    return shape(status, status.note(time()), web.viewers().get(status.name, 0))
