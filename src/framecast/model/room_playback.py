"""The clock of what a room watches together. Pure: a state, a command and a time give the next state.

A state says where the playback was at one moment of the server's clock, and how fast it goes on from there. Nothing counts, so nothing drifts, and
a client that comes late computes the same place. Commands come one after another, by the log of the room: what comes later wins. A time before `at_s`
counts as `at_s`: another node's clock, or one that was set back, never moves the playback to before `position_s`.

While the room waits for members whose players are empty, `is_playing` is false and `waiting_for` names them; `at_s` is when it began to wait.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from framecast.errors import Invalid
from framecast.model.room import PlaybackState, RoomRole
from framecast.model.room_presence import Stalled
from framecast.model.text import described, shown

SLOWEST, FASTEST = 0.25, 4.0
LONGEST_S = 7 * 86400.0  # of a video
LONGEST_WAIT_S = 30.0
# After the room has gone on without somebody, it waits for no stall that begins within this time.
REST_S = 30.0
STALL_S = 1.0  # a shorter stall is caught up with, and nobody waits
# A place that comes with "play" or "pause" is where its sender saw the picture; one that is further away is not believed.
_LATE_S = 1.0
# Clocks of nodes differ by less. A state that is further ahead of the clock would stand still until the clock arrives there.
_AHEAD_S = 1.0
_END_S = 0.25  # this near to its end a video is over
_MOST_NAMES = 20


class PlayAction(StrEnum):
    """What the remote can do."""

    PLAY = "play"
    PAUSE = "pause"
    SEEK = "seek"
    SPEED = "speed"
    VIDEO = "video"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Command:
    """One press on the remote. `target` is the id of the one that takes it with LEAD; None: the sender."""

    action: PlayAction
    position_s: float | None = None
    speed: float | None = None
    video: str | None = None
    target: str | None = None


def check_command(
    action: object,
    *,
    position_s: object = None,
    speed: object = None,
    video: object = None,
    target: object = None,
) -> Command:
    """Return the command that somebody has sent.

    Raises:
        Invalid: the action is unknown, or what it needs is missing or not allowed.
    """
    if not isinstance(action, str) or action not in set(PlayAction):
        found = repr(shown(action, 40)) if isinstance(action, str) else described(action)
        raise Invalid(f"action must be one of {', '.join(PlayAction)}, got {found}")
    command = Command(
        PlayAction(action),
        None if position_s is None else _number("position_s", position_s, 0.0, LONGEST_S),
        None if speed is None else _number("speed", speed, SLOWEST, FASTEST),
        _text("video", video),
        _text("target", target),
    )
    needed = _NEEDS.get(command.action)
    if needed and getattr(command, needed) is None:
        raise Invalid(f"the action {command.action} needs {needed}, got none")
    return command


def position_at(state: PlaybackState, now: float, duration_s: float | None = None) -> float:
    """Return where the playback is, in seconds of the video; never beyond its end if that is known."""
    return _within(state.position(now), duration_s)


def apply(
    state: PlaybackState,
    command: Command,
    now: float,
    by: str,
    *,
    duration_s: float | None = None,
    has_leader: bool = True,
) -> PlaybackState:
    """Return the state after a command of the author `by`: the same object if the command changes nothing.

    `has_leader` says whether the leader of the state is still there; without one the sender becomes the leader. `duration_s` is that of the video that
    the state has, or gets.
    """
    if command.action is PlayAction.LEAD:
        after = replace(state, leader=command.target or by)
    else:
        after = _moved(state, command, now, duration_s)
        if after is state:
            return state
        if state.leader is None or not has_leader:
            after = replace(after, leader=by)
    return state if after == state else replace(after, version=state.version + 1)


def wait(
    state: PlaybackState, stalled: Sequence[Stalled], now: float, *, duration_s: float | None = None
) -> PlaybackState:
    """Return the state after a look at who is stalled: it begins to wait, waits for others, or goes on. The same object if nothing changes.

    The room waits at most 30 s, and then goes on without them. A playback that stands still because the clock was set back goes on.
    """
    due = tuple(
        one.name
        for one in sorted(stalled, key=lambda one: (one.since_s, one.id))
        if one.since_s >= state.patient_from_s and (state.waiting_for or now - one.since_s >= STALL_S)
    )[:_MOST_NAMES]
    if state.waiting_for:
        after = _waiting(state, due, now)
    elif state.is_playing and due and not _is_over(state, now, duration_s):
        after = replace(
            state,
            position_s=position_at(state, now, duration_s),
            at_s=now,
            is_playing=False,
            waiting_for=due,
        )
    elif is_ahead(state, now):
        after = replace(state, at_s=now)
    else:
        return state
    return state if after == state else replace(after, version=state.version + 1)


def is_ahead(state: PlaybackState, now: float) -> bool:
    """Return whether a state is of a time that is more than a second later than now: the clock of the server was set back."""
    return state.is_playing and state.at_s - now > _AHEAD_S


def without_leader(state: PlaybackState) -> PlaybackState:
    """Return the state after its leader has left: the playback goes on, and the next one that acts leads."""
    return state if state.leader is None else replace(state, leader=None, version=state.version + 1)


def may_play(remote: str, state: PlaybackState | None, role: RoomRole, author: str) -> bool:
    """Return whether somebody who may write in the room may act on the playback, by the setting `remote`."""
    if remote == "everyone":
        return True
    if remote == "moderators":
        return role.may_moderate
    return state is None or state.leader is None or state.leader == author


def may_lead(remote: str, state: PlaybackState | None, role: RoomRole, author: str) -> bool:
    """Return whether somebody may take the remote, or hand it over: as `may_play`, and a moderator at any time."""
    return role.may_moderate or may_play(remote, state, role, author)


def _moved(state: PlaybackState, command: Command, now: float, duration_s: float | None) -> PlaybackState:
    at = position_at(state, now, duration_s)
    wants_to_play = state.is_playing or bool(state.waiting_for)
    match command.action:
        case PlayAction.PLAY if state.is_playing and not (
            _is_over(state, now, duration_s) or is_ahead(state, now)
        ):
            return state
        case PlayAction.PLAY:
            start = 0.0 if _is_over(state, now, duration_s) else _believed(command.position_s, at, duration_s)
            # Somebody who presses "play" while the room waits wants it to go on without those.
            patient_from_s = now + REST_S if state.waiting_for else state.patient_from_s
            return replace(
                state,
                position_s=start,
                at_s=now,
                is_playing=True,
                waiting_for=(),
                patient_from_s=patient_from_s,
            )
        case PlayAction.PAUSE if not wants_to_play:
            return state
        case PlayAction.PAUSE:
            stop = _believed(command.position_s, at, duration_s)
            return replace(state, position_s=stop, at_s=now, is_playing=False, waiting_for=())
        case PlayAction.SEEK:
            return replace(state, position_s=_within(command.position_s or 0.0, duration_s), at_s=now)
        case PlayAction.SPEED:
            if command.speed == state.speed:
                return state
            # A wait keeps its beginning: it is bounded by that.
            began = state.at_s if state.waiting_for else now
            return replace(state, position_s=at, at_s=began, speed=command.speed or 1.0)
        case _:
            start = _within(command.position_s or 0.0, duration_s)
            return replace(
                state,
                video=command.video,
                position_s=start,
                at_s=now,
                speed=1.0,
                is_playing=wants_to_play,
                waiting_for=(),
            )


def _waiting(state: PlaybackState, due: tuple[str, ...], now: float) -> PlaybackState:
    is_over = not 0.0 <= now - state.at_s < LONGEST_WAIT_S
    if due and not is_over:
        return replace(state, waiting_for=due)
    patient_from_s = now + REST_S if due else state.patient_from_s
    return replace(state, at_s=now, is_playing=True, waiting_for=(), patient_from_s=patient_from_s)


def _is_over(state: PlaybackState, now: float, duration_s: float | None) -> bool:
    return duration_s is not None and position_at(state, now, duration_s) >= duration_s - _END_S


def _believed(given: float | None, at: float, duration_s: float | None) -> float:
    return at if given is None or abs(given - at) > _LATE_S else _within(given, duration_s)


def _within(position_s: float, duration_s: float | None) -> float:
    return min(max(0.0, position_s), LONGEST_S if duration_s is None else max(0.0, duration_s))


def _number(what: str, given: object, low: float, high: float) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Invalid(f"{what} must be a number between {low:g} and {high:g}, got {described(given)}")
    if not low <= given <= high or not math.isfinite(given):
        raise Invalid(f"{what} must be between {low:g} and {high:g}, got {described(given)}")
    return given + 0.0


def _text(what: str, given: object) -> str | None:
    if given is None or (isinstance(given, str) and 0 < len(given) <= 96):
        return given
    raise Invalid(f"{what} must be an id, got {described(given)}")


_NEEDS = {PlayAction.SEEK: "position_s", PlayAction.SPEED: "speed", PlayAction.VIDEO: "video"}
