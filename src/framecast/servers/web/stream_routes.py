"""Streams over HTTP: list, add, change, remove, reconnect. go2rtc's shapes, with Framecast's facts beside them."""

from __future__ import annotations

from time import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from framecast.errors import Invalid
from framecast.model import check_name
from framecast.model.status import Status, public_tracks
from framecast.servers.web.context import WebContext, web_of
from framecast.servers.web.openapi import NAME
from framecast.servers.web.silence import reason_words

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

    name: str
    display_name: str
    groups: list[str]
    producers: list[Producer]
    consumers: list[Consumer]
    state: str
    reason: str
    message: str
    since: float
    newest_at: float | None
    every_s: float | None
    note: str
    reconnects: int
    readers: int
    viewers: int
    configured: str
    options: dict[str, Any]
    facts: dict[str, str]
    tracks: list[dict[str, Any]]


class StreamBody(BaseModel):
    """A stream to add: its name, its source, and the options that `framecast.yaml` allows."""

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    source: str | None = None


Name = Annotated[str, Query(description="the stream's name", json_schema_extra=NAME)]


@router.get("/api/streams", summary="All streams, or one")
async def get_streams(
    request: Request,
    src: Annotated[str | None, Query(description="only this stream", json_schema_extra=NAME)] = None,
) -> dict[str, Stream] | Stream:
    """Give every stream by its name; with `src` that stream alone."""
    web = web_of(request)
    viewers = web.viewers()
    if src is not None:
        return _shape(await web.node.stream(check_name(src)), viewers)
    return {status.name: _shape(status, viewers) for status in await web.node.streams()}


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
    await web.node.request("put", name=wanted, stream=spec)
    return await _stream(web, wanted)


@router.delete("/api/streams", status_code=204, summary="Remove a stream")
async def delete_stream(request: Request, src: Name) -> None:
    """Remove a stream; its viewers are let go."""
    web = web_of(request)
    await web.node.request("delete", name=check_name(src))
    web.drop_stream(src)


@router.post("/api/restart", summary="Dial a source again")
async def restart_stream(request: Request, src: Name) -> Stream:
    """Dial a stream's source again now, without waiting for the next try."""
    web = web_of(request)
    await web.node.request("restart", name=check_name(src))
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
