"""Secrets of addresses in texts of any kind: hidden wherever they stand, in linear time; sentences stay as they are."""

from __future__ import annotations

from time import process_time

import pytest

from framecast.model import Source
from framecast.model.mask import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("(rtsp://u:geheim@h/x)", "(rtsp://***@h/x)"),
        ("see rtsp://u:geheim@h/x.", "see rtsp://***@h/x."),
        ("rtsp://u:geheim@h/x rtsp://v:geheim@i/y", "rtsp://***@h/x rtsp://***@i/y"),
        ("rtsp://u:geheim@h/x,rtsp://v:geheim@i/y", None),
        ("rtsp://u:ge heim@h/x refused", "rtsp://***@h/x refused"),
        ("rtsp://u:geheim\n@h", None),
        ("12rtsp://u:geheim@h/x", "12rtsp://***@h/x"),
        ("/x?password=geheim&fps=3", "/x?password=***&fps=3"),
        ("/x?fps=3", "/x?fps=3"),
        ("mail me@home about rtsp://h/x", "mail me@home about rtsp://h/x"),
        ("rtsp://h/x is down, mail me@home", "rtsp://h/x is down, mail me@home"),
        ("rtsp://u:p@ geheim@h/1 refused", "rtsp://***@h/1 refused"),
        ("rtsp://u:p ://geheim@h/1 refused", None),
        ("rtsp://***@h/x is down, mail me@home", "rtsp://***@h/x is down, mail me@home"),
        ("", ""),
    ],
)
def test_secrets_are_hidden_and_what_stands_around_stays(text: str, masked: str | None) -> None:
    """None: only that the secret is hidden."""
    found = mask(text)
    assert "geheim" not in found
    assert masked in (None, found)


def test_masked_text_is_not_changed_again() -> None:
    once = mask("a rtsp://u:p@h/x?token=abc, b /y?key=1")
    assert mask(once) == once


@pytest.mark.parametrize(
    "piece", ["?pass", "?", ";pass;", "&key", "?a=", "://", "://@", "a@", "?pass=x", "=", "?pass?pass=x "]
)
def test_masking_a_hostile_text_takes_no_longer_than_reading_it(piece: str) -> None:
    hostile = piece * (200_000 // len(piece))
    assert mask(hostile).count("=x") == 0
    assert mask(f"{hostile} rtsp://me:geheim@host/?pass=geheim").endswith("://***@host/?pass=***")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("http://h/?a=b?pass=x&y=2", "http://h/?a=***&y=2"),
        ("http://h/?pass?x=y", "http://h/?pass?x=***"),
        ("http://h/?token=a#b;sig=c", "http://h/?token=***#***"),
        ("http://h/?Password", "http://h/?Password"),
        ("?key=1 ?key=2", "?key=*** ?key=***"),
    ],
)
def test_each_parameter_is_judged_by_its_own_name(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "sentence",
    [
        "serving web=http://127.0.0.1:21500/ grpc=grpc://127.0.0.1:21501 zmq=tcp://127.0.0.1:21502 streams=1",
        "write it as zmq://host:5556/NAME[/TRACK]",
        "see https://example.org/a (or b): mail me",
        "a://b c://d",
        ":// ://x ::// //:",
    ],
)
def test_sentences_without_secrets_stay(sentence: str) -> None:
    assert mask(sentence) == sentence


@pytest.mark.parametrize(
    "unit",
    ["://", "a://", "@", "a://b:c@", "=", "_=", "/a=", "?a=b", "&", "a1", "[", " a://x:", "%", "?pass"],
)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = "rtsp://h/" + unit * (size // len(unit))
        begun = process_time()
        mask(text)
        str(Source(text))
        return process_time() - begun

    seconds(1000)
    assert min(seconds(25_000) for _ in range(2)) < 40 * max(min(seconds(2500) for _ in range(3)), 0.002)
