"""A stream as the API shows it: go2rtc's shape, with Framecast's facts beside it. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from framecast.model.status import Status, public_tracks
from framecast.servers.web.live.silence import reason_words


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
        description="capture time of the picture of `GET /api/last.jpeg`, UTC seconds; null without a picture"
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


def shape(status: Status, note: str, viewers: int) -> Stream:
    """Return the shape of a stream; `note` is that of the status, now, `viewers` how many look at it."""
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
        note=note,
        reconnects=status.reconnects,
        readers=status.readers,
        viewers=viewers,
        configured=status.configured,
        options=status.options,
        facts=status.facts,
        tracks=public_tracks(status.tracks),
    )
