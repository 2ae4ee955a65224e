"""What a program gets of a room: frozen values, made of the messages of gRPC. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framecast.v1 import rooms_pb2


@dataclass(frozen=True, slots=True)
class RoomAuthor:
    """Somebody in a room. `id` is for programs and never changes, `role` is guest, member, moderator or owner. As a text it is the name."""

    id: str
    name: str
    role: str = "member"

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class RoomSpan:
    """A part of a text that is a `link` (target: its address) or a `mention` (target: the id of an author)."""

    kind: str
    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class RoomQuote:
    """The message that another one answers: its number, the name of its author, and how it begins."""

    seq: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class RoomMessage:
    """A message as it was when the program got it.

    `seq` is its number in the room, `sent_at` UTC seconds, `media_time_s` where in the stream or video it was said (None: unknown).
    `is_after_gap`: events before this one are lost, because the room was restored from a backup.
    """

    seq: int
    text: str
    author: RoomAuthor
    sent_at: float
    media_time_s: float | None = None
    reply_to: RoomQuote | None = None
    spans: tuple[RoomSpan, ...] = ()
    edited_at: float | None = None
    is_deleted: bool = False
    reactions: tuple[tuple[str, int], ...] = ()
    client_id: str = ""
    is_after_gap: bool = False


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something that happened in a room. `kind`: message, edit, delete, react, clear, pin, role, settings, playback; or gap: events are lost.

    `message` is there for message, edit and pin. `target` is the number of the message that delete, react and pin are about; `author` the id of
    whom clear and role are about.
    """

    kind: str
    seq: int
    at: float
    by: RoomAuthor | None = None
    message: RoomMessage | None = None
    target: int = 0
    author: str = ""
    emoji: str = ""
    on: bool = False
    count: int = 0
    role: str = ""


@dataclass(frozen=True, slots=True)
class Playback:
    """What a room plays together, at the moment when the program asked. `video` is empty for what the room is about."""

    position_s: float
    speed: float
    is_playing: bool
    video: str = ""
    leader: str = ""
    waiting_for: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class RoomPresence:
    """The people in a room. Above 100 people `members` is empty, and `count` says how many they are."""

    count: int = 0
    members: tuple[RoomAuthor, ...] = ()
    typing: tuple[str, ...] = ()
    stalled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomSelf:
    """This program as others in the room see it, and what it may do there."""

    id: str = ""
    name: str = ""
    role: str = ""
    may_write: bool = False
    may_moderate: bool = False
    may_play: bool = False
    muted_until: float | None = None


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """A room in a list, or the one that a program is in."""

    key: str
    title: str
    kind: str
    owner: str = ""
    epoch: str = ""
    last: int = 0
    unread: int = 0
    mentions: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a request: the number of the event that it made (0: none), whether it is held for a moderator, or was there before."""

    seq: int = 0
    is_held: bool = False
    is_repeat: bool = False


def author_from(given: rooms_pb2.RoomAuthor) -> RoomAuthor:
    """Return the value of a message of gRPC; so do the others."""
    return RoomAuthor(given.id, given.name, given.role)


def message_from(given: rooms_pb2.RoomMessage, *, is_after_gap: bool = False) -> RoomMessage:
    """As `author_from`."""
    quote = given.reply_to
    return RoomMessage(
        seq=given.seq,
        text=given.text,
        author=author_from(given.author),
        sent_at=given.at,
        media_time_s=given.media_time_s if given.HasField("media_time_s") else None,
        reply_to=RoomQuote(quote.seq, quote.name, quote.text) if given.HasField("reply_to") else None,
        spans=tuple(RoomSpan(one.kind, one.start, one.end, one.target) for one in given.spans),
        edited_at=given.edited_at if given.HasField("edited_at") else None,
        is_deleted=given.is_deleted,
        reactions=tuple((one.emoji, one.count) for one in given.reactions),
        client_id=given.id,
        is_after_gap=is_after_gap,
    )


def event_from(given: rooms_pb2.RoomEvent, *, is_after_gap: bool = False) -> RoomEvent:
    """As `author_from`."""
    has_message = given.HasField("message")
    return RoomEvent(
        kind=given.kind,
        seq=given.seq,
        at=given.at,
        by=author_from(given.by) if given.HasField("by") else None,
        message=message_from(given.message, is_after_gap=is_after_gap) if has_message else None,
        target=given.target,
        author=given.author,
        emoji=given.emoji,
        on=given.on,
        count=given.count,
        role=given.role,
    )


def presence_from(given: rooms_pb2.JoinResponse.Presence) -> RoomPresence:
    """As `author_from`."""
    members = tuple(author_from(one) for one in given.members)
    return RoomPresence(given.count, members, tuple(given.typing), tuple(given.stalled))


def self_from(given: rooms_pb2.JoinResponse.You) -> RoomSelf:
    """As `author_from`."""
    return RoomSelf(
        given.id,
        given.name,
        given.role,
        given.may_write,
        given.may_moderate,
        given.may_play,
        given.muted_until if given.HasField("muted_until") else None,
    )


def info_from(given: rooms_pb2.Room) -> RoomInfo:
    """As `author_from`."""
    return RoomInfo(
        given.key,
        given.title,
        given.kind,
        given.owner,
        given.epoch,
        given.last,
        given.unread,
        given.mentions,
    )


def playback_from(given: rooms_pb2.RoomPlayback, server_s: float) -> Playback:
    """As `author_from`, at a time of the server's clock. One before `at_s`, such as by an error of the measured clock, counts as `at_s`."""
    passed_s = max(0.0, server_s - given.at_s) * given.speed if given.is_playing else 0.0
    return Playback(
        given.position_s + passed_s,
        given.speed,
        given.is_playing,
        given.video,
        given.leader,
        tuple(given.waiting_for),
        given.version,
    )
