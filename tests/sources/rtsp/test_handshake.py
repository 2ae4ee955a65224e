"""What a camera says when it is asked to play."""

from __future__ import annotations

import pytest

from framecast.media.rtp.description import Media
from framecast.sources.rtsp.handshake import Track, _begins


def tracks() -> list[Track]:
    media = Media("video", 96, "h264", 90_000)
    return [
        Track(media, "rtsp://camera/live/trackID=0", (0, 1)),
        Track(media, "rtsp://camera/live/trackID=1", (2, 3)),
    ]


@pytest.mark.parametrize(
    ("info", "times"),
    [
        ("", [None, None]),
        (
            "url=rtsp://camera/live/trackID=0;seq=1;rtptime=10,url=rtsp://camera/live/trackID=1;seq=2;rtptime=20",
            [10, 20],
        ),
        ("url=trackID=1;seq=2;rtptime=20, url=trackID=0;seq=1;rtptime=10", [10, 20]),
        ("url=rtsp://10.0.0.1/a;seq=1;rtptime=4294967295,url=rtsp://10.0.0.1/b;rtptime=2", [4294967295, 2]),
        ('url="rtsp://camera/live/trackID=1";rtptime=20', [None, 20]),
        ("url=rtsp://camera/live/trackID=0;seq=1", [None, None]),
        ("url=rtsp://camera/live/trackID=0;rtptime=123456789012", [None, None]),
    ],
)
def test_where_tracks_begin(info: str, times: list[int | None]) -> None:
    found = tracks()
    _begins(found, info)
    assert [track.begins_at for track in found] == times
