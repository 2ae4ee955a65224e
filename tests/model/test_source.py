"""A source's secrets: kept for an editor who only saw them masked, and never sent anywhere else."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model import Source

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
    ("address", "said"),
    [
        ("rtsp://admin:a%3A%2F%2F%40geheim@h/1", "bad password a://@geheim"),
        ("rtsp://a%3Ageheim:x@h", "no user a:geheim"),
        ("rtsp://u:a%40geheim@h", "u:a%2540geheim"),
        ("http://h/?pwd=a+geheim", "pwd is 'a geheim'"),
        ("rtsp://admin:geheim/x@h/1", "Failed to resolve hostname admin:geheim"),
    ],
)
def test_message_that_writes_a_secret_in_another_way_is_scrubbed(address: str, said: str) -> None:
    assert "geheim" not in Source(address).scrub(said)
