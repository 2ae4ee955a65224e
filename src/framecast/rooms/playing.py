"""The shared playback of a room: its row and its events. The clock itself is pure: `model/room_playback.py`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from framecast.errors import Denied, Invalid
from framecast.model.room import (
    Author,
    Event,
    EventKind,
    PlaybackState,
    RoomKind,
    Standing,
    Visitor,
    parse_key,
)
from framecast.model.room_playback import (
    Command,
    PlayAction,
    apply,
    check_command,
    may_lead,
    may_play,
    wait,
    without_leader,
)
from framecast.model.room_presence import LEASE_S, Presence
from framecast.model.room_settings import RoomSettings
from framecast.rooms.judgement import Judgement
from framecast.rooms.part import insert_of
from framecast.rooms.presence import Presences
from framecast.rooms.writing import check_may_write
from framecast.store.library_schema import videos
from framecast.store.room_schema import room_playback


class Playing(Judgement, Presences):
    """What the people of a room watch together."""

    def play(
        self,
        key: object,
        who: Visitor,
        action: str,
        *,
        position_s: float | None = None,
        speed: float | None = None,
        video: str | None = None,
        target: str | None = None,
    ) -> Event | None:
        """Do what somebody presses on the remote; return the event, None if nothing changes.

        Whether `who` may see a `video` is decided elsewhere, before.

        Raises:
            NotFound: there is no such room. Invalid: the action, or what it needs, is not allowed, or the room is of a stream.
            Denied: somebody else has the remote, or `who` may not write. WouldBlock: it comes too soon; the field `wait_s` says how long to wait.
        """
        command = check_command(action, position_s=position_s, speed=speed, video=video, target=target)
        _check_fits(parse_key(key).kind, command)
        with self._store.write() as connection:
            row = self._lock_or_make(connection, key, who)
            standing = self._standing(connection, row, who)
            check_may_write(self._settings(row), standing, self._now())
            before, changed_at = _read(connection, row)
            presence = self._presence(connection, row.key)
            state = before if self._has_leader(before, changed_at, presence) else without_leader(before)
            _check_may(self._settings(row), state, standing, who, command)
            self._count_act(connection, who, standing, "plays")
            _check_has_video(state, command)
            duration_s = _duration(connection, command.video or state.video)
            after = apply(state, command, self._now(), who.id, duration_s=duration_s)
            if after is state:
                return None
            by = Author(who.id, who.name, standing.role)
            return self._put(connection, row, replace(after, version=before.version + 1), by)

    def settle_playback(self, key: object) -> Event | None:
        """Look who is stalled and whether the leader is there, and let the room wait, or go on; return the event, None if nothing changes.

        Any process may call it: once a second while somebody is stalled or the room waits, and while the leader is not among its members.

        Raises:
            NotFound: there is no such room.
        """
        with self._store.read() as connection:
            row = self._find(connection, key)
            if self._settled(connection, row)[0] is None:
                return None
        with self._store.write() as connection:
            row = self._lock(connection, key)
            after, before = self._settled(connection, row)
            if after is None:  # another process was faster
                return None
            return self._put(connection, row, replace(after, version=before.version + 1), None)

    def _settled(self, connection: Connection, row: Row[Any]) -> tuple[PlaybackState | None, PlaybackState]:
        """Return the state of the playback after a look, None if it is the one before, and the one before."""
        before, changed_at = _read(connection, row)
        if before.leader is None and not before.is_playing and not before.waiting_for:
            return None, before
        presence = self._presence(connection, row.key)
        settings = self._settings(row)
        is_led = settings.remote != "leader" or self._has_leader(before, changed_at, presence)
        after = before if is_led else without_leader(before)
        stalled = presence.stalled if settings.waits_for_stalled else ()
        after = wait(after, stalled, self._now(), duration_s=_duration(connection, before.video))
        return (None if after is before else after), before

    def _has_leader(self, state: PlaybackState, changed_at: float, presence: Presence) -> bool:
        """Return whether the leader is in the room. Somebody who has just acted may not have been counted yet."""
        is_fresh = 0 <= self._now() - changed_at < LEASE_S
        return state.leader is not None and (presence.leads or is_fresh)

    def _put(self, connection: Connection, row: Row[Any], state: PlaybackState, by: Author | None) -> Event:
        values = {
            "version": state.version,
            "video": state.video,
            "position_s": state.position_s,
            "at_s": state.at_s,
            "speed": state.speed,
            "is_playing": state.is_playing,
            "leader": state.leader,
            "waiting_for": json.dumps(list(state.waiting_for), ensure_ascii=False),
            "patient_from_s": state.patient_from_s,
            "changed_at": self._now(),
        }
        new = insert_of(connection)(room_playback).values(room_id=row.id, **values)
        connection.execute(new.on_conflict_do_update(index_elements=["room_id"], set_=values))
        seq = self._append(connection, row, EventKind.PLAYBACK, by, data={"playback": state.to_json()})
        return self._event(connection, row.id, seq)


def _check_fits(kind: RoomKind, command: Command) -> None:
    if kind is RoomKind.STREAM:
        raise Invalid(
            "a live stream has one place, its live edge: only videos are watched together", reason="live"
        )
    if kind is RoomKind.VIDEO and command.action is PlayAction.VIDEO:
        raise Invalid("this room belongs to its video: change the video in a private room", reason="video")


def _check_may(
    settings: RoomSettings, state: PlaybackState, standing: Standing, who: Visitor, command: Command
) -> None:
    check = may_lead if command.action is PlayAction.LEAD else may_play
    if not check(settings.remote, state, standing.role, who.id):
        raise Denied(_REFUSED[settings.remote], reason="remote")


def _check_has_video(state: PlaybackState, command: Command) -> None:
    if state.video is None and command.action not in (PlayAction.VIDEO, PlayAction.LEAD):
        raise Invalid("this room has no video yet: choose one", reason="video")


def _read(connection: Connection, row: Row[Any]) -> tuple[PlaybackState, float]:
    """Return the state of the playback of a room and when it changed: before the first change a pause at the beginning."""
    found = connection.execute(select(room_playback).where(room_playback.c.room_id == row.id)).first()
    if found is None:
        key = parse_key(row.key)
        return PlaybackState(video=key.name if key.kind is RoomKind.VIDEO else None), 0.0
    state = PlaybackState(
        version=found.version,
        video=found.video,
        position_s=found.position_s,
        at_s=found.at_s,
        speed=found.speed,
        is_playing=found.is_playing,
        leader=found.leader,
        waiting_for=tuple(json.loads(found.waiting_for)),
        patient_from_s=found.patient_from_s,
    )
    return state, found.changed_at


def _duration(connection: Connection, video: str | None) -> float | None:
    """Return how long a video is; None if that is not known, or grows: a recording."""
    if video is None:
        return None
    query = select(videos.c.duration_s).where(videos.c.id == video, videos.c.is_recording.is_(False))
    found = connection.execute(query).scalar()
    return None if found is None else float(found)


_REFUSED = {
    "leader": "somebody else has the remote of this room",
    "moderators": "only the moderators of this room have its remote",
}
