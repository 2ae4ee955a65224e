"""What a description says of its tracks, as the bus and decoders want it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from framecast.media import rtp_tracks
from framecast.protocols.rtp.h264 import H264
from framecast.protocols.rtp.h265 import H265
from framecast.protocols.rtp.sound import G711, Aac, Opus
from framecast.protocols.rtp.unit import Damaged
from framecast.protocols.sdp import Media, Unfit

AAC = {"sizelength": "13", "indexlength": "3", "indexdeltalength": "3"}


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (Media("video", 96, "h264", 90_000), H264),
        (Media("video", 96, "hevc", 90_000), H265),
        (Media("audio", 97, "opus", 48_000, 2), Opus),
        (Media("audio", 8, "pcm_alaw", 8000), G711),
        (Media("audio", 97, "aac", 48_000, 2, parameters=AAC, extradata=b"\x11\x90"), Aac),
    ],
)
def test_each_codec_has_its_depacketiser(media: Media, kind: type) -> None:
    assert type(rtp_tracks.depacketiser(media)) is kind


@pytest.mark.parametrize(
    ("config", "shape"),
    [
        (b"\x11\x90", (48_000, 2)),
        (b"\x12\x08", (44_100, 1)),
        (b"\x15\x88", (8000, 1)),
        (b"", (0, 0)),
        (b"\xf8\x00", (0, 0)),  # a type beyond 31
        (b"\x17\x80", (0, 0)),  # a rate that is written out
    ],
)
def test_the_shape_of_aac(config: bytes, shape: tuple[int, int]) -> None:
    assert rtp_tracks.aac_shape(config) == shape


def test_sound_is_described_for_the_bus_and_has_a_decoder() -> None:
    info, decoder = rtp_tracks.audio(Media("audio", 97, "opus", 48_000, 2))
    assert (info.codec, info.sample_rate, info.channels, info.time_base) == (
        "opus",
        48_000,
        2,
        Fraction(1, 48_000),
    )
    assert info.extradata[:8] == b"OpusHead"
    assert decoder.name.endswith("opus")
    with pytest.raises(Unfit, match="unknown configuration"):
        rtp_tracks.audio(Media("audio", 97, "aac", 48_000, extradata=b"\xf8\x00"))


@pytest.mark.parametrize("extradata", [b"", b"\x00\x00\x00\x01\x68\xee\x3c\x80", b"\x00\x00\x00\x01\x67\x64"])
def test_a_picture_without_whole_parameter_sets_is_not_described(extradata: bytes) -> None:
    with pytest.raises(Damaged):
        rtp_tracks.video(Media("video", 96, "h264", 90_000), extradata)
