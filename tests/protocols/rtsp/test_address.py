"""Where requests go."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.protocols.rtsp.address import Address, bare, base_of, control_of


def test_an_address_is_split_and_its_password_is_in_no_url() -> None:
    found = Address.of("rtsp://me:p%40ss%2Fw@camera:8554/h264?channel=1&subtype=0", 554)
    assert (found.host, found.port, found.user, found.password) == ("camera", 8554, "me", "p@ss/w")
    assert found.url == "rtsp://camera:8554/h264?channel=1&subtype=0"
    assert "p@ss" not in repr(found)
    assert Address.of("rtsp://[::1]/x", 554).host == "::1"


@pytest.mark.parametrize("text", ["rtsp://", "rtsp:///x", "rtsp://host:99999/", "file", "rtsp://[::1/x"])
def test_what_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Address.of(text, 554)


def test_a_line_end_in_an_address_is_no_line_end_in_a_request() -> None:
    url = bare("rtsp://host/a\r\nX-Evil: 1\r\n\r\nTEARDOWN \u00fc%20")
    assert not set(url) & set("\r\n ")
    assert url.startswith("rtsp://host/a%0D%0AX-Evil:%201")
    assert url.endswith("%C3%BC%20")


URL = "rtsp://camera/live?token=1"


@pytest.mark.parametrize(
    ("told", "base"),
    [
        ("", URL),
        ("rtsp://camera/live/", "rtsp://camera/live/"),
        ("rtsp://rtsp://camera/live/", URL),
        ("/live/", URL),
        ("http://camera/live/", URL),
        ("rtsp://admin:secret@camera/live", "rtsp://camera/live"),
    ],
)
def test_the_base_is_what_the_server_says_if_that_can_be(told: str, base: str) -> None:
    assert base_of(URL, told) == base


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://c/live", "*", "rtsp://c/live"),
        ("rtsp://c/live", "", "rtsp://c/live"),
        ("rtsp://c/live", "trackID=0", "rtsp://c/live/trackID=0"),
        ("rtsp://c/live/", "trackID=0", "rtsp://c/live/trackID=0"),
        ("rtsp://c/live?a=1&b=2", "trackID=0", "rtsp://c/live?a=1&b=2/trackID=0"),
        ("rtsp://c/live/", "rtsp://me:x@other/live/track1?y", "rtsp://other/live/track1?y"),
        ("rtsp://c/live", "RTSP://c/x", "RTSP://c/x"),
        ("rtsp://c/live", "a\tb", "rtsp://c/live/a%09b"),
        ("rtsp://c/", "/media/1/video/1", "rtsp://c/media/1/video/1"),
        ("rtsp://c", "/media/1/video/1", "rtsp://c/media/1/video/1"),
        ("rtsp://c:8554/live/sub?x=/1", "/media/1/video/1", "rtsp://c:8554/media/1/video/1"),
        ("rtsp://[::1]:8554/live/", "/media/1?a=b", "rtsp://[::1]:8554/media/1?a=b"),
        ("rtsp://c/live", "?track=1", "rtsp://c/live?track=1"),
        ("rtsp://c/live/", "?track=1", "rtsp://c/live/?track=1"),
        ("rtsp://c/live", "track1?a=b", "rtsp://c/live/track1?a=b"),
    ],
)
def test_controls(base: str, control: str, url: str) -> None:
    assert control_of(base, control) == url
