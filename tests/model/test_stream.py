"""Names of streams, and why they are as they are."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model import REASONS, check_name, in_words


@pytest.mark.parametrize("name", ["a", "Front-door_2.1", "9" * 64])
def test_names_of_letters_digits_and_three_signs_are_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", ".hidden", "-x", "a/b", "a b", "ä", "a\n", "9" * 65, 7, None])
def test_other_names_are_refused(name: object) -> None:
    with pytest.raises(Invalid, match="is not a stream name"):
        check_name(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "front door",
            "it contains a space: write 'front-door' and set display_name to the name that people should see",
        ),
        ("Tür/Süd", "it contains the character 'ü': write 'Tuer-Sued' and set display_name"),
        ("x\x1b[2J", "it contains the character '\\x1b': write 'x-2J'"),
        ("9" * 65, f"it has 65 characters: write '{'9' * 64}'"),
        ("-x", "beginning with a letter or digit: write 'x'"),
        ("日本", "it contains the character '日'"),
    ],
)
def test_refusal_names_the_character_and_proposes_a_name(name: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_name(name)
    assert said in str(caught.value)


def test_refusal_of_an_address_shows_nothing_of_it() -> None:
    with pytest.raises(Invalid) as caught:
        check_name("rtsp://user:secret@camera/1")
    assert "secret" not in str(caught.value)


def test_the_reason_stands_in_words_before_its_detail() -> None:
    assert in_words("crashed", "killed by SIGKILL") == "the source process died: killed by SIGKILL"
    assert in_words("gone", "") == REASONS["gone"]
    assert in_words("", "") == ""


def test_a_detail_that_says_the_reason_itself_stands_alone() -> None:
    detail = f"{REASONS['unknown-host']}: camera.example"
    assert in_words("unknown-host", detail) == detail
