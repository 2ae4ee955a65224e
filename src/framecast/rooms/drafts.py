"""A message before it is stored: its text as it is kept, and the checks of what a client has sent. Pure.

A text is plain Unicode in composed form (NFC). Characters that nobody sees, that turn the direction of writing, or that are half of one are left
out; of many marks on one letter the first few stay.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

from framecast.errors import Invalid
from framecast.model.room import Span
from framecast.model.text import described

LONGEST_TEXT = 2000
LONGEST_CLIENT_ID = 64
LONGEST_MEDIA_S = 366 * 86400.0
MOST_MARKS = 4  # on one letter
_CLIENT_ID = re.compile(r"[!-~]{1,64}")
# Control characters but the end of a line and the tab, separators of lines, marks and isolates of direction, invisible operators, halves of
# surrogate pairs, what is no character. The joiners stay: emoji and several scripts need them.
_DROPPED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e001f]"
)
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters without a shape
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say; `is_edit`: instead of what it said before."""

    text: str
    spans: tuple[Span, ...]
    client_id: str
    reply_to: int | None = None
    media_time_s: float | None = None
    is_edit: bool = False


def check_message_text(given: object, most: int = LONGEST_TEXT) -> str:
    """Return the text of a message as it is kept.

    Raises:
        Invalid: it is no text, empty, or too long.
    """
    if not isinstance(given, str):
        raise Invalid(f"the text of a message must be a text, got {described(given)}")
    if len(given) > 4 * most:  # a longer one has too many characters in any form
        raise Invalid(f"a message must have at most {most} characters, got {len(given)}", most=most)
    lines = _DROPPED.sub("", _LINE_ENDS.sub("\n", given))
    text = _BLANK_LINES.sub("\n\n", _with_few_marks(unicodedata.normalize("NFC", lines))).strip()
    if len(text) > most:
        raise Invalid(f"a message must have at most {most} characters, got {len(text)}", most=most)
    if not any(unicodedata.category(one)[0] not in "ZCM" and one not in _FILLERS for one in text):
        raise Invalid("a message must have a character that can be seen")
    return text


def check_client_id(given: object) -> str:
    """Return the id that a client has given its message.

    Raises:
        Invalid: it is something else.
    """
    if isinstance(given, str) and _CLIENT_ID.fullmatch(given):
        return given
    raise Invalid(
        f"the id of a message must be 1 to {LONGEST_CLIENT_ID} visible ASCII characters, chosen by the client; got {described(given)}"
    )


def check_media_time(given: object) -> float | None:
    """Return a place in the media, in seconds.

    Raises:
        Invalid: it is something else.
    """
    if given is None:
        return None
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if is_number and math.isfinite(given) and 0 <= given <= LONGEST_MEDIA_S:  # type: ignore[arg-type,operator]
        return round(given, 3) + 0.0  # type: ignore[call-overload,no-any-return]
    raise Invalid(
        f"media_time_s must be seconds between 0 and {LONGEST_MEDIA_S:.0f}, or null; got {described(given)}"
    )


def _with_few_marks(text: str) -> str:
    """Return a text in which no letter has more than a few marks."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for one in text:
        marks = marks + 1 if unicodedata.category(one) in ("Mn", "Me") else 0
        if marks <= MOST_MARKS:
            kept.append(one)
    return "".join(kept)
