"""Trying a source over HTTP, for the form that adds a stream."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from framecast.errors import SourceError
from framecast.model import check_name
from framecast.servers.web.context import web_of
from framecast.servers.web.openapi import with_options
from framecast.servers.web.trial import check_source

router = APIRouter(tags=["streams"])


class TrialBody(BaseModel):
    """A source and the options that `framecast.yaml` allows; `name` says whose secrets a masked source has."""

    model_config = ConfigDict(extra="allow", json_schema_extra=with_options)

    name: str | None = Field(default=None, description="the stream's name", examples=["demo"])
    source: str | None = Field(
        default=None, description="the source: URL, path, pattern:, ...", examples=["pattern:"]
    )


class TrialAnswer(BaseModel):
    """What the source has: its tracks, facts about it, and a picture as JPEG in base64."""

    tracks: list[dict[str, Any]]
    facts: dict[str, str]
    picture: str | None


class TrialFailure(BaseModel):
    """Why it does not work: a sentence, and the code of the reason."""

    error: str
    message: str
    reason: str


@router.post(
    "/api/streams/try",
    response_model=TrialAnswer,
    responses={502: {"model": TrialFailure, "description": "the source does not work"}},
    summary="Try a source without saving it",
)
async def try_stream(request: Request, body: Annotated[TrialBody, Body()]) -> Response:
    """Dial a source for up to ten seconds and tell what it has, or why it does not work."""
    web = web_of(request)
    spec = body.model_dump(exclude_none=True)
    spec["source"] = check_source(spec.get("source"))
    name = check_name(spec.pop("name", None) or "trial")
    try:
        trial = await web.trials.run(name, spec)
    except SourceError as error:
        answer = {"error": "SourceError", "message": str(error), "reason": error.reason}
        return JSONResponse(answer, 502, {"Cache-Control": "no-store"})
    return JSONResponse(asdict(trial), 200, {"Cache-Control": "no-store"})
