"""H.264 without delay."""

from fractions import Fraction

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from framecast.media.coding import Coding
from framecast.media.decoder import Decoder
from framecast.media.encoder import VideoEncoder
from framecast.media.pixels import convert, converted, planes
from framecast.media.testpicture import Pattern, read_blocks
from framecast.model import Picture
from tests.media.pictures import distance, encoded, scene

BASE = Fraction(1, 25)


def decoded(encoder: VideoEncoder, packets: list[bytes]) -> list[NDArray[np.uint8]]:
    context = av.CodecContext.create("h264", "r")
    context.extradata = encoder.extradata
    frames = [frame for packet in packets for frame in context.decode(av.Packet(packet))]
    frames += context.decode(None)
    return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in frames]


def test_every_picture_is_one_packet_at_once() -> None:
    pattern = Pattern(320, 240)
    encoder = VideoEncoder(pattern.picture, BASE, 1 / BASE)
    packets = []
    for number in range(60):
        buffer = np.zeros(pattern.picture.layout.size_bytes, np.uint8)
        pattern.draw(buffer, number, number)
        buffer.flags.writeable = False
        (packet,) = encoder.encode(buffer, number)
        assert (packet.pts, packet.dts, packet.duration) == (number, number, 1)
        assert packet.is_key == (number % 50 == 0)
        packets.append(packet.payload)
    blocks = [read_blocks(image) for image in decoded(encoder, packets)]
    assert [block and block.frame for block in blocks] == list(range(60))


def test_key_frame_comes_when_it_is_asked_for() -> None:
    picture = Picture("i420", 64, 64)
    encoder = VideoEncoder(picture, BASE, 1 / BASE)
    buffer = encoded(scene(64, 64), picture)
    keys = [encoder.encode(buffer, number, key=number == 7)[0].is_key for number in range(10)]
    assert [number for number, key in enumerate(keys) if key] == [0, 7]
    packets = [encoder.encode(buffer, 10, key=True)[0].payload, encoder.encode(buffer, 11)[0].payload]
    assert len(decoded(encoder, packets)) == 2, "decoding can begin there"


@pytest.mark.parametrize("format", ["i420", "nv12", "bgr", "rgb"])
@pytest.mark.parametrize(("matrix", "full_range"), [("bt601", False), ("bt709", True), ("bt2020", False)])
def test_colours_survive_in_every_format(format: str, matrix: str, full_range: bool) -> None:
    image = scene(128, 96)
    if format in ("bgr", "rgb"):
        picture = converted(Picture("bgr", 128, 96), format)
        buffer = convert(Picture("bgr", 128, 96), image.reshape(-1), format).reshape(-1)
    else:
        picture = Picture(format, 128, 96, matrix, full_range)
        buffer = encoded(image, picture)
    encoder = VideoEncoder(picture, BASE)
    packets = [encoder.encode(buffer, number)[0].payload for number in range(3)]
    decoder = Decoder(Coding("h264", "h264", encoder.extradata, 128, 96))
    found = [one for packet in packets for one in decoder.decode(packet, 0, 0)] + decoder.finish()
    out = np.zeros(found[0].picture.layout.size_bytes, np.uint8)
    found[0].copy_into(out)
    if format in ("i420", "nv12"):
        assert (found[0].picture.matrix, found[0].picture.full_range) == (matrix, full_range)
    assert distance(convert(found[0].picture, out, "bgr"), image) < 4


def test_odd_pictures_are_encoded_with_their_padding() -> None:
    pattern = Pattern(321, 241)
    encoder = VideoEncoder(pattern.picture, BASE)
    assert (encoder.width, encoder.height) == (322, 242)
    buffer = np.zeros(pattern.picture.layout.size_bytes, np.uint8)
    pattern.draw(buffer, 3, 4)
    (packet,) = encoder.encode(buffer, 0)
    (image,) = decoded(encoder, [packet.payload])
    assert image.shape == (242, 322, 3)
    assert distance(image[:241, :321, 1], planes(pattern.picture, buffer)[0]) < 40
