"""Topics: which there are, and what waits for a follower that does not read."""

import re
from pathlib import Path

import pytest

from framecast.control.topics import (
    MAX_KEY_LENGTH,
    MAX_WAITING,
    TOPICS,
    Notice,
    Waiting,
    check_notice,
    check_topics,
    notice_from_json,
)
from framecast.errors import Invalid, NotFound

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


@pytest.mark.parametrize("notice", [Notice("links", "a1"), Notice("config"), Notice("links", missed=True)])
def test_a_notice_is_the_same_on_the_other_side(notice: Notice) -> None:
    assert notice_from_json(notice.to_json()) == notice


def test_other_messages_are_no_notices() -> None:
    assert notice_from_json({"ok": True}) is None


@pytest.mark.parametrize("key", ["", "a1", "room-7.x_Y:2", "x" * MAX_KEY_LENGTH])
def test_keys_are_short_names(key: str) -> None:
    assert check_notice("links", key) == Notice("links", key)


@pytest.mark.parametrize("key", ["x" * (MAX_KEY_LENGTH + 1), "two words", "ä", "a\n", 7, None, {"a": 1}])
def test_everything_else_is_no_key(key: object) -> None:
    with pytest.raises(Invalid, match="key of a notice"):
        check_notice("links", key)


@pytest.mark.parametrize("topic", ["nothing", "", 7, None, ["links"]])
def test_an_unknown_topic_is_refused_with_the_known_ones(topic: object) -> None:
    with pytest.raises(NotFound, match="links"):
        check_notice(topic, "a1")
    with pytest.raises(NotFound, match="links"):
        check_topics([topic])


@pytest.mark.parametrize("given", [None, [], "links", {"links": 1}])
def test_topics_are_a_list(given: object) -> None:
    with pytest.raises(Invalid, match="list"):
        check_topics(given)


def test_topics_are_named_once() -> None:
    assert check_topics(["links", "config", "links"]) == ("links", "config")


def test_the_page_has_the_same_topics() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE))
    assert {name: rows.get(name) for name in TOPICS} == dict(TOPICS)


def test_what_waits_is_sent_once_and_in_order() -> None:
    waiting = Waiting()
    for key in ("a", "b", "a"):
        waiting.add(Notice("links", key))
    waiting.add(Notice("config"))
    assert list(waiting.take()) == [Notice("links", "a"), Notice("links", "b"), Notice("config")]
    assert list(waiting.take()) == []


def test_too_much_becomes_missed_and_stays_bounded() -> None:
    waiting = Waiting()
    for number in range(10 * MAX_WAITING):
        waiting.add(Notice("links", str(number)))
    assert list(waiting.take()) == [Notice("links", missed=True)]
    waiting.add(Notice("config"))
    for number in range(10 * MAX_WAITING):
        waiting.add(Notice("links", str(number)))
        assert len(waiting) <= MAX_WAITING
    assert list(waiting.take()) == [Notice("config"), Notice("links", missed=True)]


def test_missed_stands_for_all_of_its_topic() -> None:
    waiting = Waiting()
    waiting.add(Notice("links", "a"))
    waiting.add(Notice("links", missed=True))
    waiting.add(Notice("links", "b"))
    assert list(waiting.take()) == [Notice("links", missed=True)]
