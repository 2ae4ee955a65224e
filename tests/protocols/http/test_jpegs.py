"""JPEG pictures out of what cameras put around them."""

from __future__ import annotations

import pytest

from framecast.errors import SourceError
from framecast.protocols.http.jpegs import Jpegs
from tests.support.http_sources import pictures
from tests.support.media_files import Clip

PICTURES = pictures(Clip(size=(320, 240), seconds=1))[:4]
PREVIEW = b"\xff\xe1" + (len(PICTURES[0]) + 2).to_bytes(2, "big") + PICTURES[0]
TEXT = b"--b\r\nContent-Type: text/plain\r\n\r\nevent=motion;state=on\r\n"


def parts(head: bytes, tail: bytes = b"\r\n") -> bytes:
    return b"".join(head + picture + tail for picture in PICTURES)


STREAMS = {
    "bare": b"".join(PICTURES),
    "text between": TEXT + parts(b"--b\r\nContent-Type: image/jpeg\r\n\r\n", b"\r\n" + TEXT),
    "preamble": b"This is multipart\n\n" + parts(b"--b\n\n", b"\n"),
    "lengths of nothing": parts(b"--b\r\nContent-Length: 7\r\n\r\n"),
    "half a marker between": parts(b"--b\xff\xd8\r\n\r\n", b"\xff\xff\xff"),
}


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
@pytest.mark.parametrize("how", STREAMS)
def test_every_picture_comes_whole(how: str, size: int) -> None:
    jpegs, data = Jpegs(1 << 20), STREAMS[how]
    found = [one for at in range(0, len(data), size) for one in jpegs.take(data[at : at + size])]
    assert found == PICTURES


def test_a_picture_comes_with_its_last_byte() -> None:
    jpegs = Jpegs(1 << 20)
    assert list(jpegs.take(PICTURES[0][:-1])) == []
    assert list(jpegs.take(PICTURES[0][-1:])) == PICTURES[:1]


def test_a_preview_inside_a_picture_is_part_of_it() -> None:
    picture = PICTURES[1][:2] + PREVIEW + PICTURES[1][2:]
    assert list(Jpegs(1 << 20).take(picture + PICTURES[2])) == [picture, PICTURES[2]]


def test_a_picture_without_an_end_ends_before_the_next_boundary() -> None:
    data = PICTURES[0][:-2] + b"\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n" + PICTURES[1]
    assert list(Jpegs(1 << 20).take(data)) == PICTURES[:2]


def test_segments_of_wrong_lengths_lose_one_picture_at_most() -> None:
    broken = PICTURES[0][:2] + b"\xff\xe0\x00\x20" + PICTURES[0][2:]
    found = list(Jpegs(1 << 20).take(broken + PICTURES[1] + PICTURES[2]))
    assert found[-2:] == PICTURES[1:3]


def test_a_picture_without_bounds_is_refused() -> None:
    jpegs = Jpegs(1 << 20)
    assert not list(jpegs.take(b"\xff\xd8\xff\xda\x00\x02" + bytes(1 << 19)))
    with pytest.raises(SourceError, match="larger than 1 MiB"):
        list(jpegs.take(bytes(1 << 20)))
