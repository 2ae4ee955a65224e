"""Texts of strangers as they are kept: plain, bounded, visible. Pure."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framecast.errors import Invalid
from framecast.rooms.drafts import check_client_id, check_media_time, check_message_text

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648"  # two words that a joiner keeps apart
MEN = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  hello \n", "hello"),
        ("a\r\nb\rc\x0bd\u2028e", "a\nb\nc\nd\ne"),
        ("a\n\n\n \n\nb", "a\n\nb"),
        ("a\tb", "a\tb"),
        ("cafe\u0301", "caf\xe9"),
        ("\x00a\x1b[31mb\x7f\x9b", "a[31mb"),
        ("\u202egnp.exe\u2066x\u2069\u200f", "gnp.exex"),
        ("a\ud800b\udfffc", "abc"),
        ("zero\u200bwidth\ufeff\u2060", "zerowidth"),
        ("\U000e0001x", "x"),
        (MEN, MEN),
        (PERSIAN, PERSIAN),
        ("Z" + "\u0335" * 50 + "a", "Z" + "\u0335" * 4 + "a"),
        ("ท่\u0e49", "ท่\u0e49"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
    ],
)
def test_text_is_kept_plain(given: str, kept: str) -> None:
    assert check_message_text(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        " \n",
        "\u200b",
        "\u0301",
        "\u200d\u200d",
        "\x00",
        "\ud800",
        "\u3164",
        "\u2800 \u115f",
        None,
        7,
        b"x",
        ["x"],
    ],
)
def test_text_without_anything_to_see_is_refused(given: object) -> None:
    with pytest.raises(Invalid, match=r"a text, got|can be seen"):
        check_message_text(given)


def test_long_texts_are_refused_before_they_cost_time() -> None:
    assert len(check_message_text("🙂" * 2000)) == 2000
    for text in ("x" * 2001, "x" * 1_000_000, "\u0301" * 1_000_000, "e\u0301" * 2001):
        with pytest.raises(Invalid, match="at most 2000 characters"):
            check_message_text(text)
    assert len(check_message_text("e\u0301" * 2000)) == 2000


@given(st.text(max_size=300))
def test_what_is_kept_can_be_stored_and_shown_and_is_kept_again_as_it_is(text: str) -> None:
    try:
        kept = check_message_text(text)
    except Invalid:
        return
    kept.encode()
    assert not any(unicodedata.category(one) in ("Cs", "Cc") and one not in "\n\t" for one in kept)
    assert check_message_text(kept) == kept


def test_ids_of_clients_and_places_in_the_media() -> None:
    assert check_client_id("3f-9_a.B:7~") == "3f-9_a.B:7~"
    for id in ("", " ", "x" * 65, "é", "a b", "\0", None, 7):
        with pytest.raises(Invalid, match="1 to 64 visible"):
            check_client_id(id)
    assert [check_media_time(place) for place in (None, 0, 1.23456, -0.0)] == [None, 0, 1.235, 0]
    for wrong in (-1, float("nan"), float("inf"), 1e12, True, "1"):
        with pytest.raises(Invalid, match="media_time_s must be seconds"):
            check_media_time(wrong)
