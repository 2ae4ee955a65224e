"""What a stream is called and which states it can be in."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import NewType

from framecast.errors import Invalid

StreamName = NewType("StreamName", str)

_MOST = 64
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# How German and the Nordic languages write their letters in ASCII; other marks are left out.
_SPELLED = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "ø": "oe",
        "æ": "ae",
        "å": "aa",
    }
)


class State(StrEnum):
    """The state of a stream, as readers, pages and metrics see it."""

    IDLE = "idle"  # nobody reads, so nothing is connected
    CONNECTING = "connecting"  # dialling, or between two tries that have not failed yet
    LIVE = "live"  # packets, frames or data arrive
    STALLED = (
        "stalled"  # connected, but nothing, or nothing that can be decoded, has arrived for the stall time
    )
    OFFLINE = "offline"  # the last try failed, `reason` says why; tried again with backoff
    ENDED = "ended"  # the source finished and will not be tried again


# Why a stream is offline: code -> the sentence that people see.
REASONS: dict[str, str] = {
    "refused": "the address refuses connections",
    "timeout": "the address does not answer in time",
    "unknown-host": "the host name cannot be resolved",
    "bad-auth": "the user name or password is wrong",
    "bad-certificate": "the certificate is not trusted",
    "not-found": "the address has no such stream, file or device",
    "unsupported": "the source has nothing that can be played",
    "forbidden": "the source asks for a protocol, file or network that it may not use",
    "bad-data": "the source sends data that cannot be read",
    "closed": "the source closed the connection",
    "stalled": "the source stopped sending",
    "crashed": "the source process died",
    "busy": "the device is in use by another program",
    "memory": "there is not enough free memory for its pictures",
    "gone": "the program that published it has left",
    "failed": "the source failed",
}


def in_words(reason: str, detail: str) -> str:
    """Return why a stream is as it is, '' if all is well. A detail that says the reason's sentence itself stands alone."""
    sentence = REASONS.get(reason, reason)
    return detail if detail.startswith(sentence) else ": ".join(filter(None, (sentence, detail)))


def is_about(name: str, stream: str) -> bool:
    """Return whether a stream is about another one by its name: `front-door.objects` is about `front-door`."""
    return name.startswith(f"{stream}.")


def check_name(name: object) -> StreamName:
    """Return `name` as a stream name.

    Raises:
        Invalid: it is not 1 to 64 of letters, digits, dot, dash and underscore, beginning with a letter or digit.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return StreamName(name)
    # What looks like an address may have a password in it.
    is_address = isinstance(name, str) and "//" in name
    seen = "an address" if is_address else f"{name!r:.80}"
    rest = "" if is_address or not isinstance(name, str) or not name else _what_to_do(name)
    raise Invalid(
        f"{seen} is not a stream name: use 1 to {_MOST} letters, digits, '.', '-' or '_', beginning with a letter or digit{rest}"
    )


def proposed_name(text: str) -> str:
    """Return the stream name that is nearest to a text in any language: `front-door` for "Front door"; '' if the text has no letter or digit of ASCII."""
    letters = unicodedata.normalize("NFKD", text.translate(_SPELLED)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", letters).strip(" ._-")[:_MOST].rstrip("._-")
    return name if _NAME.fullmatch(name) else ""


def _what_to_do(name: str) -> str:
    wrong = re.search(r"[^A-Za-z0-9._-]", name)
    what = "a space" if wrong and wrong[0] == " " else f"the character {wrong[0]!r}" if wrong else ""
    proposal = proposed_name(name)
    found = (
        f"; it contains {what}" if what else f"; it has {len(name)} characters" if len(name) > _MOST else ""
    )
    if not proposal:
        return found
    return f"{found}: write '{proposal}'" + (
        " and set display_name to the name that people should see" if what else ""
    )
