"""What pydantic finds becomes one plain sentence that shows no secret."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from framecast.model.sentence import LONGEST_MESSAGE, key_of, sentence


class Inner(BaseModel):
    """A section."""

    level: Literal["low", "high"] = "low"


class Config(BaseModel):
    """One key of each kind."""

    model_config = ConfigDict(extra="forbid", strict=True)

    count: int = Field(1, ge=1, le=9)
    ratio: float = Field(0.5, gt=0, lt=1)
    finite: float = Field(0.5, allow_inf_nan=False)
    on: bool = True
    name: str = Field("x", min_length=1, max_length=3)
    names: list[str] = []
    inner: Inner = Inner()
    rates: dict[str, int] = {}
    checked: str = ""

    @field_validator("checked")
    @classmethod
    def _short(cls, text: str) -> str:
        if text:
            raise ValueError(text)
        return text


def found(given: dict[str, Any]) -> Any:
    """Return the only error of a configuration."""
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(given)
    errors = caught.value.errors()
    assert len(errors) == 1
    return errors[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"count": "geheim"}, "must be a whole number, got a text"),
        ({"count": 1.5}, "must be a whole number, got a number"),
        ({"count": 0}, "must be at least 1, got 0"),
        ({"count": 10}, "must be at most 9, got 10"),
        ({"ratio": 0.0}, "must be more than 0, got 0"),
        ({"ratio": 1.0}, "must be less than 1, got 1"),
        ({"finite": float("inf")}, "must be a finite number, got a number"),
        ({"on": "geheim"}, "must be true or false, got a text"),
        ({"name": 5}, "must be a text, got a number"),
        ({"name": "geheim"}, "must be at most 3 long, got a text"),
        ({"name": ""}, "must be at least 1 long, got"),
        ({"names": "geheim"}, "must be a list, such as [a, b], got a text"),
        ({"inner": "geheim"}, "must be a mapping of keys, got a text"),
        ({"inner": None}, "must be a mapping of keys, got nothing: indent the lines"),
        ({"rates": None}, "must be a mapping of keys, got nothing: indent the lines"),
        ({"inner": {"level": "geheim"}}, "must be another value, got a text"),
        ({"geheim": 1}, "is not known"),
        ({"checked": "it is too short"}, "it is too short"),
    ],
)
def test_sentence_says_what_was_expected_and_not_what_was_secret(given: dict[str, Any], words: str) -> None:
    said = sentence(found(given))
    assert said.startswith(words)
    assert "geheim" not in said


def test_text_that_is_no_secret_is_shown_as_far_as_it_is_short() -> None:
    assert sentence(found({"count": "many"}), secret=False) == "must be a whole number, got 'many'"
    assert len(sentence(found({"count": "x" * 1000}), secret=False)) < 100
    assert sentence(found({"name": 5}), secret=False) == "must be a text, got 5"


def test_missing_key_and_broken_json_have_words_of_their_own() -> None:
    assert sentence({"type": "missing", "input": {}}) == "is missing"
    assert sentence({"type": "json_invalid", "input": "{"}) == "is not valid JSON"
    assert sentence({"type": "string_unicode", "input": "\udc80"}).startswith(
        "must be text that UTF-8 can carry"
    )


def test_message_of_a_check_and_path_of_a_key_are_bounded() -> None:
    assert len(sentence(found({"checked": "x" * 5000}))) <= LONGEST_MESSAGE + 1
    assert key_of(("log", "levels", 3)) == "log.levels.3"
    assert len(key_of(("x" * 500,))) < 100
