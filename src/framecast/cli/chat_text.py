"""Events of a room as text for a terminal or a pipe. Pure.

Nothing that people write reaches the terminal as it is: control characters, escape sequences and marks that turn the writing round are escaped, so a
message can neither move the cursor nor look like another one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from framecast.model.text import shown

if TYPE_CHECKING:
    from framecast.client.room_values import Playback, RoomEvent, RoomMessage, RoomPresence

LONGEST = 20_000  # characters of one text; a server takes fewer
_JOINERS = "\u200d\u200c"  # of emoji and of some scripts
_COLOURS = (31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96)

Style = Callable[[str, str], str]


def plain(text: str, _style: str) -> str:
    """Return a text without colours."""
    return text


def coloured(text: str, style: str) -> str:
    """Return a text in a style: numbers of SGR (ECMA-48, 8.3.117)."""
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text


def safe(text: str) -> str:
    """Return a text as one line that a terminal can show."""
    parts = [[shown(part, LONGEST) for part in half.split(_JOINERS[1])] for half in text.split(_JOINERS[0])]
    return _JOINERS[0].join(_JOINERS[1].join(half) for half in parts)


def colour_of(author: str) -> str:
    """Return the colour of somebody's name: the same one in every terminal."""
    return str(_COLOURS[zlib.crc32(author.encode()) % len(_COLOURS)])


def message_lines(message: RoomMessage, style: Style, me: str = "") -> Iterator[str]:
    """Yield the lines of a message for a terminal: time, number, name, text."""
    clock = style(f"{datetime.fromtimestamp(message.sent_at).astimezone():%H:%M} #{message.seq}", "2")
    if message.reply_to is not None:
        quote = message.reply_to
        yield style(f"      > {safe(quote.name)}: {safe(' '.join(quote.text.split()))}", "2")
    name = style(safe(message.author.name), f"1;{colour_of(message.author.id)}")
    is_for_me = any(span.kind == "mention" and span.target == me for span in message.spans)
    first, *rest = "[deleted]" if message.is_deleted else message.text, ""
    first, *rest = first.split("\n")
    edited = style(" (edited)", "2") if message.edited_at and not message.is_deleted else ""
    yield f"{clock} {name}: {style(safe(first), '1' if is_for_me else '')}{edited if not rest else ''}"
    for at, text in enumerate(rest, 1):
        yield f"      {safe(text)}{edited if at == len(rest) else ''}"


def event_lines(event: RoomEvent, style: Style, me: str = "") -> Iterator[str]:
    """Yield the lines of what happens in a room, for a terminal."""
    if event.kind == "message" and event.message is not None:
        yield from message_lines(event.message, style, me)
        return
    words = _WORDS.get(event.kind)
    if words is not None:
        who = safe(event.by.name) if event.by is not None else "the server"
        yield style(f"      * {words(event, who)}", "2")


def message_line(message: RoomMessage) -> str:
    """Return a message as one line for a pipe."""
    at = datetime.fromtimestamp(message.sent_at, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ} {safe(message.author.name)}: {safe(message.text)}"


def event_json(event: RoomEvent) -> str:
    """Return what happens as one line of JSON, in ASCII."""
    found: dict[str, Any] = {"kind": event.kind, "seq": event.seq, "at": event.at}
    found |= {key: value for key, value in asdict(event).items() if value not in (None, "", 0, False)}
    return json.dumps(found)


def presence_line(presence: RoomPresence) -> str:
    """Return the people in a room as a line."""
    names = [f"{safe(one.name)} ({one.role})" for one in presence.members]
    return f"{presence.count} here{': ' + ', '.join(names) if names else ''}"


def playback_line(playback: Playback | None) -> str:
    """Return what is watched together as a line."""
    if playback is None:
        return "nothing is played together yet"
    what = safe(playback.video) or "the video of the room"
    waiting = f", waiting for {', '.join(map(safe, playback.waiting_for))}" if playback.waiting_for else ""
    return (
        f"{what}: {'playing' if playback.is_playing else 'paused'} at {clock(playback.position_s)}{waiting}"
    )


def clock(seconds: float) -> str:
    """Return a place in a video as people read it: 1:02:03 or 2:03."""
    whole = int(max(0.0, seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _edited(event: RoomEvent, who: str) -> str:
    text = event.message.text if event.message is not None else ""
    seq = event.message.seq if event.message is not None else event.target
    return f"{who} changed #{seq}: {safe(text)}"


def _reacted(event: RoomEvent, who: str) -> str:
    return f"{who} {'put' if event.on else 'took back'} {safe(event.emoji)} on #{event.target}"


_WORDS: dict[str, Callable[[Any, str], str]] = {
    "edit": _edited,
    "delete": lambda event, who: f"{who} deleted #{event.target}",
    "react": _reacted,
    "clear": lambda _event, who: f"{who} removed the messages of somebody",
    "pin": lambda event, who: f"{who} pinned #{event.target}" if event.target else f"{who} pinned nothing",
    "role": lambda event, who: f"{who} made somebody {safe(event.role) or 'no member'}",
    "settings": lambda _event, who: f"{who} changed the settings of the room",
    "playback": lambda _event, who: f"{who} changed the playback",
    "gap": lambda _event, _who: "messages are missing here: the room was restored from a backup",
}
