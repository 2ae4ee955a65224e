"""Trying a source over HTTP, for the form that adds a stream."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from framecast.errors import FramecastError, SourceError
from framecast.model import check_name
from framecast.servers.access.policy import Verdict
from framecast.servers.access.principal import Requirement
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import by
from framecast.servers.web.http.openapi import with_options
from framecast.servers.web.live.trial import Trial, check_source

router = APIRouter(tags=["streams"])


class TrialBody(BaseModel):
    """A source and the options that `framecast.yaml` allows; `name` says whose secrets a masked source has."""

    model_config = ConfigDict(extra="allow", json_schema_extra=with_options)

    name: str | None = Field(default=None, description="the stream's name", examples=["demo"])
    source: str | None = Field(
        default=None, description="the source: URL, path, pattern:, ...", examples=["pattern:"]
    )


class TrialAnswer(BaseModel):
    """What the source has: its tracks, facts about it, and a picture as JPEG in base64.

    With `result=always` also why it does not work: `ok` is false, nothing is found, and `reason` is empty if it was not dialled.
    """

    ok: bool = True
    tracks: list[dict[str, Any]]
    facts: dict[str, str]
    picture: str | None
    error: str = ""
    message: str = ""
    reason: str = ""


class TrialFailure(BaseModel):
    """Why it does not work: a sentence, and the code of the reason."""

    error: str
    message: str
    reason: str


_NO_STREAM = "trial"
NO_STORE = {"Cache-Control": "no-store"}


@router.post(
    "/api/streams/try",
    response_model=TrialAnswer,
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
        name = check_name(spec.pop("name", None) or _NO_STREAM)
        # The secrets of a masked source are those of a stream that the client may change.
        if web_of(request).sight(request).verdict(Requirement.CONTROL, name) is not Verdict.ALLOWED:
            name = check_name(_NO_STREAM)
        trial = await web_of(request).trials.run(name, spec, by(request))
    except FramecastError as error:
        if result == "status" and not isinstance(error, SourceError):
            raise
        failure = {
            "error": type(error).__name__,
            "message": str(error),
            "reason": error.reason if isinstance(error, SourceError) else "",
        }
        if result == "status":
            return JSONResponse(failure, 502, NO_STORE)
        return JSONResponse({"ok": False, **asdict(Trial([], {}, None)), **failure}, 200, NO_STORE)
    return JSONResponse({"ok": True, **asdict(trial)}, 200, NO_STORE)
