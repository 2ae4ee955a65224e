"""The commands of `framecast chat` in a terminal: `/reply 12 text`. A table; pure apart from the acts of the room.

What does not begin with `/` is said, and so is what begins with `//`, without the first `/`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from framecast.cli.chat_text import playback_line, presence_line
from framecast.client.room import LaterActs, Room
from framecast.client.room_values import Done, RoomAuthor
from framecast.errors import Invalid, NotFound
from framecast.model import number

_LONGEST_S = 7 * 86400.0
Work = Future[Done] | str | None


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what it needs, what it does for people, and what it starts or answers."""

    usage: str
    help: str
    run: Callable[[Room, LaterActs, list[str]], Work]
    words: int = 0  # so many at least; the last one takes the rest of the line


class Quit(Exception):
    """The person wants to leave."""


def run(room: Room, acts: LaterActs, text: str) -> Work:
    """Do what a line says: return the future of an act, or a text to show.

    Raises:
        Invalid: there is no such command, or it lacks something. NotFound: nobody has this name. Quit: as asked.
    """
    if not text.startswith("/") or text.startswith("//"):
        said = text[1:] if text.startswith("//") else text
        return acts.send(said) if said.strip() else None
    name, _, rest = text[1:].partition(" ")
    command = COMMANDS.get(name.lower())
    if command is None:
        raise Invalid(f"there is no command /{name}: /help lists them")
    words = rest.split(None, command.words - 1) if command.words else rest.split()
    if len(words) < command.words:
        raise Invalid(f"write {command.usage}")
    return command.run(room, acts, words)


def help_text() -> str:
    """Return the commands for people, a line each."""
    width = max(len(command.usage) for command in COMMANDS.values())
    return "\n".join(f"{command.usage:<{width}}  {command.help}" for command in COMMANDS.values())


def seconds_of(text: str) -> float:
    """Return a place in a video, or a time: 90, 1:30 or 1:02:03.

    Raises:
        Invalid: it is something else.
    """
    try:
        total = 0.0
        parts = text.split(":")
        if len(parts) > 3:
            raise ValueError
        for part in parts:
            total = total * 60 + number.decimal(part, 0, _LONGEST_S)
    except ValueError:
        raise Invalid(f"a time is written as 90, 1:30 or 1:02:03, got {text!r:.20}") from None
    return total


def _seq(text: str) -> int:
    try:
        return number.integer(text.removeprefix("#"), 1, (1 << 53) - 1)
    except ValueError:
        raise Invalid(f"a message is named by its number, such as #12, got {text!r:.20}") from None


def _person(room: Room, name: str) -> RoomAuthor:
    """Return somebody in the room by name or id."""
    wanted = name.removeprefix("@")
    for one in room.presence.members:
        if wanted in (one.id, one.name) or wanted.casefold() == one.name.casefold():
            return one
    if wanted[:2] in ("a:", "g:"):
        return RoomAuthor(wanted, wanted)
    raise NotFound(f"nobody in the room is called {name!r:.60}: /who lists the people")


def _quit(_room: Room, _acts: LaterActs, _words: list[str]) -> Work:
    raise Quit


COMMANDS: dict[str, Command] = {
    "help": Command("/help", "list the commands", lambda _room, _acts, _words: help_text()),
    "reply": Command(
        "/reply #N TEXT",
        "answer a message",
        lambda _, acts, words: acts.send(words[1], reply_to=_seq(words[0])),
        2,
    ),
    "edit": Command(
        "/edit #N TEXT",
        "change your own message",
        lambda _, acts, words: acts.edit(_seq(words[0]), words[1]),
        2,
    ),
    "delete": Command(
        "/delete #N", "delete a message", lambda _, acts, words: acts.delete(_seq(words[0])), 1
    ),
    "react": Command(
        "/react #N EMOJI",
        "put an emoji on a message",
        lambda _, acts, words: acts.react(_seq(words[0]), words[1]),
        2,
    ),
    "who": Command("/who", "list the people", lambda room, _acts, _words: presence_line(room.presence)),
    "playback": Command(
        "/playback", "show what is watched together", lambda room, _acts, _words: playback_line(room.playback)
    ),
    "play": Command(
        "/play [TIME]",
        "play for all",
        lambda _, acts, words: acts.play(seconds_of(words[0]) if words else None),
    ),
    "pause": Command(
        "/pause [TIME]",
        "pause for all",
        lambda _, acts, words: acts.pause(seconds_of(words[0]) if words else None),
    ),
    "seek": Command(
        "/seek TIME", "go to 90, 1:30 or 1:02:03", lambda _, acts, words: acts.seek(seconds_of(words[0])), 1
    ),
    "source": Command(
        "/source VIDEO", "play another video", lambda _, acts, words: acts.set_source(words[0]), 1
    ),
    "lead": Command("/lead", "take the remote", lambda _room, acts, _words: acts.lead()),
    "pin": Command(
        "/pin #N", "keep a message above all others", lambda _, acts, words: acts.pin(_seq(words[0])), 1
    ),
    "unpin": Command("/unpin", "pin nothing", lambda _room, acts, _words: acts.pin(None)),
    "timeout": Command(
        "/timeout SECONDS NAME",
        "keep somebody from writing",
        lambda room, acts, words: acts.timeout(_person(room, words[1]), seconds_of(words[0])),
        2,
    ),
    "ban": Command(
        "/ban NAME", "keep somebody out", lambda room, acts, words: acts.ban(_person(room, words[0])), 1
    ),
    "lift": Command(
        "/lift NAME",
        "end a time-out or a ban",
        lambda room, acts, words: acts.lift(_person(room, words[0])),
        1,
    ),
    "clear": Command(
        "/clear NAME",
        "remove what somebody has said",
        lambda room, acts, words: acts.clear(_person(room, words[0])),
        1,
    ),
    "quit": Command("/quit", "leave", _quit),
}
