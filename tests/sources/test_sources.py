"""Which address is which kind of source, and what cannot be one."""

from __future__ import annotations

import pytest

from framecast import sources
from framecast.errors import Invalid
from framecast.model import Source, StreamSpec


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("rtsp://camera/1", "rtsp"),
        ("RTSPS://camera/1", "rtsp"),
        ("http://camera/video.mjpg", "http"),
        ("https://site/live/index.m3u8?token=x", "http"),
        ("http://site/session.sdp?x=1", "sdp"),
        ("camera.sdp", "sdp"),
        ("file:camera.SDP", "sdp"),
        ("clip.mp4", "file"),
        ("~/clips/clip.mp4", "file"),
        ("./rtsp:clip.mp4", "file"),
        ("file:clip.mp4", "file"),
        ("/dev/video0", "device"),
        ("v4l2:/dev/video1?size=640x480", "device"),
        ("v4l2:0", "device"),
        ("0", "device"),
        ("pattern:", "pattern"),
        ("numbers:?count=3", "numbers"),
    ],
)
def test_the_address_says_the_kind(address: str, kind: str) -> None:
    assert sources.kind_of(Source(address)) == kind
    sources.check(StreamSpec("camera", Source(address)))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("gopher://host/x", "gopher: is not a known kind of source"),
        ("concat:a|b", "concat: is not a known kind of source"),
        ("rtsp:///x", "has no host"),
        ("http://", "has no host"),
        ("v4l2:/etc/passwd", "is not a video device"),
        ("v4l2:0?colour=red", "a device has no option"),
        ("pattern:?sise=1x1", "no option"),
    ],
)
def test_what_cannot_be_a_source_is_refused_with_a_sentence(address: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        sources.check(StreamSpec("camera", Source(address)))


def test_a_refusal_does_not_tell_the_password() -> None:
    with pytest.raises(Invalid) as caught:
        sources.check(StreamSpec("camera", Source("rtsp://me:hidden@:99999/x")))
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("kind", ["rtsp", "http", "https", "grpc"])
@pytest.mark.parametrize("password", ["a/b", "1/b", "a?b", "1?b", "a#b"])
def test_password_with_a_delimiter_is_refused_with_how_to_write_it(kind: str, password: str) -> None:
    with pytest.raises(Invalid, match=r"write / as %2F, \? as %3F, # as %23") as caught:
        sources.check(StreamSpec("camera", Source(f"{kind}://admin:{password}@host/x")))
    assert password not in str(caught.value)
    assert "admin" not in str(caught.value)
