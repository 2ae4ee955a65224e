"""Reactions: once each, with the sums at the message."""

from __future__ import annotations

import pytest

from framecast.errors import Conflict, Invalid
from framecast.model.room import EventKind
from framecast.rooms import Rooms
from framecast.rooms.reactions import check_emoji
from tests.rooms.people import ANNA, BEN, ROOM, say


def test_reactions_are_counted_once_for_each_person(rooms: Rooms) -> None:
    first = say(rooms, "Hello")
    event = rooms.react(ROOM, ANNA, first.seq, "👍")
    assert event is not None
    assert (event.seq, event.kind, event.target) == (2, EventKind.REACT, 1)
    assert event.to_json()["emoji"] == "👍"
    assert (event.data["on"], event.data["count"]) == (True, 1)
    assert rooms.react(ROOM, ANNA, first.seq, "👍") is None
    again = rooms.react(ROOM, BEN, first.seq, "👍")
    assert again is not None
    assert again.data["count"] == 2
    rooms.react(ROOM, BEN, first.seq, "🎉")
    assert rooms.message(ROOM, first.seq).reactions == (("👍", 2), ("🎉", 1))
    assert rooms.my_reactions(ROOM, BEN, [1, 2, 99]) == {1: ["🎉", "👍"]}
    off = rooms.react(ROOM, BEN, first.seq, "🎉", on=False)
    assert off is not None
    assert (off.data["on"], off.data["count"]) == (False, 0)
    assert rooms.react(ROOM, BEN, first.seq, "🎉", on=False) is None
    assert rooms.message(ROOM, first.seq).reactions == (("👍", 2),)
    assert rooms.tail(ROOM).last == 5


def test_reactions_and_ignored_people_of_many_are_found_in_one_go(rooms: Rooms) -> None:
    first, second = say(rooms, "one").seq, say(rooms, "two").seq
    rooms.react(ROOM, BEN, first, "👍")
    rooms.react(ROOM, BEN, second, "🎉")
    rooms.react(ROOM, ANNA, second, "👍")
    rooms.ignore(BEN, ANNA.id)
    asked = {BEN.id: [first, second], ANNA.id: [first], "g:nobody": [second]}
    assert rooms.reactions_by(ROOM, asked) == {BEN.id: {first: ["👍"], second: ["🎉"]}}
    assert rooms.reactions_by("stream:nowhere", asked) == {}
    assert rooms.ignored_by([ANNA.id, BEN.id]) == {BEN.id: [ANNA.id]}


def test_message_has_few_kinds_of_reactions(rooms: Rooms) -> None:
    first = say(rooms, "Hello")
    for number in range(20):
        rooms.react(ROOM, ANNA, first.seq, chr(0x1F600 + number))
    with pytest.raises(Conflict, match="20 different emoji"):
        rooms.react(ROOM, ANNA, first.seq, "👍")
    assert rooms.react(ROOM, BEN, first.seq, "\U0001f600") is not None


@pytest.mark.parametrize(
    "emoji",
    [
        "👍",
        "👍🏽",
        "❤️",
        "❤",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🇩🇪",
        "1️⃣",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "☺️",
        "⏰",
        "🫠",
    ],
)
def test_emoji_are_taken(emoji: str) -> None:
    assert check_emoji(emoji) == emoji


@pytest.mark.parametrize(
    "other",
    [
        "",
        "a",
        "1",
        "<",
        "👍👍",
        "👍 ",
        "\u200d",
        "\ufe0f",
        "👍" * 9,
        "\ud83d",
        "\U000e0067",
        "é",
        "🏽🏽",
        None,
        1,
        "\0",
    ],
)
def test_other_texts_are_no_reactions(other: str) -> None:
    with pytest.raises(Invalid, match="one emoji"):
        check_emoji(other)
