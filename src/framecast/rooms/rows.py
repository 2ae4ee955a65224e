"""Rows of rooms as values: rooms, messages with what they reply to, events with the message that they are about."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from framecast.model.room import (
    Author,
    Event,
    EventKind,
    Message,
    PlaybackState,
    Quote,
    Room,
    RoomRole,
    Span,
    parse_key,
)
from framecast.model.room_settings import RoomSettings, settings_of
from framecast.store.room_schema import room_events, room_messages, room_playback, rooms
from framecast.store.schema import accounts

QUOTED = 100  # characters of the message that another one replies to
WITH_MESSAGE = (EventKind.MESSAGE, EventKind.EDIT, EventKind.PIN)
_quoted = room_messages.alias("quoted")
_QUOTE = (
    _quoted.c.author_name.label("quoted_name"),
    _quoted.c.text.label("quoted_text"),
)


def message_query() -> Select[Any]:
    """Return the query of messages."""
    return select(room_messages, *_QUOTE).select_from(room_messages.outerjoin(_quoted, _is_quoted()))


def event_query() -> Select[Any]:
    """Return the query of events, each with the message that it is about."""
    about = and_(
        room_messages.c.room_id == room_events.c.room_id,
        room_messages.c.seq == room_events.c.target,
        room_events.c.kind.in_(WITH_MESSAGE),
    )
    columns = [
        column.label(f"event_{column.name}")
        for column in room_events.c
        if column.name not in ("room_id", "target")
    ]
    joined = room_events.outerjoin(room_messages, about).outerjoin(_quoted, _is_quoted())
    return select(*columns, room_events.c.target.label("event_target"), room_messages, *_QUOTE).select_from(
        joined
    )


def _is_quoted() -> Any:  # noqa: ANN401  a condition of SQL
    return and_(_quoted.c.room_id == room_messages.c.room_id, _quoted.c.seq == room_messages.c.reply_to)


def message_of(row: Row[Any]) -> Message:
    """Return the message in a row of `message_query`."""
    quote = None
    if row.reply_to is not None:
        quote = Quote(row.reply_to, row.quoted_name or "", (row.quoted_text or "")[:QUOTED])
    return Message(
        seq=row.seq,
        at=row.at,
        author=Author(row.author_id, row.author_name, RoomRole(row.author_role)),
        text=row.text,
        spans=spans_of(row.spans),
        client_id=row.client_id,
        reply_to=quote,
        media_time_s=row.media_time_s,
        edited_at=row.edited_at,
        is_deleted=row.is_deleted,
        reactions=() if row.reactions == "[]" else tuple(map(tuple, json.loads(row.reactions))),
    )


def event_of(row: Row[Any]) -> Event:
    """Return the event in a row of `event_query`."""
    by = None
    if row.event_author_id is not None:
        by = Author(row.event_author_id, row.event_author_name, RoomRole(row.event_author_role))
    return Event(
        seq=row.event_seq,
        at=row.event_at,
        kind=EventKind(row.event_kind),
        message=None if row.seq is None else message_of(row),
        target=row.event_target,
        data={} if row.event_data == "{}" else json.loads(row.event_data),
        by=by,
    )


def spans_of(stored: str) -> tuple[Span, ...]:
    """Return the spans in a column."""
    return () if stored == "[]" else tuple(Span(*one) for one in json.loads(stored))


def spans_text(spans: tuple[Span, ...]) -> str:
    """Return spans as they are stored."""
    return json.dumps([[one.kind, one.start, one.end, one.target] for one in spans], separators=(",", ":"))


def find_message(connection: Connection, room: int, seq: int | None) -> Message | None:
    """Return a message, None if there is no such one."""
    if seq is None:
        return None
    mine = (room_messages.c.room_id == room) & (room_messages.c.seq == seq)
    row = connection.execute(message_query().where(mine)).first()
    return None if row is None else message_of(row)


def room_query() -> Select[Any]:
    """Return the query of rooms that have not been removed, with their owner and what they play."""
    played = [
        column.label(f"play_{column.name}") for column in room_playback.c if column.name != "changed_at"
    ]
    return (
        select(
            rooms,
            accounts.c.name.label("account_name"),
            accounts.c.display_name.label("account_label"),
            *played,
        )
        .select_from(rooms)
        .outerjoin(accounts, accounts.c.id == rooms.c.owner)
        .outerjoin(room_playback, room_playback.c.room_id == rooms.c.id)
        .where(rooms.c.removed_at.is_(None))
    )


def room_of(connection: Connection, row: Row[Any], defaults: RoomSettings) -> Room:
    """Return the room in a row of `room_query`; it has the settings `defaults` that it does not say itself."""
    return Room(
        id=row.id,
        key=parse_key(row.key),
        title=row.title,
        owner=row.account_label or row.account_name or row.owner_name or None,
        owner_id=row.owner,
        epoch=row.epoch,
        last=row.last,
        side=row.side,
        settings=settings_of(json.loads(row.settings), defaults),
        pinned=find_message(connection, row.id, row.pinned),
        playback=None if row.play_room_id is None else _playback(row),
        created_at=row.created_at,
        changed_at=row.changed_at,
        first=row.first,
    )


def _playback(row: Row[Any]) -> PlaybackState:
    return PlaybackState(
        version=row.play_version,
        video=row.play_video,
        position_s=row.play_position_s,
        at_s=row.play_at_s,
        speed=row.play_speed,
        is_playing=row.play_is_playing,
        leader=row.play_leader,
        waiting_for=tuple(json.loads(row.play_waiting_for)),
        patient_from_s=row.play_patient_from_s,
    )
