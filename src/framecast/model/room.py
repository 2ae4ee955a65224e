"""A room as frozen values: its key, the people in it, what was said, its log, its settings. Pure: any process may import it.

A room has one log. Everything that happens in it is an event with a number, `seq`, that grows by one; its `epoch` says which numbering that is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from framecast.errors import Invalid
from framecast.model.room_settings import RoomSettings
from framecast.model.stream import check_name
from framecast.model.text import described, shown

LONGEST_ID = 96  # of an author
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class RoomKind(StrEnum):
    """What a room is around: a stream, a video, or the people that were invited."""

    STREAM = "stream"
    VIDEO = "video"
    PRIVATE = "room"


class RoomRole(StrEnum):
    """What somebody may do in a room; `rank` is their order."""

    GUEST = "guest"
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """0 for a guest, 3 for an owner."""
        return _RANKS[self]

    @property
    def may_moderate(self) -> bool:
        """True for a moderator and an owner."""
        return self.rank >= RoomRole.MODERATOR.rank


_RANKS = {role: rank for rank, role in enumerate(RoomRole)}


class EventKind(StrEnum):
    """What an event of the log is."""

    MESSAGE = "message"
    EDIT = "edit"
    DELETE = "delete"
    REACT = "react"
    CLEAR = "clear"
    PIN = "pin"
    ROLE = "role"
    SETTINGS = "settings"
    PLAYBACK = "playback"


@dataclass(frozen=True, slots=True)
class RoomKey:
    """What a room is called: `stream:NAME`, `video:ID`, `room:ID`."""

    kind: RoomKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def parse_key(given: object) -> RoomKey:
    """Return the key in a text; a bare name is that of a stream.

    Raises:
        Invalid: it is no key.
    """
    if isinstance(given, RoomKey):
        return given
    if isinstance(given, str) and len(given) <= 80:
        head, colon, rest = given.partition(":")
        if not colon:
            return RoomKey(RoomKind.STREAM, check_name(head))
        if head == RoomKind.STREAM:
            return RoomKey(RoomKind.STREAM, check_name(rest))
        if head in (RoomKind.VIDEO, RoomKind.PRIVATE) and _ID.fullmatch(rest):
            return RoomKey(RoomKind(head), rest)
    found = repr(shown(given, 80)) if isinstance(given, str) else described(given)
    raise Invalid(f"a room must be stream:NAME, video:ID or room:ID, got {found}", reason="room")


@dataclass(frozen=True, slots=True)
class Visitor:
    """The one that is in a room, or asks for something there. `is_owner`: owns the stream or the video.

    `is_local`: everybody on an open node, and programs of this machine. A guest has no account but an id of its own.
    """

    account: str | None
    guest: str | None
    name: str
    is_admin: bool = False
    is_owner: bool = False
    is_local: bool = False
    address: str = ""
    session: str = ""

    @property
    def id(self) -> str:
        """The id of an author, on the wire and in rows."""
        return f"a:{self.account}" if self.account is not None else f"g:{self.guest or ''}"


@dataclass(frozen=True, slots=True)
class Author:
    """The one that has done something, as it was then."""

    id: str
    name: str
    role: RoomRole

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"id": self.id, "name": self.name, "role": str(self.role)}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that is more than text: a `link` to a URL, a `mention` of an author's id. Counted in code points."""

    kind: str
    start: int
    end: int
    target: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"kind": self.kind, "start": self.start, "end": self.end, "target": self.target}


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that another one replies to, as it is now: empty text if it was deleted."""

    seq: int
    name: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"seq": self.seq, "name": self.name, "text": self.text}


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is now. `at` and `edited_at` are UTC seconds; `media_time_s` is the place in the media that it is about."""

    seq: int
    at: float
    author: Author
    text: str
    spans: tuple[Span, ...] = ()
    client_id: str = ""
    reply_to: Quote | None = None
    media_time_s: float | None = None
    edited_at: float | None = None
    is_deleted: bool = False
    reactions: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "seq": self.seq,
            "at": self.at,
            "author": self.author.to_json(),
            "text": self.text,
            "spans": [one.to_json() for one in self.spans],
            "id": self.client_id,
            "reply_to": None if self.reply_to is None else self.reply_to.to_json(),
            "media_time_s": self.media_time_s,
            "edited_at": self.edited_at,
            "is_deleted": self.is_deleted,
            "reactions": [{"emoji": emoji, "count": count} for emoji, count in self.reactions],
        }


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a log. `message` is there for MESSAGE, EDIT and PIN, as it is now; `target` is the seq of the message it is about.

    `data` is what else belongs to its kind: REACT `emoji`, `on`, `count`; CLEAR `author`; ROLE `author`, `name`, `role`; SETTINGS `settings`; PLAYBACK
    `playback`.
    """

    seq: int
    at: float
    kind: EventKind
    message: Message | None = None
    target: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    by: Author | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form. Without the words of the settings: they are for moderators alone."""
        found: dict[str, Any] = {
            "seq": self.seq,
            "at": self.at,
            "kind": str(self.kind),
            "by": None if self.by is None else self.by.to_json(),
        }
        if self.message is not None:
            found["message"] = self.message.to_json()
        if self.target is not None and self.kind is not EventKind.MESSAGE:
            found["target"] = self.target
        if self.kind is EventKind.CLEAR:
            found["target"] = self.data.get("author")
            return found
        return found | dict(self.data)


