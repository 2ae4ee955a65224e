"""Streams over HTTP: list, add, change, remove, dial again. go2rtc's shapes, with Framecast's facts beside them."""

from __future__ import annotations

from time import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from framecast.errors import Invalid
from framecast.model import check_name
from framecast.model.cadence import PICTURES, note_words
from framecast.servers.node_link import Fields
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
    """A stream as the node sees it. `message` says in words what is wrong; `since` and `newest_at` are UTC seconds.

    `every_s` is the time between pictures where that is a second or more; `note` says so in words, or for how long none has come.
    """

    name: str
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
        status = await web.node.request("stream", name=check_name(src))
        return _shape(status, viewers)
    return {str(status["name"]): _shape(status, viewers) for status in await web.node.streams()}


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
    return _shape(await web.node.request("stream", name=name), web.viewers())


def _note(status: Fields) -> str:
    names = {track.get("name") for track in status.get("tracks", ())}
    newest_at = status.get("newest_at")
    return note_words(
        is_live=status["state"] == "live",
        age_s=None if newest_at is None else time() - newest_at,
        every_s=status.get("every_s"),
        has_pictures=not names or bool(names & set(PICTURES)),
    )


def _shape(status: Fields, viewers: dict[str, int]) -> Stream:
    reason, readers = str(status.get("reason", "")), int(status.get("readers", 0))
    wrong = status["state"] in ("offline", "stalled")
    return Stream(
        name=str(status["name"]),
        producers=[Producer(url=str(status.get("source", "")))],
        consumers=[Consumer()] * readers,
        state=str(status["state"]),
        reason=reason,
        message=reason_words(reason, str(status.get("detail", ""))) if wrong else "",
        since=float(status.get("since", 0.0)),
        newest_at=status.get("newest_at"),
        every_s=status.get("every_s"),
        note=_note(status),
        reconnects=int(status.get("reconnects", 0)),
        readers=readers,
        viewers=viewers.get(str(status["name"]), 0),
        configured=str(status.get("configured", "")),
        options=dict(status.get("options", {})),
        facts=dict(status.get("facts", {})),
        tracks=list(status.get("tracks", ())),
    )
