"""Parameters that change midway are noticed from the packets alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framecast.media.coding import Coding
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.media.parameters import is_extradata, probe, signature
from tests.support import media_files
from tests.support.media_files import Clip


def demuxer(path: object) -> Demuxer:
    return Demuxer(Opening(f"file:{path}", "file", "mov,matroska,mpegts", 10, 10, audio=False))


@pytest.mark.parametrize(
    ("video", "container"),
    [("h264", "ts"), ("h265", "ts"), ("mjpeg", ""), ("vp8", ""), ("vp9", ""), ("av1", "")],
)
def test_key_frames_of_one_size_agree_and_of_another_differ(video: str, container: str) -> None:
    found = []
    for size in ((640, 360), (320, 240)):
        clip = Clip(video, size=size, container=container, gop_s=0.5, seconds=1)
        with demuxer(clip.path()) as source:
            codec = source.coding.codec
            keys = [bytes(packet.payload) for packet in source.packets() if packet.is_key]
            found.append({signature(codec, memoryview(key)) for key in keys})
            picture = probe(replace(source.coding, width=0, height=0), keys[0])
            assert picture is not None
            assert (picture.width, picture.height) == size
    assert [len(one) for one in found] == [1, 1]
    assert b"" not in found[0] | found[1]
    assert found[0] != found[1]


def test_a_signature_of_h264_is_its_extradata() -> None:
    with demuxer(media_files.changing_size()) as source:
        assert is_extradata("h264")
        keys = [bytes(packet.payload) for packet in source.packets() if packet.is_key]
    sizes = []
    for key in keys:
        picture = probe(replace(source_coding(), extradata=signature("h264", memoryview(key))), key)
        assert picture is not None
        sizes.append((picture.width, picture.height))
    assert set(sizes) == {(640, 360), (320, 240), (854, 480)}


@pytest.mark.parametrize("video", ["h264", "h265"])
def test_parameters_that_a_key_frame_repeats_are_the_same(video: str) -> None:
    with demuxer(Clip(video, size=(320, 240), container="ts", gop_s=0.5, seconds=1).path()) as source:
        codec = source.coding.codec
        key = next(bytes(packet.payload) for packet in source.packets() if packet.is_key)
    once = signature(codec, memoryview(key))
    assert signature(codec, memoryview(once + key)) == once


def source_coding() -> Coding:
    with demuxer(media_files.changing_size()) as source:
        return replace(source.coding, width=0, height=0)


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg", "vp8", "vp9", "av1", "theora"])
@pytest.mark.parametrize(
    "payload", [b"", b"\x00", b"\x00\x00\x01", b"\xff\xd8", b"\xff" * 5000, b"\x00" * 5000]
)
def test_nonsense_has_no_parameters(codec: str, payload: bytes) -> None:
    assert isinstance(signature(codec, memoryview(payload)), bytes)


def test_nonsense_does_not_decode() -> None:
    with demuxer(Clip(size=(320, 240), seconds=1).path()) as source:
        assert probe(source.coding, b"\xff" * 200) is None