@dataclass(frozen=True, slots=True)
class PlaybackState:
    """What a room plays together. At `at_s` (UTC seconds of the server) the position was `position_s`.

    The room waits for no stall that began before `patient_from_s`: it has gone on without that. `room_playback` has the clock.
    """

    version: int = 0
    video: str | None = None
    position_s: float = 0.0
    at_s: float = 0.0
    speed: float = 1.0
    is_playing: bool = False
    leader: str | None = None
    waiting_for: tuple[str, ...] = ()
    patient_from_s: float = 0.0

    def position(self, now: float) -> float:
        """Return where the playback is at a time."""
        passed_s = max(0.0, now - self.at_s) if self.is_playing else 0.0
        return self.position_s + passed_s * self.speed

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "version": self.version,
            "video": self.video,
            "position_s": self.position_s,
            "at_s": self.at_s,
            "speed": self.speed,
            "is_playing": self.is_playing,
            "leader": self.leader,
            "waiting_for": list(self.waiting_for),
        }


@dataclass(frozen=True, slots=True)
class Room:
    """One room. `id` is that of its row; `side` grows with what is not in the log; `owner` is a name.

    The log has the numbers from `first` to `last`: what came before was removed after its time.
    """

    id: int
    key: RoomKey
    title: str
    owner: str | None
    owner_id: str | None
    epoch: str
    last: int
    side: int
    settings: RoomSettings
    pinned: Message | None
    playback: PlaybackState | None
    created_at: float
    changed_at: float = 0.0
    first: int = 1

    def to_json(self, *, with_words: bool = False) -> dict[str, Any]:
        """Return the JSON form; the words that are held or refused are for moderators alone."""
        return {
            "key": str(self.key),
            "kind": str(self.key.kind),
            "title": self.title,
            "settings": self.settings.to_json(with_words=with_words),
            "pinned": None if self.pinned is None else self.pinned.to_json(),
            "playback": None if self.playback is None else self.playback.to_json(),
            "owner": self.owner,
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may do in a room now. `muted_until` is UTC seconds."""

    role: RoomRole
    muted_until: float | None = None
    is_banned: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message. Without `event` it is held until a moderator has seen it."""

    event: Event | None
    is_held: bool = False
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Tail:
    """The newest events of a log, in order. `epoch` is empty for a room in which nothing has happened; `first` is the oldest number that is kept."""

    epoch: str
    last: int
    side: int
    events: tuple[Event, ...]
    first: int = 1


@dataclass(frozen=True, slots=True)
class ListedRoom:
    """A room in somebody's list, with how many messages it has not read, and how many of them mention it."""

    room: Room
    unread: int
    mentions: int

    @property
    def cursor(self) -> str:
        """What the list goes on with."""
        return f"{self.room.changed_at!r}/{self.room.id}"
