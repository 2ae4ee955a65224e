"""The data tracks of videos over HTTP, such as detections: by ranges of time, as JSON. What one may not see is not there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from framecast.clock import NS
from framecast.errors import Invalid
from framecast.model.data_file import Place
from framecast.model.rights import Scope
from framecast.servers.stored_data import StoredTrack, find_track, json_of, read_part
from framecast.servers.web.context import web_of
from framecast.servers.web.http.byte_range import is_known
from framecast.servers.web.library.calls import catalogue_of, find_video
from framecast.servers.web.library.shapes import VideoId

router = APIRouter(tags=["library"])

_LONGEST_S = 1e6
# A track has at most 1 GiB, and a record 20 bytes at least.
_MOST_RECORDS = 1 << 26

Track = Annotated[
    str,
    Path(
        max_length=64,
        description="name of the track, as in `media.data`",
        json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
    ),
]
From = Annotated[float, Query(ge=0, le=_LONGEST_S, description="seconds from the first picture")]
To = Annotated[float, Query(gt=0, le=_LONGEST_S, description="up to before this time, in seconds")]
Skip = Annotated[
    int, Query(ge=0, le=_MOST_RECORDS, description="number of records at the time `from_s` to leave out")
]


class StoredArray(BaseModel):
    """An array of numbers, in C order and little-endian."""

    dtype: str = Field(description="as NumPy writes it, such as `<f8`")
    shape: list[int]
    base64: str


class StoredDataRecord(BaseModel):
    """One record: it has `value`, `bytes` or `array`."""

    time_s: float = Field(description="seconds from the first picture of the video")
    captured_at: float = Field(description="UTC seconds")
    value: Any = Field(default=None, description="a JSON value")
    bytes: str | None = Field(default=None, description="bytes in base64")
    array: StoredArray | None = None


class StoredDataPart(BaseModel):
    """Records in the order of their times."""

    track: str
    records: list[StoredDataRecord]
    next_s: float | None = Field(description="`from_s` of what follows; null: this is all")
    next_skip: int = Field(description="`skip` of what follows: more than 0 within many records of one time")
    unreadable: int = Field(description="records that were left out, because they hold no value")


@router.get(
    "/api/videos/{id}/data/{track}",
    response_model=StoredDataPart,
    responses={304: {"description": "the client has it"}},
    summary="Data of a video by time",
)
async def get_data(
    request: Request, id: VideoId, track: Track, from_s: From = 0.0, to_s: To = _LONGEST_S, skip: Skip = 0
) -> Response:
    """Give the records of a data track that is kept with a video, such as what a detector has found: about 1 MiB at a time."""
    if to_s <= from_s:
        raise Invalid(f"to_s must be greater than from_s, got {to_s:g} and {from_s:g}")
    video = await find_video(request, id, Scope.WATCH)
    found = find_track(video, track)
    headers = {"Cache-Control": "private, no-cache", "ETag": found.records.etag}
    if found.records.is_growing:
        headers = {"Cache-Control": "no-store"}
    elif is_known(request.headers, found.records.etag):
        return Response(status_code=304, headers=headers)
    readers, objects = web_of(request).readers, catalogue_of(request).objects
    start, to_ns = Place(round(from_s * NS), skip), round(to_s * NS)
    body = await readers.run(lambda: _body(objects(), found, start, to_ns))
    return Response(body, media_type="application/json", headers=headers)


def _body(objects: Any, track: StoredTrack, start: Place, to_ns: int) -> str:  # noqa: ANN401  `Objects`, imported with the library
    part = read_part(objects, track, start, to_ns)
    texts = [json_of(one) for one in part.records]
    good = [one for one in texts if one is not None]
    next_s = "null" if part.next is None else repr(part.next.time_ns / NS)
    next_skip = 0 if part.next is None else part.next.skip
    return (
        f'{{"track":"{track.name}","records":[{",".join(good)}],"next_s":{next_s},'
        f'"next_skip":{next_skip},"unreadable":{len(texts) - len(good)}}}'
    )
