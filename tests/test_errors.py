"""Errors travel between processes: class, message and fields; what another process sends is bounded."""

import pickle

import pytest

from framecast.errors import (
    BY_CODE,
    MAX_FIELD_LENGTH,
    MAX_FIELDS,
    Conflict,
    FramecastError,
    Invalid,
    NotFound,
    SourceError,
    WouldBlock,
    error_from_json,
    error_to_json,
    fields_from_text,
    fields_text,
    raise_if_error,
)


@pytest.mark.parametrize("kind", [one for one in BY_CODE.values() if one is not SourceError])
def test_an_error_is_the_same_on_the_other_side(kind: type[FramecastError]) -> None:
    sent = kind("max_fps must be at most 1000, got 2000", limit=1000, found=2000)
    received = error_from_json(error_to_json(sent))
    assert type(received) is kind
    assert (str(received), received.fields) == (str(sent), {"limit": 1000, "found": 2000})
    assert pickle.loads(pickle.dumps(received)).fields == sent.fields


def test_an_error_without_fields_has_no_more_than_before() -> None:
    assert error_to_json(NotFound("no stream 'door'")) == {"error": "NotFound", "message": "no stream 'door'"}
    assert error_from_json({"error": "NotFound", "message": "x"}).fields == {}


def test_the_reason_of_a_source_travels() -> None:
    received = error_from_json(error_to_json(SourceError("refused", "nobody listens", port=554)))
    assert isinstance(received, SourceError)
    assert (received.reason, received.fields) == ("refused", {"reason": "refused", "port": 554})
    assert isinstance(old := error_from_json({"error": "SourceError", "message": "x"}), SourceError)
    assert old.reason == "failed"


def test_an_unknown_code_is_an_error_of_ours() -> None:
    assert type(error_from_json({"error": "NotYetKnown", "message": "x"})) is FramecastError


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"a": [1], "b": {"c": 1}, "d": "x"}, {"d": "x"}),
        ({"a": "x" * (MAX_FIELD_LENGTH + 1), "b": None, "x" * (MAX_FIELD_LENGTH + 1): 1}, {"b": None}),
        ([1], {}),
        ("reason", {}),
    ],
)
def test_fields_that_are_too_large_or_of_another_type_are_left_out(given: object, kept: object) -> None:
    assert error_from_json({"error": "Invalid", "message": "x", "fields": given}).fields == kept


def test_the_number_of_fields_is_bounded() -> None:
    many = {f"field{number}": number for number in range(1000)}
    assert len(error_from_json({"error": "Invalid", "message": "x", "fields": many}).fields) == MAX_FIELDS


def test_fields_travel_as_ascii_text() -> None:
    text = fields_text(Conflict("taken", writer="pythön 12"))
    assert text.isascii()
    assert fields_from_text(text) == {"writer": "pythön 12"}
    assert fields_text(Conflict("taken")) == ""
    assert fields_from_text("no JSON") == fields_from_text("[]") == fields_from_text("[" * 100_000) == {}


def test_an_answer_that_is_no_error_is_returned() -> None:
    assert raise_if_error({"ok": True}) == {"ok": True}
    with pytest.raises(WouldBlock, match="later"):
        raise_if_error({"error": "WouldBlock", "message": "later"})
    assert issubclass(Invalid, ValueError)
