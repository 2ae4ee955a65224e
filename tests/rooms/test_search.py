"""Searching in a room: the same words find the same messages in both databases, few or many, the newest first."""

from __future__ import annotations

import pytest

from framecast.rooms import Rooms, search
from tests.library.test_search import HOSTILE
from tests.rooms.people import ROOM, say


def found(rooms: Rooms, query: str, **given: int) -> list[int]:
    return [one.seq for one in rooms.search(ROOM, query, **given)]


def test_words_are_found_in_their_room_alone_the_newest_first(rooms: Rooms) -> None:
    for text in ("Über die Straße", "nichts", "uber alles", "🙂", "日本の庭"):
        say(rooms, text)
        say(rooms, text, key="stream:other")
    assert found(rooms, "ÜBER") == [3, 1]
    assert found(rooms, "über strass") == [1]
    assert found(rooms, "日本") == [5]
    assert found(rooms, "über", before=3) == [1]
    assert found(rooms, "über", before=1) == found(rooms, "über", before=-5) == []
    assert found(rooms, "über", before=1 << 70) == [3, 1]
    assert found(rooms, "über", most=1) == [3]
    assert found(rooms, "") == found(rooms, "!?") == found(rooms, "🙂") == []
    assert rooms.search("stream:nothing", "a") == rooms.search("room:nothing", "a") == []


def test_whatever_people_type_is_words_or_nothing(rooms: Rooms) -> None:
    say(rooms, "a b")
    for query in HOSTILE:
        assert found(rooms, query) in ([], [1]), query


def test_few_and_many_matches_are_found_alike(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        say(rooms, f"walk {'dog' if number % 2 else 'cat'} {number}")

    def everything() -> list[list[int]]:
        return [
            found(rooms, query, before=before, most=3)
            for query in ("walk", "dog", "wa", "walk 1", "none")
            for before in (99, 7, 2)
        ]

    first = everything()
    assert first[:4] == [[12, 11, 10], [6, 5, 4], [1], [12, 10, 8]]
    monkeypatch.setattr(search, "NEWEST", 2)
    assert everything() == first
    monkeypatch.setattr(search, "FEW", 1)
    assert everything() == first
