"""Which tracks a player gets for what it says that it can play."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.fanout.coding import Native, Wanted, choose
from framecast.model import Kind, TrackInfo

GO2RTC = "avc1.640029,avc1.64002A,avc1.640033,hvc1.1.6.L153.B0,mp4a.40.2,mp4a.40.5,flac,opus"


def video(codec: str) -> TrackInfo:
    return TrackInfo("video", Kind.PACKETS, codec=codec)


def audio(codec: str) -> TrackInfo:
    return TrackInfo("audio", Kind.PACKETS, codec=codec)


def chosen(codec: str, string: str, sound: str, wanted: str) -> str:
    native = Native(video(codec) if codec else None, audio(sound) if sound else None, string)
    return str(choose(native, Wanted.parse(wanted)))


@pytest.mark.parametrize(
    ("codec", "string", "sound", "wanted", "tracks"),
    [
        ("h264", "avc1.640028", "aac", GO2RTC, "video+audio"),
        ("h264", "avc1.42c01f", "aac", GO2RTC, "video+audio"),
        ("h264", "avc1.640028", "pcm_alaw", GO2RTC, "video+audio/aac"),
        ("h264", "avc1.640028", "opus", GO2RTC, "video+audio"),
        ("h264", "avc1.640028", "opus", "avc1.640029,mp4a.40.2", "video+audio/aac"),
        ("h264", "avc1.640028", "aac", "avc1.640029", "video"),
        ("h264", "avc1.640028", "", GO2RTC, "video"),
        ("hevc", "hvc1.1.6.L120.90", "aac", GO2RTC, "video+audio"),
        ("hevc", "hvc1.2.4.L120.90", "aac", GO2RTC, "video+audio"),
        ("hevc", "hvc1.4.10.L120.90", "aac", GO2RTC, "video/h264+audio"),
        ("hevc", "hvc1.1.6.L120.90", "aac", "avc1.640029,mp4a.40.2", "video/h264+audio"),
        ("hevc", "hvc1.1.6.L120.90", "", "avc1.640029,hev1.1.6.L93.B0", "video"),
        ("av1", "av01.0.08M.08", "", "avc1.640029,av01.0.08M.08", "video"),
        ("av1", "av01.0.08M.08", "", GO2RTC, "video/h264"),
        ("vp9", "vp09.00.50.08", "opus", "vp09.00.50.08,avc1.640029,opus", "video+audio"),
        ("vp9", "vp09.02.50.10", "", "vp09.00.50.08,avc1.640029", "video/h264"),
        ("vp8", "", "", GO2RTC, "video/h264"),
        ("mjpeg", "", "", GO2RTC, "video/h264"),
        # High 10 and High 4:2:2 are no profiles of browsers; Main is none of a player that has Baseline only.
        ("h264", "avc1.6e0028", "", GO2RTC, "video/h264"),
        ("h264", "avc1.7a0028", "", GO2RTC, "video/h264"),
        ("h264", "avc1.4d4028", "", "avc1.42e01e", "video/h264"),
        ("", "", "pcm_mulaw", GO2RTC, "audio/aac"),
        ("", "", "aac", GO2RTC, "audio"),
        ("h264", "avc1.640028", "aac", "mp4a.40.2", "audio"),
        ("hevc", "hvc1.4.10.L120.90", "opus", "", "video+audio"),
        ("mjpeg", "", "pcm_alaw", "", "video/h264+audio/aac"),
    ],
)
def test_tracks_go_as_they_are_where_the_player_has_them_else_as_h264_and_aac(
    codec: str, string: str, sound: str, wanted: str, tracks: str
) -> None:
    assert chosen(codec, string, sound, wanted) == tracks


@pytest.mark.parametrize(
    "wanted", ["nonsense", "flac", "theora,vorbis", "avc1.640029," * 400, 7, None, ["avc1"]]
)
def test_list_that_says_nothing_known_is_refused(wanted: object) -> None:
    with pytest.raises(Invalid):
        Wanted.parse(wanted)


def test_player_that_can_play_nothing_of_a_stream_is_told_what_it_has() -> None:
    with pytest.raises(Invalid, match="vp9"):
        chosen("vp9", "vp09.00.50.08", "", "av01.0.08M.08")
