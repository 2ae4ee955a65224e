"""Playlists are read as strictly as they are written."""

import pytest

from framecast.errors import Invalid
from framecast.processing.playlists import (
    Entry,
    MainPlaylist,
    MediaPlaylist,
    Variant,
    parse_main,
    parse_media,
)

MEDIA = MediaPlaylist("v720.mp4", 700, (Entry(700, 300, 2.0), Entry(1000, 900, 2.002), Entry(1900, 100, 0.4)))
MAIN = MainPlaylist(
    (
        Variant(
            "v720.m3u8", "avc1.64001f,mp4a.40.2", 3_000_000, 2_000_000, 1280, 720, 29.97, has_audio_apart=True
        ),
        Variant(
            "v360.m3u8", "avc1.64001e,mp4a.40.2", 900_000, 800_000, 640, 360, 29.97, has_audio_apart=True
        ),
    ),
    "audio.m3u8",
)
NAMES = ["v720.m3u8", "v360.m3u8", "audio.m3u8"]


def test_playlists_are_read_back() -> None:
    assert parse_media(MEDIA.text(), 2000) == MEDIA
    assert parse_main(MAIN.text(), NAMES) == MAIN
    alone = MainPlaylist((Variant("audio.m3u8", "mp4a.40.2", 130_000, 128_000),))
    assert parse_main(alone.text(), NAMES) == alone


def test_rates_are_those_of_the_segments() -> None:
    assert MEDIA.peak_bitrate == 3597  # 900 bytes in 2.002 s
    assert MEDIA.average_bitrate == 2363


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('URI="v720.mp4"', 'URI="../v720.mp4"'),
        ('URI="v720.mp4"', 'URI="http://example.com/v720.mp4"'),
        ("\nv720.mp4\n", "\nv360.mp4\n"),
        ("900@1000", "901@1000"),
        ("900@1000", "900@999"),
        ("100@1900", "101@1900"),
        ("#EXT-X-ENDLIST\n", "#EXT-X-ENDLIST\n#EXT-X-KEY:METHOD=NONE\n"),
        ("#EXTINF:2.000000", "#EXTINF:02.000000"),
        ("TARGETDURATION:2", "TARGETDURATION:9"),
        ("#EXTM3U", "\ufeff#EXTM3U"),
    ],
)
def test_other_media_playlists_are_refused(old: str, new: str) -> None:
    text = MEDIA.text().replace(old, new, 1)
    assert text != MEDIA.text()
    with pytest.raises(Invalid):
        parse_media(text, 2000)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v360.m3u8", "v240.m3u8"),
        ('URI="audio.m3u8"', 'URI="/etc/passwd"'),
        ("1280x720", "01280x720"),
        ("#EXT-X-STREAM-INF", "#EXT-X-SESSION-DATA"),
        ('AUDIO="audio"', 'AUDIO="other"'),
    ],
)
def test_other_main_playlists_are_refused(old: str, new: str) -> None:
    text = MAIN.text().replace(old, new, 1)
    assert text != MAIN.text()
    with pytest.raises(Invalid):
        parse_main(text, NAMES)
