"""Fragmented MP4 with sound: what comes in which order, files that play, sound and picture together."""

from __future__ import annotations

import io
import select
import subprocess
from functools import partial
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

import framecast
from framecast.client.fmp4 import Fragment
from framecast.model import TrackInfo
from tests.client.nodes import TestNode
from tests.support import needs
from tests.support.media_files import Clip, frame_number
from tests.support.waiting import until

CLIP = Clip(audio="aac", size=(320, 240), seconds=4.0)
LIMIT_S = 40


def together(pieces: list[Fragment]) -> bytes:
    return b"".join(piece.payload for piece in pieces)


def complaints(data: bytes) -> str:
    """What FFmpeg says when it plays a file to its end."""
    command = [needs.ffmpeg(), "-v", "warning", "-xerror", "-i", "pipe:0", "-f", "null", "-"]
    return subprocess.run(command, input=data, capture_output=True, timeout=60).stderr.decode()


def seconds(data: bytes, kind: str) -> list[float]:
    """The presentation times of a kind's packets."""
    with av.open(io.BytesIO(data), "r") as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        assert stream.time_base is not None
        return [
            float(packet.pts * stream.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None
        ]


def pictures(data: bytes) -> list[int]:
    with av.open(io.BytesIO(data), "r") as container:
        return [frame_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def test_both_tracks_come_in_the_order_of_the_source_behind_one_init_segment() -> None:
    with framecast.open(CLIP.path(), loop=False) as camera, camera.fmp4(audio=True) as fragments:
        seen = list(fragments)
        assert fragments.stats().dropped == 0
    assert [piece.kind for piece in seen[:2]] == ["init", "video"]
    assert sum(piece.kind == "video" for piece in seen) == CLIP.frames
    assert sum(piece.kind == "audio" for piece in seen) > 150
    assert sum(piece.is_init for piece in seen) == 1
    assert seen[1].is_key
    assert sum(piece.is_key for piece in seen) == 4
    assert [piece.published_ns for piece in seen] == sorted(piece.published_ns for piece in seen)
    assert max(abs(one.time_s - two.time_s) for one, two in pairwise(seen)) < 0.5
    codecs = seen[0].mime.partition("codecs=")[2]
    assert codecs.startswith('"avc1.')
    assert codecs.endswith(',mp4a.40.2"')


def test_what_comes_plays_with_all_its_pictures_and_its_sound() -> None:
    with framecast.open(CLIP.path(), loop=False) as camera, camera.fmp4(audio=True) as fragments:
        data = together(list(fragments))
    assert complaints(data) == ""
    assert pictures(data) == list(range(CLIP.frames))
    sound = seconds(data, "audio")
    assert sound[-1] - sound[0] > 3.3  # the clip's own ends then
    assert abs(sound[0] - seconds(data, "video")[0]) < 0.08


def flashes(folder: Path) -> Path:
    """A file of five seconds whose picture is white in the first fifth of each second, with a tone in the same time."""
    path = folder / "flashes.mkv"
    light = "color=black:size=320x240:rate=25,drawbox=color=white:t=fill:enable=lt(mod(t\\,1)\\,0.2)"
    tone = "aevalsrc=exprs=0.5*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.2):sample_rate=8000"
    coders = ["-c:v", "libx264", "-bf", "0", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "pcm_alaw"]
    command = [needs.ffmpeg(), "-v", "error", "-f", "lavfi", "-i", light, "-f", "lavfi", "-i", tone]
    subprocess.run([*command, "-t", "5", *coders, str(path)], check=True, timeout=60)
    return path


def test_sound_that_mp4_cannot_hold_comes_as_aac_and_with_its_picture(tmp_path: Path) -> None:
    with (
        framecast.open(flashes(tmp_path), loop=True) as camera,
        camera.fmp4(audio=True) as fragments,
    ):
        seen = [fragments.read(LIMIT_S)]
        while sum(piece.kind == "video" for piece in seen) < 120:
            seen.append(fragments.read(LIMIT_S))
    data = together(seen)
    assert {piece.info.codec for piece in seen} == {"h264", "aac"}
    assert sum(piece.is_init for piece in seen) == 1
    lights, tones = begins(data, "video"), begins(data, "audio")
    assert len(lights) >= 3
    heard = [min(abs(light - tone) for tone in tones) for light in lights[:-1]]
    assert max(heard) < 0.08


def begins(data: bytes, kind: str) -> list[float]:
    """The times at which it becomes light, or loud, after it was dark, or quiet."""
    found: list[float] = []
    was_on = True
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(**{kind: 0}):
            assert isinstance(frame, av.VideoFrame | av.AudioFrame)
            start = float(frame.time or 0)
            if isinstance(frame, av.VideoFrame):
                levels, step = np.array([frame.to_ndarray(format="gray").mean() / 255]), 0.0
            else:
                samples = np.abs(frame.to_ndarray()[0].astype(float))
                parts = samples[: len(samples) // 64 * 64].reshape(-1, 64)
                levels, step = parts.max(axis=1), 64 / frame.sample_rate
            for index, is_on in enumerate(levels > 0.2):
                if is_on and not was_on:
                    found.append(start + index * step)
                was_on = bool(is_on)
    return found


def test_late_joiner_starts_at_a_key_frame_with_sound(node: TestNode) -> None:
    with framecast.NodeClient(node.folder) as client:
        client.put("door", str(CLIP.path()))
    with framecast.open("door", node=node.folder) as camera, camera.packets() as packets:
        while packets.read(LIMIT_S).seq < 30:
            continue
        with camera.fmp4(audio=True) as fragments:
            seen = [fragments.read(LIMIT_S) for _ in range(90)]
    assert seen[0].is_init
    assert seen[1].is_key
    assert seen[1].seq % 25 == 0
    data = together(seen)
    numbers = pictures(data)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(seconds(data, "audio")) > 30


def test_stream_without_sound_gives_its_pictures_and_does_not_wait_for_ever() -> None:
    path = Clip(size=(320, 240), seconds=2.0).path()
    with framecast.open(path, loop=False) as camera, camera.fmp4(audio=True) as fragments:
        seen = list(fragments)
    assert [piece.kind for piece in seen] == ["init"] + ["video"] * 50
    assert "mp4a" not in seen[0].mime
    assert pictures(together(seen)) == list(range(50))


def test_pictures_and_samples_of_a_program_or_pattern_are_coded(node: TestNode) -> None:
    with framecast.NodeClient(node.folder) as client:
        client.put("demo", "pattern:?size=320x180&fps=25")
    with framecast.open("demo", node=node.folder) as camera, camera.fmp4(audio=True) as fragments:
        seen = [fragments.read(LIMIT_S)]
        while not {"video", "audio"} <= {piece.kind for piece in seen[-20:]} or len(seen) < 80:
            seen.append(fragments.read(LIMIT_S))
    begin = max(index for index, piece in enumerate(seen) if piece.is_init)
    data = together(seen[begin:])
    assert complaints(data) == ""
    assert "avc1" in seen[begin].mime
    assert "mp4a" in seen[begin].mime
    assert abs(seconds(data, "audio")[-1] - seconds(data, "video")[-1]) < 0.5


def coded() -> tuple[list[TrackInfo], list[tuple[str, av.Packet]]]:
    """The tracks of the clip as a program has them, and its packets in order."""
    with framecast.open(CLIP.path(), loop=False) as camera, camera.packets(audio=True) as packets:
        seen = list(packets)
        return list(packets.infos.values()), [(packet.track, packet) for packet in seen]  # type: ignore[misc]


def is_read(node: TestNode, tracks: int) -> bool:
    """Whether so many tracks of stream x have a reader."""
    with framecast.NodeClient(node.folder) as client:
        found = client.stats().get("x", {"tracks": []})["tracks"]
    return sum(bool(track["readers"]) for track in found) == tracks


def test_source_that_comes_back_begins_a_new_file_with_sound(node: TestNode) -> None:
    infos, packets = coded()
    with framecast.open("x", node=node.folder) as camera, camera.fmp4(audio=True) as fragments:
        for _ in range(2):
            with framecast.publish("x", node=node.folder, tracks=infos) as out:
                until(partial(is_read, node, 2))
                for name, packet in packets:
                    out.send_packet(
                        packet.payload,  # type: ignore[attr-defined]
                        track=name,
                        pts=packet.pts,
                        dts=packet.dts,
                        is_key=bool(packet.is_key),  # type: ignore[attr-defined]
                    )
                seen = [fragments.read(LIMIT_S)]
                while seen[-1].kind != "video" or seen[-1].seq < CLIP.frames - 1:
                    seen.append(fragments.read(LIMIT_S))
            inits = [index for index, piece in enumerate(seen) if piece.is_init]
            assert inits
            data = together(seen[inits[-1] :])
            assert pictures(data)[-1] == CLIP.frames - 1
            assert len(seconds(data, "audio")) > 20


def test_one_descriptor_tells_of_pictures_and_sound() -> None:
    with framecast.open(CLIP.path(), loop=False) as camera, camera.fmp4(audio=True) as fragments:
        kinds: list[str] = []
        while len(kinds) < 100:
            ready, _, _ = select.select([fragments.fileno()], [], [], LIMIT_S)
            assert ready
            try:
                while True:
                    kinds.append(fragments.read(0).kind)
            except framecast.WouldBlock:
                continue
    assert set(kinds) == {"init", "video", "audio"}


@pytest.mark.anyio
async def test_fragments_with_sound_can_be_awaited() -> None:
    kinds = set()
    with framecast.open(CLIP.path(), loop=False) as camera:
        async with camera.fmp4(audio=True) as fragments:
            async for fragment in fragments:
                kinds.add(fragment.kind)
    assert kinds == {"init", "video", "audio"}


def test_without_asking_there_is_no_sound() -> None:
    with framecast.open(CLIP.path(), loop=False) as camera, camera.fmp4() as fragments:
        assert {piece.kind for piece in fragments} == {"init", "video"}


def test_pictures_that_mp4_cannot_hold_say_so_and_can_be_had_as_h264() -> None:
    path = Clip(video="mjpeg", size=(320, 240), seconds=2.0).path()
    with framecast.open(path, timeout_s=LIMIT_S) as camera:
        with camera.fmp4() as fragments, pytest.raises(framecast.Invalid, match="mjpeg"):
            fragments.read()
        with camera.fmp4(track="video/h264") as fragments:
            seen = [fragments.read() for _ in range(20)]
    assert seen[0].is_init
    assert complaints(together(seen)) == ""


def test_stream_without_pictures_gives_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "tone.m4a"
    tone = ["-f", "lavfi", "-i", "sine=1000:duration=2", "-c:a", "aac"]
    subprocess.run([needs.ffmpeg(), "-v", "error", *tone, str(path)], check=True, timeout=60)
    with framecast.open(path, loop=False, timeout_s=LIMIT_S) as source, source.fmp4(audio=True) as fragments:
        seen = list(fragments)
    assert seen[0].mime == 'audio/mp4; codecs="mp4a.40.2"'
    assert [fragment.kind for fragment in seen] == ["init"] + ["audio"] * (len(seen) - 1)
    assert len(seconds(together(seen), "audio")) > 80
