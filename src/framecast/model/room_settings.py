"""What the owner of a room decides about it, as one frozen value, and how a part of it is changed. Pure."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from framecast.errors import Invalid
from framecast.model.text import check_text, described, named

MOST_WORDS = 500
LONGEST_WORD = 60
LONGEST_SLOW_S = 6 * 3600
LONGEST_HOLD_S = 30 * 86400
LONGEST_RETENTION_DAYS = 3650


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """The settings of one room.

    `guests`: what people without an account may do. `slow_s`: how long a member waits between two messages, 0: not at all. `links`: from whom
    links are taken, or what becomes of them. `words`, `words_action`: texts that are held or refused. `hold_new_s`: messages of accounts
    that are younger are held. `remote`: who steers the shared playback. `retention_days` None: messages stay. `is_open` False: only moderators write.
    """

    guests: str = "off"
    slow_s: int = 0
    links: str = "allowed"
    words: tuple[str, ...] = ()
    words_action: str = "held"
    hold_new_s: int = 0
    remote: str = "moderators"
    waits_for_stalled: bool = False
    retention_days: int | None = None
    is_open: bool = True

    def to_json(self, *, with_words: bool = True) -> dict[str, Any]:
        """Return the JSON form; without the words where others than moderators read it."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        found["words"] = list(self.words)
        if not with_words:
            del found["words"]
        return found

    def changed(self, patch: object) -> RoomSettings:
        """Return the settings with what a patch says.

        Raises:
            Invalid: the patch has an unknown key, or a value that is not allowed.
        """
        if not isinstance(patch, Mapping):
            raise Invalid(f"settings must be a mapping of keys, got {described(patch)}")
        values: dict[str, Any] = {}
        for key, value in patch.items():
            check = _CHECKS.get(key) if isinstance(key, str) else None
            if check is None:
                raise Invalid(f"settings have no key {named(str(key))}; the keys are {', '.join(_CHECKS)}")
            values[key] = check(f"settings.{key}", value)
        return replace(self, **values)


PLAIN = RoomSettings()


def settings_of(stored: Mapping[str, Any], defaults: RoomSettings = PLAIN) -> RoomSettings:
    """Return the settings in a stored mapping. A key that this version does not know is left out, one that is missing has its default."""
    known = {key: value for key, value in stored.items() if key in _CHECKS}
    return defaults.changed(known)


def _choice(*choices: str) -> Callable[[str, object], object]:
    def check(what: str, given: object) -> object:
        if not isinstance(given, str) or given not in choices:
            found = repr(given[:40]) if isinstance(given, str) else described(given)
            raise Invalid(f"{what} must be {', '.join(choices[:-1])} or {choices[-1]}, got {found}")
        return given

    return check


def _whole(low: int, high: int, *, may_lack: bool = False) -> Callable[[str, object], object]:
    def check(what: str, given: object) -> object:
        if may_lack and given is None:
            return None
        is_number = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
        if not is_number or given != round(given) or not low <= given <= high:  # type: ignore[call-overload,operator]
            lacks = ", or null" if may_lack else ""
            raise Invalid(
                f"{what} must be a whole number between {low} and {high}{lacks}, got {described(given)}"
            )
        return round(given)  # type: ignore[call-overload]

    return check


def _flag(what: str, given: object) -> object:
    if not isinstance(given, bool):
        raise Invalid(f"{what} must be true or false, got {described(given)}")
    return given


def _words(what: str, given: object) -> object:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise Invalid(f"{what} must be a list of texts, got {described(given)}")
    if len(given) > MOST_WORDS:
        raise Invalid(f"{what} must have at most {MOST_WORDS} texts, got {len(given)}")
    words = (
        check_text(f"each of {what}", " ".join(one[: 4 * LONGEST_WORD].split()), LONGEST_WORD)
        for one in given
    )
    kept = tuple(dict.fromkeys(unicodedata.normalize("NFC", one) for one in words if one))
    if not all(any(_is_word(character) for character in one) for one in kept):
        raise Invalid(f"each of {what} must have a letter, a digit or an emoji: they are words, not signs")
    return kept


def _is_word(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "So"


_CHECKS: dict[str, Callable[[str, object], object]] = {
    "guests": _choice("off", "read", "write"),
    "slow_s": _whole(0, LONGEST_SLOW_S),
    "links": _choice("allowed", "members", "held", "refused"),
    "words": _words,
    "words_action": _choice("held", "refused"),
    "hold_new_s": _whole(0, LONGEST_HOLD_S),
    "remote": _choice("leader", "moderators", "everyone"),
    "waits_for_stalled": _flag,
    "retention_days": _whole(1, LONGEST_RETENTION_DAYS, may_lack=True),
    "is_open": _flag,
}
