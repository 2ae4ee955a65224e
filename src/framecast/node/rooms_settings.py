"""The table of the settings of `rooms`: chat around streams and videos, and private rooms. Pure values and checks, as `settings`."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.errors import Invalid
from framecast.model.room_limits import Limit, RoomLimits
from framecast.model.setting import Change, setting

GUESTS = ("off", "read", "write")
_MOST_CHARS = 10_000
_MOST_DAYS = 36_500
_MOST_BURST, _LONGEST_EVERY_S = 10_000, 3600.0
_PLAIN = RoomLimits()


def _guests(guests: str | None) -> str | None:
    # YAML reads `off` as false.
    if guests not in (None, *GUESTS):
        raise Invalid("must be 'off', 'read' or 'write'")
    return guests


def _word(given: object) -> object:
    return "off" if given is False else given


def _burst(limit: Limit, what: str) -> int:
    given: int = setting(
        limit.burst, f"{what}: so many at once", low=1, high=_MOST_BURST, change=Change.SERVERS
    )
    return given


def _every_s(limit: Limit, what: str) -> float:
    given: float = setting(
        limit.every_s,
        f"{what}: after those one every so many seconds; 0: no limit",
        low=0,
        high=_LONGEST_EVERY_S,
        change=Change.SERVERS,
    )
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLimitsConfig:
    """Key `rooms.limits`: how much somebody may say. The names are those that clients get."""

    person_burst: int = _burst(_PLAIN.person, "Messages of one person, in all rooms")
    person_every_s: float = _every_s(_PLAIN.person, "Messages of one person, in all rooms")
    address_burst: int = _burst(_PLAIN.address, "Messages from one address, in all rooms")
    address_every_s: float = _every_s(_PLAIN.address, "Messages from one address, in all rooms")
    room_burst: int = _burst(_PLAIN.room, "Messages in one room")
    room_every_s: float = _every_s(_PLAIN.room, "Messages in one room")
    acts_burst: int = _burst(_PLAIN.acts, "Edits and reactions of one person")
    acts_every_s: float = _every_s(_PLAIN.acts, "Edits and reactions of one person")
    plays_burst: int = _burst(_PLAIN.plays, "Acts of one person on a shared playback")
    plays_every_s: float = _every_s(_PLAIN.plays, "Acts of one person on a shared playback")
    reports_burst: int = _burst(_PLAIN.reports, "Reports of one person")
    reports_every_s: float = _every_s(_PLAIN.reports, "Reports of one person")
    address_acts_burst: int = _burst(_PLAIN.address_acts, "Acts, plays and reports from one address")
    address_acts_every_s: float = _every_s(_PLAIN.address_acts, "Acts, plays and reports from one address")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsConfig:
    """Key `rooms`: people talk and watch together."""

    enabled: bool = setting(
        True,
        "Let people talk in the [rooms](../architecture.md#rooms) of streams and videos",
        change=Change.SERVERS,
    )
    guests: str | None = setting(
        None,
        "What somebody without an account may do in a room that does not say it itself: `off`, `read` or `write`",
        parse=_word,
        check=_guests,
        change=Change.SERVERS,
        default_text="`off` with accounts, otherwise `write`",
    )
    message_chars: int = setting(
        2000, "Longest message, in characters", low=1, high=_MOST_CHARS, change=Change.SERVERS
    )
    retention_days: float | None = setting(
        None,
        "Days for which messages are kept in a room that does not say it itself; unset: for ever",
        low=0.01,
        high=_MOST_DAYS,
        change=Change.SERVERS,
    )
    limits: RoomLimitsConfig = RoomLimitsConfig()
