"""What MP4 needs to know of a codec, found where a source says it elsewhere."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.media import initsegment
from framecast.model import Kind, TrackInfo

DELIMITER = b"\x12\x00"  # an OBU with a size, of no bytes
SEQUENCE_HEADER = b"\x0a\x0b" + bytes(range(11))
FRAME = b"\x32\x81\x01" + bytes(129)  # its size takes two bytes


def sound(sample_rate: int, channels: int) -> TrackInfo:
    return TrackInfo("audio", Kind.PACKETS, codec="aac", sample_rate=sample_rate, channels=channels)


@pytest.mark.parametrize(
    ("sample_rate", "channels", "config"),
    [(48000, 2, "1190"), (44100, 2, "1210"), (16000, 1, "1408"), (48000, 6, "11b0"), (48000, 8, "11b8")],
)
def test_aac_without_its_configuration_gets_that_of_its_rate_and_channels(
    sample_rate: int, channels: int, config: str
) -> None:
    assert initsegment.described(sound(sample_rate, channels)).extradata.hex() == config


@pytest.mark.parametrize(("sample_rate", "channels"), [(48000, 7), (48000, 9), (48000, 0), (47999, 2)])
def test_aac_that_no_configuration_describes_is_refused(sample_rate: int, channels: int) -> None:
    with pytest.raises(Invalid, match="needs its configuration"):
        initsegment.described(sound(sample_rate, channels))


def test_parameters_of_av1_are_taken_from_the_key_frame() -> None:
    info = TrackInfo("video", Kind.PACKETS, codec="av1", width=64, height=48)
    key_frame = DELIMITER + FRAME + SEQUENCE_HEADER + FRAME
    assert initsegment.described(info, key_frame).extradata == SEQUENCE_HEADER


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
@pytest.mark.parametrize("key_frame", [b"", DELIMITER, b"\x0a", b"\x0a\xff", b"\x00\x00\x01"])
def test_video_whose_parameters_are_nowhere_is_refused(codec: str, key_frame: bytes) -> None:
    info = TrackInfo("video", Kind.PACKETS, codec=codec, width=64, height=48)
    with pytest.raises(Invalid, match="has no parameter sets"):
        initsegment.described(info, key_frame)
