"""The JSON of rooms, for the description of the API: what `model.room` makes of its values. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

MOST = 200
LONGEST_KEY = 80
LONGEST_TITLE = 120
LONGEST_NAME = 40
MOST_CHARS = 10_000

KEY: dict[str, Any] = {
    "pattern": "^((stream|video|room):)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    "example": "stream:demo",
}
Key = Annotated[
    str,
    Path(
        max_length=LONGEST_KEY,
        description="of the room: stream:NAME (or the name alone), video:ID, room:ID",
        json_schema_extra=KEY,
    ),
]
MemberId = Annotated[
    str,
    Path(
        max_length=96,
        description="a:ACCOUNT or g:GUEST",
        json_schema_extra={"pattern": "^[ag]:[A-Za-z0-9_-]{1,90}$", "example": "a:abc"},
    ),
]
Most = Annotated[int, Query(ge=1, le=MOST, description="how many at most")]

Role = Literal["guest", "member", "moderator", "owner"]


class AuthorShape(BaseModel):
    """One person or program in a room, as it was then."""

    id: str = Field(description="a:ACCOUNT, or g:GUEST for somebody without an account")
    name: str
    role: Role


class SpanShape(BaseModel):
    """A part of a text that is more than text. Places count code points."""

    kind: Literal["link", "mention"]
    start: int
    end: int
    target: str = Field(description="the address (http or https), or the id of an author")


class QuoteShape(BaseModel):
    """The message that another one replies to."""

    seq: int
    name: str
    text: str = Field(description="its first 100 characters; '' if it was deleted")


class ReactionShape(BaseModel):
    """How many have reacted with the same."""

    emoji: str
    count: int


class MessageShape(BaseModel):
    """One message as it is now. Times are UTC seconds."""

    seq: int = Field(description="its number in the log of the room")
    at: float
    author: AuthorShape
    text: str = Field(description="plain text, never HTML")
    spans: list[SpanShape]
    id: str = Field(description="the id that its author gave it")
    reply_to: QuoteShape | None
    media_time_s: float | None = Field(description="the place in the media that it is about")
    edited_at: float | None
    is_deleted: bool
    reactions: list[ReactionShape]


class SettingsShape(BaseModel):
    """The settings of a room."""

    guests: Literal["off", "read", "write"] = Field(description="what people without an account may do")
    slow_s: int = Field(description="seconds between two messages of one member, 0: no limit")
    links: Literal["allowed", "members", "held", "refused"]
    words: list[str] | None = Field(default=None, description="only for moderators")
    words_action: Literal["held", "refused"]
    hold_new_s: int = Field(description="messages of accounts that are younger are held")
    remote: Literal["leader", "moderators", "everyone"] = Field(
        description="who plays, pauses and seeks for all"
    )
    waits_for_stalled: bool
    retention_days: int | None = Field(description="null: as long as the server keeps messages")
    is_open: bool = Field(description="false: only moderators write")


class SettingsChanges(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    guests: Literal["off", "read", "write"] | None = None
    slow_s: Annotated[int, Field(ge=0, le=21_600)] | None = None
    links: Literal["allowed", "members", "held", "refused"] | None = None
    words: Annotated[list[Annotated[str, Field(max_length=240)]], Field(max_length=500)] | None = None
    words_action: Literal["held", "refused"] | None = None
    hold_new_s: Annotated[int, Field(ge=0, le=30 * 86_400)] | None = None
    remote: Literal["leader", "moderators", "everyone"] | None = None
    waits_for_stalled: bool | None = None
    retention_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    is_open: bool | None = None


class PlaybackShape(BaseModel):
    """What a room plays together. While it plays, the position at the server's time t is `position_s + max(0, t - at_s) * speed`."""

    version: int
    video: str | None
    position_s: float
    at_s: float
    speed: float
    is_playing: bool
    leader: str | None
    waiting_for: list[str]


class YouShape(BaseModel):
    """What the one who asks is in a room."""

    id: str
    name: str
    role: Role
    may_write: bool
    may_moderate: bool


