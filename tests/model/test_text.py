"""Texts from outside: which are taken, and how they are shown."""

from __future__ import annotations

import json
import os
from datetime import date

import pytest

from framecast.errors import Invalid
from framecast.model import Source, StreamSpec, Subscription, TrackInfo, check_name
from framecast.model.text import as_source, check_text, described, shown, without_halves
from framecast.sources.file import path_of

# What breaks an encoder, moves a cursor, ends a line, turns the writing round, or cannot be seen.
HOSTILE = [
    "\ud800",
    "\udfff",
    "\udce9",
    "\x00",
    "\n",
    "\r",
    "\t",
    "\x1b[2J",
    "\x7f",
    "\x9b31m",
    "\x85",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
]


@pytest.mark.parametrize("piece", [*HOSTILE, "\u200b", "\u200f", "\ufeff", "\ufffe", "\u061c"])
def test_what_is_shown_is_plain_and_says_what_was_there(piece: str) -> None:
    found = shown(f"a{piece}b")
    assert found.encode().decode().isprintable()
    assert found.startswith("a\\")
    assert found.endswith("b")


@pytest.mark.parametrize("text", ["", "Straße 5", "日本語", "😀", "عربى", "a b", "\\ud800"])
def test_text_of_any_language_is_shown_as_it_is(text: str) -> None:
    assert shown(text) == text
    assert check_text("a label", text, 80) == text


def test_long_text_is_cut_before_it_is_escaped() -> None:
    assert shown("x" * 10_000_000, 10) == "x" * 7 + "..."
    assert len(shown("\ud800" * 1000, 10)) <= 60


@pytest.mark.parametrize("piece", HOSTILE)
def test_text_that_cannot_be_shown_is_refused_by_its_place(piece: str) -> None:
    with pytest.raises(Invalid, match=r"the label has the character \\\w+ at position 7") as caught:
        check_text("the label", f"geheim{piece}", 80)
    assert "geheim" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("piece", HOSTILE)
def test_source_that_cannot_be_shown_is_refused(piece: str) -> None:
    with pytest.raises(Invalid, match="the source of stream door has the character"):
        StreamSpec.from_json("door", f"rtsp://u:geheim@camera/{piece}")
    with pytest.raises(Invalid, match="is not a stream name") as caught:
        check_name(f"door{piece}")
    assert str(caught.value).isprintable()


def test_source_has_a_length() -> None:
    with pytest.raises(Invalid, match="must have at most 8192 characters, got 8193"):
        StreamSpec.from_json("door", "http://h/?" + "x" * 8183)


@pytest.mark.parametrize("name", ["caf\u00e9", "cafe\u0301", "\uff44oor", "d\u043eor"])
def test_names_of_streams_are_ascii_so_that_no_two_look_alike(name: str) -> None:
    with pytest.raises(Invalid, match="is not a stream name"):
        check_name(name)


@pytest.mark.parametrize(
    ("given", "source"),
    [
        ("/v/caf\udce9 1.mp4", "file:/v/caf%E9%201.mp4"),
        ("/v/\u00e9\udce9?.mp4", "file:/v/%C3%A9%E9%3F.mp4"),
        ("file:/v/caf\udce9.mp4", "file:/v/caf%E9.mp4"),
        ("/v/caf\u00e9.mp4", "/v/caf\u00e9.mp4"),
        ("rtsp://h/\udce9", "rtsp://h/\udce9"),
    ],
)
def test_file_with_a_name_in_another_encoding_becomes_a_url(given: str, source: str) -> None:
    assert as_source(given) == source


def test_url_of_such_a_file_leads_to_it() -> None:
    spec = StreamSpec.from_json("door", os.fsdecode(b"/v/caf\xe9.mp4"))
    assert os.fsencode(path_of(spec.source)) == b"/v/caf\xe9.mp4"
    assert str(spec.source).isascii()
    assert os.fsencode(path_of(Source("file:/v/caf%E9.mp4"))) == b"/v/caf\xe9.mp4"


def test_halves_of_pairs_are_escaped_in_every_text_of_a_value() -> None:
    given = {"a\ud800": ["\udce9", {"b": "😀\udfff"}, 1, None, True]}
    plain = without_halves(given)
    assert plain == {"a\\ud800": ["\\udce9", {"b": "😀\\udfff"}, 1, None, True]}
    json.dumps(plain, ensure_ascii=False).encode()


def test_labels_and_descriptions_of_tracks_are_shown_plainly() -> None:
    wish = {"stream": "door", "track": "video", "label": "\x1b[2J" + "x" * 200}
    label = Subscription.from_json(wish).label
    assert label.startswith("\\x1b[2J")
    assert len(label) < 90
    info = TrackInfo.from_json(
        {
            "name": "video",
            "kind": "packets",
            "time_base": "1/90000",
            "codec": "h\udce9",
            "details": {"a\n": "\u202e", **{str(number): "" for number in range(1000)}},
        }
    )
    assert (info.codec, info.details["a\\n"], len(info.details)) == ("h\\udce9", "\\u202e", 64)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true"),
        (2000, "2000"),
        (10**5000, "a number of too many digits"),
        (0.5, "0.5"),
        (float("nan"), "nan"),
        ("geheim", "a text"),
        (b"geheim", "bytes"),
        (["geheim"], "a list"),
        ({"geheim": 1}, "a mapping"),
        (date(2026, 1, 1), "a date"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_described_without_a_text(value: object, words: str) -> None:
    assert described(value) == words
