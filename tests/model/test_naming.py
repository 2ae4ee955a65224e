"""Display names and groups: which texts are taken, how they are kept, in which words the others are refused."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model.naming import MOST_GROUPS, check_display_name, check_groups


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("   ", ""),
        ("  Haustür Süd ", "Haustür Süd"),
        ("Haustu\u0308r", "Haustür"),
        ("正門 الباب 🐕\u200d🦺", "正門 الباب 🐕\u200d🦺"),
        ("<b>&\"'/..", "<b>&\"'/.."),
        ("x" * 80, "x" * 80),
        ("u\u0308" * 80, "ü" * 80),
    ],
)
def test_any_language_is_kept_in_one_form(given: str, kept: str) -> None:
    assert check_display_name(given) == kept


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("x" * 81, "must have at most 80 characters, got 81"),
        ("x" * 100_000, "must have at most 80 characters, got 100000"),
        ("a\nb", r"has the character \\n at position 2"),
        ("a\x1b[31m", r"has the character \\x1b"),
        ("abc\u202egpj", r"has the character \\u202e at position 4"),
        ("a\u2066b", r"has the character \\u2066"),
        ("a\ud800", r"has the character \\ud800"),
        ("\u200b\u200d", "must have a character that can be seen"),
        (7, "must be a text, got 7"),
        (None, "must be a text, got nothing"),
        (["x"], "must be a text, got a list"),
    ],
)
def test_what_cannot_be_shown_is_refused(given: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check_display_name(given)


def test_groups_are_each_kept_once_in_their_order() -> None:
    assert check_groups([" Küche", "Garten", "Ku\u0308che"]) == ("Küche", "Garten")
    assert check_groups(()) == ()
    most = [f"group {number}" for number in range(MOST_GROUPS)]
    assert check_groups(most + most) == tuple(most)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("Garden", r"must be a list of names, such as \[Garden, Ground floor\], got a text"),
        ({"Garden": 1}, "must be a list of names"),
        ([1], "each must be a text, got 1"),
        ([""], "must have no empty name"),
        (["a\u202e"], r"has the character \\u202e"),
        (["x" * 81], "must have at most 80 characters"),
        ([str(number) for number in range(17)], "must have at most 16 names, got 17"),
    ],
)
def test_groups_that_cannot_be_are_refused(given: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check_groups(given)
