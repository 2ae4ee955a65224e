"""Streams over HTTP: list, add, change, remove, reconnect. go2rtc's shapes, with Framecast's facts beside them."""

from __future__ import annotations

from time import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from framecast.errors import Invalid
from framecast.model import check_name
from framecast.model.status import Status, public_tracks
from framecast.servers.access.finding import check_change, find_stream
from framecast.servers.access.principal import Requirement
from framecast.servers.web.context import WebContext, web_of
from framecast.servers.web.http.credentials import by
from framecast.servers.web.http.openapi import NAME, with_options
from framecast.servers.web.live.silence import reason_words

router = APIRouter(tags=["streams"])


class Producer(BaseModel):
    """Where a stream comes from; passwords are masked."""

    url: str


class Consumer(BaseModel):
    """One reader of a stream."""

    type: str = "reader"


class Stream(BaseModel):
    """A stream as the node sees it. `display_name` is '' where people call it by its name. `message` says in words what is wrong; `since` and `newest_at` are UTC seconds.

    `every_s` is the time between pictures where that is a second or more; `note` says so in words, or for how long none has come.
    """

    name: str = Field(description="technical name: unique on this node")
    display_name: str = Field(description="what people call it; '' if that is its name")
    groups: list[str] = Field(description="groups in which pages show it")
    producers: list[Producer] = Field(description="where it comes from")
    consumers: list[Consumer] = Field(description="one item for each reader")
    state: str = Field(description="connecting, live, stalled, offline, idle or ended")
    reason: str = Field(description="code of the failure, '' without one")
    message: str = Field(description="the failure in words, '' without one")
    since: float = Field(description="when the state began, UTC seconds")
    newest_at: float | None = Field(description="when the newest record arrived, UTC seconds")
    last_picture_at: float | None = Field(
        description="when the picture of `GET /api/last.jpeg` was captured, UTC seconds; null if there is none"
    )
    every_s: float | None = Field(description="time between pictures, if that is a second or more")
    note: str = Field(description="of a live stream: how rarely pictures come, or how long none has come")
    reconnects: int = Field(description="since the node has started")
    readers: int = Field(description="on the bus of this node")
    viewers: int = Field(description="of this web server")
    configured: str = Field(description="where it is configured: file, command, api or program")
    options: dict[str, Any] = Field(description="every option with its value")
    facts: dict[str, str] = Field(description="what the source says about itself")
    tracks: list[dict[str, Any]] = Field(description="name, kind, codec, size, rate")


class StreamBody(BaseModel):
    """A stream to add: its name, its source, and the options that `framecast.yaml` allows."""

    model_config = ConfigDict(extra="allow", json_schema_extra=with_options)

    name: str | None = Field(default=None, description="the stream's name", examples=["demo"])
    source: str | None = Field(
        default=None, description="the source: URL, path, pattern:, ...", examples=["pattern:"]
    )


Name = Annotated[str, Query(description="the stream's name", json_schema_extra=NAME)]


@router.get("/api/streams", summary="All streams, or one")
async def get_streams(
    request: Request,
    src: Annotated[str | None, Query(description="only this stream", json_schema_extra=NAME)] = None,
) -> dict[str, Stream] | Stream:
    """Give every stream by its name; with `src` that stream alone."""
    web = web_of(request)
    viewers, sight = web.viewers(), web.sight(request)
    if src is not None:
        return _shape(await find_stream(web.node, sight, src), viewers)
    return {status.name: _shape(status, viewers) for status in sight.known_of(await web.node.streams())}


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
    return _shape(await web.node.stream(name), web.viewers())


def _shape(status: Status, viewers: dict[str, int]) -> Stream:
    return Stream(
        name=status.name,
        display_name=status.display_name,
        groups=list(status.groups),
        producers=[Producer(url=status.source)],
        consumers=[Consumer()] * status.readers,
        state=str(status.state),
        reason=status.reason,
        message=reason_words(status.reason, status.detail) if status.has_failed else "",
        since=status.since,
        newest_at=status.newest_at,
        last_picture_at=status.last_picture_at,
        every_s=status.every_s,
        note=status.note(time()),
        reconnects=status.reconnects,
        readers=status.readers,
        viewers=viewers.get(status.name, 0),
        configured=status.configured,
        options=status.options,
        facts=status.facts,
        tracks=public_tracks(status.tracks),
    )