class RoomShape(BaseModel):
    """One room."""

    key: str
    kind: Literal["stream", "video", "room"]
    title: str
    settings: SettingsShape
    pinned: MessageShape | None
    playback: PlaybackShape | None
    owner: str | None = Field(description="the name of its owner")
    epoch: str = Field(
        description="of its numbers: they begin again under another one; '': nothing has happened in it"
    )
    last: int = Field(description="the number of its newest event")
    you: YouShape


class ListedRoomShape(BaseModel):
    """A room in your list."""

    key: str
    kind: Literal["stream", "video", "room"]
    title: str
    owner: str | None
    last: int
    changed_at: float = Field(description="when something has happened in it last, UTC seconds")
    unread: int = Field(description="messages that you have not read")
    mentions: int = Field(description="of these, those that name you")


class RoomPage(BaseModel):
    """Some rooms of your list. `next` is for `before` of the next page, null on the last one."""

    rooms: list[ListedRoomShape]
    next: str | None


class MessagePage(BaseModel):
    """Some messages of a room, in the order of their numbers (with `from_s`, in that of the media)."""

    epoch: str
    messages: list[MessageShape]
    mine: dict[int, list[str]] = Field(
        description="the emoji that you have put on them, by the number of the message"
    )


class NewRoom(BaseModel):
    """A private room to make."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE)]


class RoomChanges(BaseModel):
    """What to change about a room; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE)] | None = None
    settings: SettingsChanges | None = None


class JoinBody(BaseModel):
    """An invitation; a guest also gives its name."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(default="", max_length=4 * LONGEST_NAME)]


class NewMessage(BaseModel):
    """Something to say. The same `id` again of the same author is not a second message: the first one is returned."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=64, description="your own")]
    text: Annotated[str, Field(max_length=4 * MOST_CHARS)]
    reply_to: Annotated[int, Field(ge=1, lt=1 << 53)] | None = None
    media_time_s: Annotated[float, Field(ge=0, le=1e9)] | None = None
    name: Annotated[
        str, Field(default="", max_length=4 * LONGEST_NAME, description="of somebody without an account")
    ]


class SentShape(BaseModel):
    """What became of a message: without it, it is held until a moderator has seen it."""

    message: MessageShape | None
    is_held: bool
    is_repeat: bool = Field(description="it was sent before")


class MemberShape(AuthorShape):
    """Somebody whom a room knows by name."""

    joined_at: float


class RoleChange(BaseModel):
    """Another role of a member."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["member", "moderator", "owner"]


class NewInvitation(BaseModel):
    """An invitation to make."""

    model_config = ConfigDict(extra="forbid")

    expires_s: Annotated[float, Field(default=7 * 86_400, ge=60, le=90 * 86_400, description="from now on")]
    most_uses: Annotated[int, Field(ge=1, le=1000, description="null: any number of people")] | None = None


class InvitationShape(BaseModel):
    """An invitation as it is listed; its token is shown once, when it is made."""

    id: str
    made_by: str
    created_at: float
    expires_at: float
    uses: int
    most_uses: int | None


class MadeInvitation(BaseModel):
    """An invitation that was just made. `url` opens the room: its secret stands in the fragment, which browsers send to no server."""

    id: str
    token: str
    url: str
    expires_at: float


class HeldShape(BaseModel):
    """A message that nobody sees until a moderator releases it."""

    id: str
    at: float
    author: AuthorShape
    text: str
    reason: str = Field(description="word, link, or new: its author is new")
    media_time_s: float | None


class ReportShape(BaseModel):
    """What somebody says about a message, which is shown as it is now."""

    id: str
    at: float
    by: str
    text: str
    message: MessageShape


class QueueShape(BaseModel):
    """What waits for the moderators, the oldest first. The counts are of all, also those beyond the lists."""

    held: list[HeldShape]
    reports: list[ReportShape]
    held_count: int
    report_count: int


class RestrictionShape(BaseModel):
    """A time-out or a ban. `until` null: until it is lifted."""

    id: str
    kind: Literal["timeout", "ban"]
    scope: Literal["account", "session", "address"]
    author: str
    name: str
    network: str = Field(description="'' for those that may not see addresses")
    reason: str
    by: str
    created_at: float
    until: float | None
