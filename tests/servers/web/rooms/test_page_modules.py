"""The modules of the pages of rooms that need no browser: addresses of rooms, and the words and checks of their settings."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.model.room_settings import RoomSettings
from tests.servers.web.page_modules import STATIC, PageModules

_IMPORTS = """
import { joinLink, roomApi, roomHere, roomPath, subjectOf, unreadWords, watchPath } from "./rooms-place.js";
import { CHOICES, LONGEST_WORD, MOST_WORDS, changes, choicesWith, wordsIn, wrongWords } from "./rooms-texts.js";
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> PageModules:
    names = ("rooms-place.js", "rooms-texts.js")
    return PageModules(tmp_path_factory.mktemp("rooms"), (STATIC / name for name in names), _IMPORTS)


@pytest.mark.parametrize(
    ("key", "kind", "name", "path"),
    [
        ("door", "stream", "door", "rooms/stream:door"),
        ("stream:a.b-c_d", "stream", "a.b-c_d", "rooms/stream:a.b-c_d"),
        ("video:AbC123", "video", "AbC123", "rooms/video:AbC123"),
        ("room:x/y", "private", "x/y", "rooms/room:x%2Fy"),
        ("stream:../x?y#z", "stream", "../x?y#z", "rooms/stream:..%2Fx%3Fy%23z"),
    ],
)
def test_address_of_a_room_leads_back_to_it(
    modules: PageModules, key: str, kind: str, name: str, path: str
) -> None:
    script = """
        const { key, kind, name } = subjectOf(given);
        const here = roomHere(`http://h/base/${roomPath(key)}/embed?t=1#x`, "http://h/base/");
        console.log(JSON.stringify([kind, name, roomPath(key), here.key === key, here.query.get("t"), roomApi(key, "members", "a:b/c")]));
    """
    api = f"api/{path}/members/a:b%2Fc"
    assert modules.run(script, key) == [kind, name, path, True, "1", api]


def test_address_that_is_spelled_wrong_is_shown_as_it_is(modules: PageModules) -> None:
    script = """console.log(JSON.stringify([roomHere("http://h/rooms/%E0%A4", "http://h/").name, roomHere("http://h/else", "http://h/").name]));"""
    assert modules.run(script) == ["%E0%A4", ""]


def test_links_of_videos_and_invitations(modules: PageModules) -> None:
    script = """console.log(JSON.stringify([watchPath("room:a", "v&w"), watchPath("room:a", "v", 12.9), joinLink("http://h/", "secret"), [0, 99, 100].map(unreadWords)]));"""
    assert modules.run(script) == [
        "rooms/room:a?watch=v%26w",
        "rooms/room:a?watch=v&t=12",
        "http://h/rooms/join#secret",
        ["0", "99", "99+"],
    ]


def test_every_choice_is_a_value_that_the_server_takes(modules: PageModules) -> None:
    choices: dict[str, list[list[str]]] = modules.run("console.log(JSON.stringify(CHOICES));")
    for name, pairs in choices.items():
        for value, words in pairs:
            given: Any = int(value) if name == "slow_s" else value
            assert RoomSettings().changed({name: given}).to_json()[name] == given
            assert words
    script = """console.log(JSON.stringify([choicesWith("slow_s", "7", (value) => `${value} s`).at(-1), choicesWith("slow_s", "5", String).length === CHOICES.slow_s.length]));"""
    assert modules.run(script) == [["7", "7 s"], True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  darn \n\n darn\nholy   cow\n", ["darn", "holy cow"]),
        ("a\u2003b", ["a b"]),
    ],
)
def test_word_list_has_each_line_once(modules: PageModules, text: str, words: list[str]) -> None:
    found = modules.run("console.log(JSON.stringify([wordsIn(given), wrongWords(given)]));", text)
    assert found == [words, ""]


def test_word_list_that_is_too_long_is_refused_in_words(modules: PageModules) -> None:
    script = """console.log(JSON.stringify([
        wrongWords("👍".repeat(LONGEST_WORD)), wrongWords("x".repeat(LONGEST_WORD + 1)),
        wrongWords(Array.from({ length: MOST_WORDS + 1 }, (_, at) => `w${at}`).join("\\n"))]));"""
    fits, long, many = modules.run(script)
    assert fits == ""
    assert "has 61" in long
    assert "got 501" in many


def test_only_what_has_changed_is_sent(modules: PageModules) -> None:
    script = """console.log(JSON.stringify(changes(
        { guests: "off", words: ["a"], slow_s: 0, retention_days: null }, { guests: "off", words: ["a", "b"], slow_s: 5, retention_days: null })));"""
    assert modules.run(script) == {"words": ["a", "b"], "slow_s": 5}
