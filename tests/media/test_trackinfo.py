"""Descriptions of tracks from real files, and what is said where FFmpeg knows no decoder or no rate."""

from __future__ import annotations

import io
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import pytest

from framecast.errors import SourceError
from framecast.media.trackinfo import audio_of, video_of
from framecast.model import Kind
from tests.support.media_files import Clip


@pytest.fixture(scope="module")
def container() -> Any:
    with av.open(str(Clip(size=(320, 240), seconds=0.4, audio="aac").path())) as opened:
        yield opened


def test_video_is_described_with_its_picture(container: Any) -> None:
    info = video_of(container.streams.video[0])
    assert (info.name, info.kind, info.codec, info.width, info.height) == (
        "video",
        Kind.PACKETS,
        "h264",
        320,
        240,
    )
    assert info.rate == 25
    assert info.extradata
    assert info.picture is not None
    assert (info.picture.format, info.picture.width, info.picture.height) == ("i420", 320, 240)


def test_sound_is_described_with_its_rate_and_channels(container: Any) -> None:
    info = audio_of(container.streams.audio[0])
    assert info is not None
    context = container.streams.audio[0].codec_context
    assert (info.codec, info.sample_rate, info.channels) == ("aac", context.sample_rate, context.channels)


def test_track_without_a_decoder_ends_a_source_of_video_and_leaves_out_sound() -> None:
    nothing: Any = SimpleNamespace(codec_context=None)
    with pytest.raises(SourceError, match="no decoder") as caught:
        video_of(nothing)
    assert caught.value.reason == "unsupported"
    assert audio_of(nothing) is None


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (Fraction(30), Fraction(30)),
        (Fraction(30_000, 1001), Fraction(30_000, 1001)),
        (Fraction(999), Fraction(999)),
        (Fraction(1000), Fraction(25)),  # a time base
        (Fraction(90_000), Fraction(25)),
    ],
)
def test_rate_that_is_a_time_base_is_not_believed(given: Fraction, found: Fraction) -> None:
    with av.open(io.BytesIO(), "w", format="nut") as container:
        stream = container.add_stream("mjpeg", rate=given)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = 320, 240
        assert video_of(stream).rate == found


def test_size_that_is_not_known_yet_gives_no_picture() -> None:
    with av.open(io.BytesIO(), "w", format="nut") as container:
        stream = container.add_stream("mjpeg", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 0
        assert video_of(stream).picture is None


def test_live_video_has_the_rate_of_its_parameter_set(container: Any) -> None:
    assert video_of(container.streams.video[0], is_live=True).rate == 25
