"""Encoded packets and fragments of a real source: order, key frames, late joiners, and files that play."""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

import framecast
from framecast.model import Kind, TrackInfo
from tests.client.nodes import TestNode
from tests.support.media_files import Clip, frame_number

CLIP = Clip(audio="aac", size=(320, 240), seconds=4.0)


def decode(data: bytes) -> list[int]:
    with av.open(io.BytesIO(data), "r") as container:
        return [frame_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def test_packets_are_those_of_the_source_and_begin_at_a_key_frame() -> None:
    with framecast.open(CLIP.path(), loop=False) as camera, camera.packets() as packets:
        seen = list(packets)
    with av.open(str(CLIP.path())) as container:
        payloads = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert seen[0].is_key
    assert [packet.payload for packet in seen] == payloads
    assert [packet.dts for packet in seen] == sorted(packet.dts for packet in seen)
    assert {packet.track for packet in seen} == {"video"}
    assert seen[0].info.codec == "h264"
    assert seen[0].size == len(payloads[0])


def test_video_and_audio_come_interleaved_in_the_order_of_the_source() -> None:
    with framecast.open(CLIP.path(), loop=False) as camera, camera.packets(audio=True) as packets:
        seen = list(packets)
        assert set(packets.infos) == {"video", "audio"}
        assert packets.stats().dropped == 0
    assert seen[0].track == "video"
    assert {packet.info.codec for packet in seen} == {"h264", "aac"}
    assert [packet.published_ns for packet in seen] == sorted(packet.published_ns for packet in seen)
    assert max(abs(one.time_s - two.time_s) for one, two in pairwise(seen)) < 0.5
    assert sum(packet.track == "video" for packet in seen) == CLIP.frames
    assert sum(packet.track == "audio" for packet in seen) > 150


def test_a_stream_without_sound_gives_its_pictures() -> None:
    path = Clip(size=(320, 240), seconds=2.0).path()
    with framecast.open(path, loop=False) as camera, camera.packets(audio=True) as packets:
        assert len(list(packets)) == 50


def test_fragments_concatenated_play_to_the_last_picture() -> None:
    with framecast.open(CLIP.path(), loop=False) as camera, camera.fmp4() as fragments:
        seen = list(fragments)
    assert [fragment.is_init for fragment in seen] == [True] + [False] * CLIP.frames
    assert seen[1].is_key
    assert seen[0].mime.startswith("video/mp4; codecs=")
    assert decode(b"".join(fragment.payload for fragment in seen)) == list(range(CLIP.frames))


def test_a_late_joiner_starts_at_a_key_frame_and_has_a_file_that_plays(node: TestNode) -> None:
    with framecast.NodeClient(node.folder) as client:
        client.put("door", str(CLIP.path()))
    with framecast.open("door", node=node.folder) as camera, camera.packets() as packets:
        while packets.read(20).seq < 30:
            continue
        with camera.fmp4() as fragments:
            seen = [fragments.read(20) for _ in range(30)]
    assert seen[0].is_init
    assert seen[1].is_key
    assert seen[1].seq % 25 == 0
    numbers = decode(b"".join(fragment.payload for fragment in seen))
    assert numbers == list(range(numbers[0], numbers[0] + 29))


def test_a_new_epoch_begins_with_a_new_init_segment(node: TestNode) -> None:
    with av.open(str(CLIP.path())) as container:
        stream = container.streams.video[0]
        extradata = bytes(stream.codec_context.extradata or b"")
        payloads = [bytes(packet) for packet in container.demux(stream) if packet.size][:30]
    base = Fraction(1, 12800)
    video = TrackInfo("video", Kind.PACKETS, base, codec="h264", extradata=extradata, width=320, height=240)
    with framecast.open("x", node=node.folder) as camera, camera.fmp4() as fragments:
        for _ in range(2):
            with framecast.publish("x", node=node.folder, tracks=[video]) as out:
                for number, payload in enumerate(payloads):
                    out.send_packet(payload, pts=number * 512, is_key=number % 25 == 0)
                pieces = [fragments.read(20) for _ in range(6)]
                while pieces[-1].seq < 29:
                    pieces.append(fragments.read(20))
            assert [piece.is_init for piece in pieces] == [True] + [False] * (len(pieces) - 1)
            numbers = decode(b"".join(piece.payload for piece in pieces))
            assert numbers[-1] == 29
            assert numbers == list(range(numbers[0], 30))


def test_only_packets_tracks_have_packets(node: TestNode) -> None:
    with framecast.open("x", node=node.folder) as camera:
        with pytest.raises(framecast.Invalid, match="holds frames"):
            camera.packets(track="frames")
        with pytest.raises(framecast.Invalid, match="not a track name"):
            camera.packets(track="jpeg/101")


def test_a_snapshot_is_a_jpeg(node: TestNode, tmp_path: Path) -> None:
    with framecast.NodeClient(node.folder) as client:
        client.put("demo", "pattern:")
    data = framecast.snapshot("demo", quality=70, size=(320, 0), node=node.folder, timeout_s=20)
    with av.open(io.BytesIO(data), format="jpeg_pipe") as picture:
        assert (picture.streams.video[0].width, picture.streams.video[0].height) == (320, 180)
    with pytest.raises(framecast.NodeUnavailable):
        framecast.snapshot("demo", node=tmp_path / "nothing")
