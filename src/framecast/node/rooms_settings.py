"""The table of the settings of `rooms`: chat around streams and videos, and private rooms. Pure values and checks, as `settings`."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.errors import Invalid
from framecast.model.setting import Change, setting

GUESTS = ("off", "read", "write")
_MOST_CHARS = 10_000
_MOST_DAYS = 36_500


def _guests(guests: str | None) -> str | None:
    # YAML reads `off` as false.
    if guests not in (None, *GUESTS):
        raise Invalid("must be 'off', 'read' or 'write'")
    return guests


def _word(given: object) -> object:
    return "off" if given is False else given


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
