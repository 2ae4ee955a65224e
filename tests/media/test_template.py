"""Streams of an output file that are made from a track's description alone."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import pytest

from framecast.errors import Invalid
from framecast.media.template import add_stream
from framecast.model import Kind, TrackInfo

AVC = bytes.fromhex("0142c00dffe100086742c00dab40c801000468ce3c80".replace(" ", ""))


def track(codec: str, **fields: Any) -> TrackInfo:
    shape = {"sample_rate": 48_000, "channels": 2} if "sample_rate" in fields or "channels" in fields else {}
    return TrackInfo("x", Kind.PACKETS, codec=codec, **(shape | fields))


def added(info: TrackInfo, format: str = "matroska") -> av.stream.Stream:
    with av.open(io.BytesIO(), "w", format=format) as container:
        return add_stream(container, info)


@pytest.mark.parametrize("codec", ["vp8", "vp9", "av1", "mjpeg"])
def test_video_has_its_codec_size_and_time_base(codec: str) -> None:
    info = track(codec, width=320, height=240, time_base=Fraction(1, 90_000), rate=Fraction(30))
    stream = added(info)
    assert isinstance(stream, av.VideoStream)
    context = stream.codec_context
    assert (context.width, context.height) == (320, 240)
    assert stream.time_base == Fraction(1, 90_000)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_parameters_that_are_only_in_the_packets_are_left_to_the_muxer(codec: str) -> None:
    stream = added(track(codec, width=320, height=240, time_base=Fraction(1, 90_000), rate=Fraction(30)))
    assert isinstance(stream, av.VideoStream)
    assert stream.codec_context is None
    assert stream.time_base == Fraction(1, 90_000)


@pytest.mark.parametrize(
    ("codec", "channels"),
    [
        ("aac", 1),
        ("aac", 2),
        ("aac", 6),
        ("opus", 2),
        ("mp3", 2),
        ("flac", 2),
        ("pcm_s16le", 2),
        ("pcm_s16le", 8),
    ],
)
def test_sound_has_its_codec_rate_and_channels(codec: str, channels: int) -> None:
    stream = added(track(codec, channels=channels, time_base=Fraction(1, 48_000)))
    assert isinstance(stream, av.AudioStream)
    assert stream.codec_context.sample_rate == 48_000
    assert stream.codec_context.channels == channels


def test_extradata_is_that_of_the_track() -> None:
    for info in (
        track("h264", width=320, height=240, extradata=b"\x01own"),
        track("aac", channels=2, extradata=b"\x11\x90"),
        track("opus", channels=2, extradata=b"OpusHead own"),
    ):
        assert added(info).codec_context.extradata == info.extradata


@pytest.mark.parametrize("channels", [1, 2])
def test_opus_of_a_camera_gets_the_header_that_its_packets_do_not_bring(channels: int) -> None:
    head = added(track("opus", channels=channels)).codec_context.extradata
    assert head is not None
    assert head[:8] == b"OpusHead"
    assert (head[8], head[9], len(head)) == (1, channels, 19)
    assert int.from_bytes(head[10:12], "little") == 312
    assert int.from_bytes(head[12:16], "little") == 48_000


def test_vp9_names_its_pixels_because_mp4_writes_them_down() -> None:
    context: Any = added(track("vp9", width=320, height=240), "mp4").codec_context
    assert context.pix_fmt == "yuv420p"


@pytest.mark.parametrize(
    ("info", "format"),
    [
        (track("no_such_codec", width=320, height=240), "matroska"),
        (track("no_such_codec", channels=2), "matroska"),
        (track("aac", channels=2, sample_rate=12_345_678), "matroska"),
    ],
)
def test_codec_that_the_container_does_not_hold_is_refused_by_name(info: TrackInfo, format: str) -> None:
    with pytest.raises(Invalid, match=f"{format} cannot hold {info.codec}"):
        added(info, format)
