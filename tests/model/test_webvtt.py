"""Subtitles of strangers become plain WebVTT: times and text stay, all else goes."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model.webvtt import LARGEST, MOST_CUES, plain_webvtt

SRT = "\ufeff2\r\n01:00:00,500 --> 01:00:02,000\r\n{\\an8}<i>Two</i>\r\nlines & <font color=red>more</font>\r\n\r\n1\r\n00:00:01,000 --> 00:00:02,000\r\nOne --> two\r\n"
VTT = """WEBVTT - a title

STYLE
::cue { background: url(http://elsewhere.example/) }

REGION
id:x

NOTE a note

intro
00:01.000 --> 00:02.000 align:start position:10% region:x evil
1 < 2 &amp; <c.red>red</c> <v Bob>said</v>\x00\x07

00:05.000 --> 00:03.000
backwards

00:06.000 --> 00:07.000

"""


def test_subrip_becomes_webvtt_in_the_order_of_its_times() -> None:
    assert plain_webvtt(SRT.encode()) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nOne → two\n\n"
        "01:00:00.500 --> 01:00:02.000\n<i>Two</i>\nlines &amp; more\n"
    )


def test_of_webvtt_only_cues_stay_with_places_that_are_known() -> None:
    made = plain_webvtt(VTT.encode())
    assert made == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000 align:start position:10%\n1 &lt; 2 &amp; red said\n"
    )
    assert plain_webvtt(made.encode()) == made


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", "WebVTT or SubRip"),
        (b"WEBVTT\n\n", "WebVTT or SubRip"),
        (b"#EXTM3U\nfile:///etc/passwd", "WebVTT or SubRip"),
        (b"x" * (LARGEST + 1), "bytes"),
        (b"00:01.000 --> 00:02.000\nx\n\n" * (MOST_CUES + 1), "cues"),
    ],
    ids=["nothing", "no cue", "a playlist", "too large", "too many"],
)
def test_what_is_no_subtitles_is_refused_in_words(given: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        plain_webvtt(given)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_of_other_encodings_is_read(encoding: str) -> None:
    given = "00:00:01,000 --> 00:00:02,000\nGrüße, fünf €\n".encode(encoding)
    assert "Grüße, fünf €" in plain_webvtt(given)
