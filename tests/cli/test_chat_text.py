"""What a terminal is shown of a room: nothing that people write may command it."""

from __future__ import annotations

import json
import re

import pytest

from framecast.cli.chat_commands import COMMANDS, help_text, seconds_of
from framecast.cli.chat_text import (
    clock,
    coloured,
    event_json,
    event_lines,
    message_line,
    plain,
    presence_line,
    safe,
)
from framecast.client.room_values import RoomAuthor, RoomEvent, RoomMessage, RoomPresence, RoomQuote, RoomSpan
from framecast.errors import Invalid

HOSTILE = [
    "\x1b[2J\x1b[H gone",
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "\rroot: I said this",
    "a\x08\x08b",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\x0e\x0f",
    "a\u2028b",
    "\x7f",
    "\ud800",
]
ADA = RoomAuthor("g:1", "ada", "guest")


def message(text: str, author: RoomAuthor = ADA, **fields: object) -> RoomMessage:
    return RoomMessage(12, text, author, 1796062689.0, **fields)  # type: ignore[arg-type]


def shown_of(found: RoomMessage) -> list[str]:
    event = RoomEvent("message", found.seq, found.sent_at, found.author, found)
    kinds = ("edit", "delete", "react", "clear", "pin", "role", "settings", "playback", "gap")
    others = [
        RoomEvent(kind, 13, 0.0, found.author, found, 12, found.text, found.text, True, 1, found.text)
        for kind in kinds
    ]
    lines = [line for one in (event, *others) for line in event_lines(one, plain)]
    people = presence_line(RoomPresence(1, (found.author,)))
    return [*lines, message_line(found), people, event_json(event)]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_what_people_write_commands_a_terminal(text: str) -> None:
    found = message(text, RoomAuthor("g:1", text), reply_to=RoomQuote(1, text, text))
    for line in shown_of(found):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", line), line
        line.encode()


def test_joiners_of_emoji_stay() -> None:
    assert safe("👩\u200d🚀 ok") == "👩\u200d🚀 ok"
    assert safe("a\u200bb") == "a\\u200bb"


def test_lines_of_a_message_cannot_look_like_another_one() -> None:
    lines = list(event_lines(RoomEvent("message", 12, 0.0, ADA, message("one\n12:00 #13 bob: two")), plain))
    assert len(lines) == 2
    assert lines[0].endswith("#12 ada: one")
    assert lines[1] == "      12:00 #13 bob: two"
    assert "\n" not in message_line(message("one\ntwo"))


def test_mention_of_oneself_is_bold_and_only_that() -> None:
    spans = (RoomSpan("mention", 0, 4, "a:7"),)
    event = RoomEvent("message", 12, 0.0, ADA, message("@bob hi", spans=spans))
    assert "\x1b[1m@bob hi\x1b[0m" in next(event_lines(event, coloured, "a:7"))
    assert "\x1b[1m@bob hi" not in next(event_lines(event, coloured, "a:8"))


def test_json_has_everything_on_one_line() -> None:
    found = json.loads(event_json(RoomEvent("message", 12, 5.0, ADA, message("a\nb"))))
    assert found["message"]["text"] == "a\nb"
    assert found["seq"] == 12


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("1:30", 90), ("1:02:03", 3723), ("0.5", 0.5)])
def test_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "1:2:3:4", "-1", "1:", "1e99", "nan"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="a time is written as"):
        seconds_of(text)


def test_clock_shows_hours_only_where_there_are_some() -> None:
    assert (clock(5), clock(90.9), clock(3723)) == ("0:05", "1:30", "1:02:03")


def test_help_lists_every_command() -> None:
    assert len(help_text().splitlines()) == len(COMMANDS)
    assert all(f"/{name}" in help_text() for name in COMMANDS)
