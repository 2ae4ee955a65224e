"""Word lists and the rule for links."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framecast.errors import Invalid
from framecast.model.room_settings import RoomSettings
from framecast.rooms.words import WordList, leads_elsewhere, word_list


def wide(text: str) -> str:
    """Return ASCII as it is written among ideographs."""
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("darn", "well, DARN!"),
        ("darn", wide("darn")),  # wide letters
        ("darn", "d\u200barn"),  # a space of no width
        ("darn", "da\u00adrn"),  # a soft hyphen
        ("darn", "d\u0336a\u0336r\u0336n"),  # struck through
        ("darn", "this_darn_thing"),
        ("straße", "STRASSE"),
        ("cafe\u0301", "ein café"),  # decomposed and composed
        ("ﬁlm", "a FILM"),  # a ligature
        ("very bad", "that is Very,  BAD."),
        ("don't", "DON'T do it"),
        ("坏话", "他说坏话了"),  # no spaces between words
        ("ร้าย", "คนร้ายกาจ"),
        ("\U0001f595", "so\U0001f595\U0001f3fd!"),  # an emoji, in another colour
    ],
)
def test_an_entry_is_found_however_it_is_written(entry: str, text: str) -> None:
    assert WordList([entry]).has(text)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("ass", "the class passes"),
        ("very bad", "very good, bad"),
        ("cafe", "café"),  # another letter is another word
        (".*", "anything"),
        ("d.rn", "darn"),
        ("坏话", "坏人说话"),
        ("", "anything"),
    ],
)
def test_only_whole_words_count_and_nothing_is_a_pattern(entry: str, text: str) -> None:
    assert not WordList([entry]).has(text)


def test_an_empty_list_is_false() -> None:
    assert not WordList(["", "!?"])
    assert word_list(("a",)) is word_list(("a",))


@example("", "x", " ")
@given(st.text(max_size=40), st.text(alphabet="abcßéΣ坏", min_size=1, max_size=8), st.text(max_size=40))
def test_a_word_between_spaces_is_always_found(before: str, word: str, after: str) -> None:
    text = f"{before} {word} {after}"
    assert WordList([word]).has(text)
    assert WordList([word]).has(unicodedata.normalize("NFD", text))


@given(st.text(max_size=200))
def test_every_text_is_read(text: str) -> None:
    word_list(("darn", "very bad")).has(text)
    leads_elsewhere(text)


def test_the_settings_of_a_room_take_no_entry_that_could_never_be_found() -> None:
    taken = RoomSettings().changed({"words": [" very  bad ", "\U0001f595", "坏话", "very bad"]})
    assert taken.words == ("very bad", "\U0001f595", "坏话")
    assert all(WordList([one]).has(f"so {one}!") for one in taken.words)
    for sign in ("!!", "_", "..."):
        with pytest.raises(Invalid, match="must have a letter"):
            RoomSettings().changed({"words": [sign]})


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.com/x",
        "HTTP://EXAMPLE.COM",
        "rtsp://10.0.0.1/live",
        "www.example.test",
        "go to example.com now",
        "example.com.",
        "ex\u200bample.com",
        wide("example.com"),
        "sub.example.co.uk",
        "example.museum/page",
        "host.example:8080/x",
        "münchen.de",
        "a." * 40 + "com",
    ],
)
def test_an_address_is_seen(text: str) -> None:
    assert leads_elsewhere(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "good morning",
        "e.g. this",
        "3.14",
        "wait...what",
        "a/b",
        "main.py",
        "C++/Rust",
        "10:30",
        "Hi.There",
        "no. I mean",
    ],
)
def test_a_plain_text_is_no_address(text: str) -> None:
    assert not leads_elsewhere(text)
