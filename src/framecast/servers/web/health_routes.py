"""How the server is: for probes, for Prometheus, and for the pages."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from framecast.errors import FramecastError
from framecast.model import State
from framecast.model.host import is_this_machine
from framecast.model.status import Status
from framecast.servers.web import process_metrics
from framecast.servers.web.context import WebContext, web_of
from framecast.servers.web.metrics import Answers, metrics_text

router = APIRouter(tags=["health"])

# Streams of these origins must have been tried before the server counts as ready.
_CONFIGURED = ("file", "command")
# What every account may know of the node; problems and processes name streams and files.
_FOR_ALL = ("version", "uptime_s")


class Health(BaseModel):
    """The process answers."""

    ok: bool = True


class Readiness(BaseModel):
    """Whether the node answers and every configured stream was tried; how many were not."""

    ready: bool
    waiting: int


@router.get("/healthz", summary="The server lives")
async def healthz() -> Health:
    """Say that this process answers. Free for everybody."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness}}, summary="The server is ready")
async def readyz(request: Request) -> Response:
    """Say whether the configured streams have been tried (those that nobody reads are not). Free for everybody."""
    web = web_of(request)
    try:
        waiting = sum(_is_waiting(web, status) for status in await web.node.streams())
        answer = Readiness(ready=waiting == 0, waiting=waiting)
    except FramecastError:
        answer = Readiness(ready=False, waiting=0)
    return JSONResponse(answer.model_dump(), 200 if answer.ready else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", response_class=Response, summary="Figures for Prometheus")
async def metrics(request: Request) -> Response:
    """Give every figure in Prometheus' text format; docs/reference/metrics.md names them."""
    web = web_of(request)
    ask = web.node.request
    statuses, stats, figures, info, processes = await asyncio.gather(
        web.node.streams(), ask("stats"), ask("figures"), ask("info"), ask("processes")
    )
    usages = await asyncio.to_thread(process_metrics.read, processes["processes"])
    answers = Answers(statuses, stats["streams"], figures["servers"], info, usages)
    text = metrics_text(answers, web, web.sight(request).knows)
    return Response(text, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


@router.get("/api/stats", summary="Counters of every stream")
async def stats(request: Request) -> dict[str, Any]:
    """Give the counters of all tracks and their readers, and of the viewers here, by stream."""
    web = web_of(request)
    streams = web.sight(request).known(dict((await web.node.request("stats"))["streams"]))
    viewers, shown, lost = web.viewers(), web.live_jpegs.stats(), web.live_mp4s.stats()
    for name, found in streams.items():
        found["viewers"] = viewers.get(name, 0)
        if name in shown:
            found["pictures"] = {
                "shown": shown[name].shown,
                "skipped": shown[name].skipped,
                "cut": shown[name].cut,
            }
        if name in lost:
            found["movies"] = {"lost_groups": lost[name].lost_groups, "cut": lost[name].cut}
    return {"streams": streams}


@router.get("/api", summary="The node itself")
async def info(request: Request) -> dict[str, Any]:
    """Give facts about the node: version, pid, uptime, servers; `login` tells whether sessions exist.

    `access` is open, token or accounts; `open_to` tells who reaches an open node: machine or network; `library`, whether it stores videos; `rooms`, whether people can talk here.
    """
    web = web_of(request)
    answer = await web.node.request("info")
    answer.pop("id", None)
    if not web.sight(request).is_whole:
        answer = {key: value for key, value in answer.items() if key in _FOR_ALL}
    return {
        **answer,
        "login": not web.gate.is_open,
        "access": _access(web),
        "open_to": _reached_by(web),
        "library": web.catalogue is not None,
        "rooms": web.rooms is not None,
    }


@router.get("/api/config/schema", summary="The form of framecast.yaml")
async def config_schema(request: Request) -> dict[str, Any]:
    """Give the JSON schema of the configuration."""
    answer = await web_of(request).node.request("schema")
    return dict(answer["schema"])


def _access(web: WebContext) -> str:
    if web.people is not None:
        return "accounts"
    return "open" if web.gate.is_open else "token"


def _reached_by(web: WebContext) -> str:
    return "machine" if is_this_machine(web.address) else "network"


def _is_waiting(web: WebContext, status: Status) -> bool:
    return (
        status.configured in _CONFIGURED
        and status.state is State.CONNECTING
        and not status.reconnects
        and status.name not in web.states.tried
    )
