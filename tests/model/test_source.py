"""A source's secrets: kept for an editor who only saw them masked, and never sent anywhere else."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model import Source
from framecast.model.source import mask

CAMERA = Source("rtsp://admin:p@ss@10.0.0.7:554/stream?channel=1&token=abc")


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        (str(CAMERA), CAMERA.reveal()),
        ("rtsp://***@10.0.0.7:554/other?channel=2", "rtsp://admin:p@ss@10.0.0.7:554/other?channel=2"),
        ("rtsp://me:new@10.0.0.7:554/stream?token=***", "rtsp://me:new@10.0.0.7:554/stream?token=abc"),
        ("rtsp://10.0.0.7:554/stream", "rtsp://10.0.0.7:554/stream"),
        ("rtsp://me:new@elsewhere/stream", "rtsp://me:new@elsewhere/stream"),
        ("pattern:", "pattern:"),
    ],
)
def test_masked_secrets_are_kept_and_typed_ones_are_taken(typed: str, becomes: str) -> None:
    assert Source(typed).with_secrets_of(CAMERA).reveal() == becomes


@pytest.mark.parametrize(
    "typed",
    [
        "rtsp://***@elsewhere:554/stream",
        "rtsp://***@10.0.0.7:555/stream",
        "http://***@10.0.0.7:554/stream",
        "rtsp://10.0.0.7.evil.example:554/stream?token=***",
        "rtsp://10.0.0.7:554/stream?password=***",
    ],
)
def test_secret_does_not_leave_for_another_place_and_is_not_made_up(typed: str) -> None:
    with pytest.raises(Invalid, match=r"\*\*\*") as caught:
        Source(typed).with_secrets_of(CAMERA)
    assert "p@ss" not in str(caught.value)


def test_masked_source_of_a_new_stream_is_refused() -> None:
    with pytest.raises(Invalid, match="type the secret"):
        Source("rtsp://***@camera/1").with_secrets_of(None)


@pytest.mark.parametrize(
    "piece", ["?pass", "?", ";pass;", "&key", "?a=", "://", "://@", "a@", "?pass=x", "=", "?pass?pass=x "]
)
def test_masking_a_hostile_text_takes_no_longer_than_reading_it(piece: str) -> None:
    hostile = piece * (2_000_000 // len(piece))
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
