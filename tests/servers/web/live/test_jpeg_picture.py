"""One picture for MJPEG viewers: parts that end with the next boundary, built once, and Chromium's own order."""

from __future__ import annotations

import email.parser
import email.policy

import pytest

from framecast.clock import monotonic_ns
from framecast.servers.web.live.jpeg_picture import (
    EAGER_OPENING,
    MEDIA_TYPE,
    OPENING,
    JpegPicture,
    is_eager,
)

CHROME = "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
JPEGS = (b"\xff\xd8one\xff\xd9", b"\xff\xd8two\r\nlines\xff\xd9")


def parts_of(body: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Return headers and content of each part, as Python's own parser of MIME reads them."""
    head = f"Content-Type: {MEDIA_TYPE}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body + b"--")
    found = []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((dict(part.items()), content))
    return found


def test_parts_after_the_opening_are_a_multipart_body() -> None:
    pictures = [JpegPicture(jpeg, 1_700_000_000_123_456_789, 1, live=not n) for n, jpeg in enumerate(JPEGS)]
    body = OPENING + b"".join(picture.data for picture in pictures)
    body = body.removesuffix(b"\r\n")
    found = parts_of(body)
    assert [content for _, content in found] == list(JPEGS)
    assert [headers["Content-Length"] for headers, _ in found] == [str(len(jpeg)) for jpeg in JPEGS]
    assert [headers["X-Live"] for headers, _ in found] == ["1", "0"]
    assert found[0][0]["X-Timestamp"] == "1700000000.123456"


def test_eager_parts_bring_the_next_header_and_no_length() -> None:
    body = EAGER_OPENING + b"".join(JpegPicture(jpeg, 0, 1).eager for jpeg in JPEGS)
    assert body.endswith(EAGER_OPENING)
    assert b"Content-Length" not in body
    found = parts_of(body.removesuffix(EAGER_OPENING) + OPENING.removesuffix(b"\r\n"))
    assert [content for _, content in found] == list(JPEGS)


def test_everything_is_built_once_for_all_viewers() -> None:
    picture = JpegPicture(JPEGS[0], 5, 7)
    assert picture.data is picture.data
    assert picture.eager is picture.eager
    assert picture.message is picture.message
    assert picture.message.endswith(picture.jpeg)


def test_age_counts_from_when_the_source_had_it() -> None:
    now = monotonic_ns()
    assert JpegPicture(b"", 0, now, arrived_ns=now - 3_000_000_000).age_s >= 3
    assert JpegPicture(b"", 0, now - 2_000_000_000).arrived_ns == now - 2_000_000_000


@pytest.mark.parametrize(
    ("headers", "eager"),
    [
        ({"user-agent": CHROME, "sec-fetch-dest": "image"}, True),
        ({"user-agent": CHROME}, True),
        ({"user-agent": CHROME, "sec-fetch-dest": "empty"}, False),  # a script that reads the parts itself
        ({"user-agent": "Mozilla/5.0 Firefox/120.0", "sec-fetch-dest": "image"}, False),
        ({}, False),
    ],
)
def test_only_pictures_of_chromium_are_eager(headers: dict[str, str], eager: bool) -> None:
    assert is_eager(headers) is eager
