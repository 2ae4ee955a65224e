"""Trying a source over HTTP, for the form that adds a stream."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from framecast.errors import FramecastError, SourceError, error_to_json
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

    ok: Literal[True] = True
    tracks: list[dict[str, Any]]
    facts: dict[str, str]
    picture: str | None


class TrialFailure(BaseModel):
    """Why it does not work: a sentence, and the code of the reason."""

    error: str
    message: str
    reason: str


class TrialReport(BaseModel):
    """The failure as an answer, with `result=always`; `reason` is empty if the source was not dialled."""

    ok: Literal[False]
    error: str
    message: str
    reason: str
    fields: dict[str, Any] = {}


NO_STORE = {"Cache-Control": "no-store"}


@router.post(
    "/api/streams/try",
    response_model=TrialAnswer | TrialReport,
    responses={502: {"model": TrialFailure, "description": "the source does not work"}},
    summary="Try a source without saving it",
)
async def try_stream(
    request: Request,
    body: Annotated[TrialBody, Body()],
    result: Annotated[
        Literal["status", "always"],
        Query(description="`always` answers 200 also if the source does not work; `ok` is false then"),
    ] = "status",
) -> Response:
    """Dial a source for up to ten seconds and tell what it has, or why it does not work."""
    spec = body.model_dump(exclude_none=True)
    try:
        spec["source"] = check_source(spec.get("source"))
        name = check_name(spec.pop("name", None) or "trial")
        trial = await web_of(request).trials.run(name, spec)
    except FramecastError as error:
        reason = error.reason if isinstance(error, SourceError) else ""
        if result == "always":
            return JSONResponse({"ok": False, **error_to_json(error), "reason": reason}, 200, NO_STORE)
        if not isinstance(error, SourceError):
            raise
        answer = {"error": "SourceError", "message": str(error), "reason": reason}
        return JSONResponse(answer, 502, NO_STORE)
    return JSONResponse({"ok": True, **asdict(trial)}, 200, NO_STORE)
