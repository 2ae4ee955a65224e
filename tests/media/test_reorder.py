"""Files that store pictures in the order of decoding and do not say when they are shown."""

import subprocess
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from framecast.media.decoder import Damaged, Decoder
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.media.pixels import planes
from framecast.model import EncodedPacket
from framecast.sources.file import _FORMATS
from tests.support import media_files, needs
from tests.support.media_files import frame_number

COUNT = 50


def coded(path: Path, *coder: str) -> Path:
    """Fifty pictures with their numbers."""
    clip = media_files.Clip(size=(320, 240), seconds=2, video="mjpeg", container="mkv")
    media_files._ffmpeg(
        "-i", str(clip.path()), "-pix_fmt", "yuv420p", "-fps_mode", "passthrough", *coder, str(path)
    )
    return path


def read(path: Path) -> tuple[list[EncodedPacket], list[tuple[int, Fraction]], Fraction]:
    """Return the packets, and numbers and times of the pictures in the order of the decoder."""
    opening = Opening(f"file:{path}", "file", _FORMATS, 5, 5)
    with Demuxer(opening) as demuxer:
        assert demuxer.video is not None
        base = demuxer.video.time_base
        decoder, packets, shown = Decoder(demuxer.coding), [], []
        for packet in demuxer.packets():
            packets.append(packet)
            with suppress(Damaged):
                shown += decoder.decode(packet.payload, packet.pts, packet.dts)
        shown += decoder.finish()
        found = []
        for one in shown:
            out = np.zeros(one.picture.layout.size_bytes, np.uint8)
            one.copy_into(out)
            found.append((frame_number(planes(one.picture, out)[0]), (one.pts or 0) * base))
    return packets, found, base


X264 = ("-c:v", "libx264", "-g", "25")
X265 = ("-c:v", "libx265", "-x265-params", "log-level=none:keyint=25")


@pytest.mark.parametrize(
    ("name", "coder"),
    [
        ("b.avi", (*X264, "-bf", "2")),
        ("pyramid.avi", (*X264, "-bf", "5", "-b_strategy", "0")),
        ("open.avi", (*X264, "-bf", "2", "-x264-params", "open-gop=1")),
        ("plain.avi", (*X264, "-bf", "0")),
        ("b.asf", (*X264, "-bf", "2")),
        ("b.h264", (*X264, "-bf", "2")),
        ("b.h265", X265),
        ("plain.h264", (*X264, "-bf", "0")),
        ("asp.avi", ("-c:v", "mpeg4", "-bf", "2")),
        ("m2.avi", ("-c:v", "mpeg2video", "-bf", "2")),
        ("m2.m2v", ("-c:v", "mpeg2video", "-bf", "2")),
        ("b.ts", (*X264, "-bf", "2")),
        ("b.flv", (*X264, "-bf", "2")),
        ("b.mkv", (*X264, "-bf", "3")),
        ("b.mp4", (*X264, "-bf", "3")),
        ("w.wmv", ("-c:v", "wmv2")),
        ("m.avi", ("-c:v", "mjpeg")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_picture_has_its_time(name: str, coder: tuple[str, ...], tmp_path: Path) -> None:
    packets, found, base = read(coded(tmp_path / name, *coder))
    assert [number for number, _ in found] == list(range(COUNT))
    assert {round((b - a) * 1000) for (_, a), (_, b) in pairwise(found)} == {40}
    assert all((packet.dts is not None, packet.pts is not None) == (True, True) for packet in packets)
    assert all((b.dts or 0) > (a.dts or 0) for a, b in pairwise(packets))
    assert all((packet.pts or 0) >= (packet.dts or 0) for packet in packets)
    assert max((packet.pts or 0) - (packet.dts or 0) for packet in packets) * base < 1


def packed(source: Path, path: Path) -> Path:
    """Write MPEG-4 with B-frames as DivX did: a picture and the B-frame that is shown before it in one packet."""
    with av.open(str(source)) as given, av.open(str(path), "w") as container:
        track = given.streams.video[0]
        stream = container.add_stream_from_template(track, opaque=True)
        payloads = [bytes(packet) for packet in given.demux(track) if packet.size]
        head = b"\0\0\1\xb2DivX503b1393p"
        chunks = [head + payloads[0]]
        for reference, between in zip(payloads[1::2], payloads[2::2], strict=False):
            chunks += [reference + between, b"\0\0\1\xb6\x50\x00"]  # and a picture that is not coded
        for number, chunk in enumerate(chunks):
            packet = av.Packet(chunk)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = number
            packet.is_keyframe = not number
            container.mux(packet)
    return path


def test_two_pictures_in_one_packet_are_taken_apart(tmp_path: Path) -> None:
    plain = coded(
        tmp_path / "asp.avi", "-c:v", "mpeg4", "-bf", "1", "-b_strategy", "0", "-g", "300", "-b:v", "4M"
    )
    packets, found, _ = read(packed(plain, tmp_path / "packed.avi"))
    assert [number for number, _ in found] == list(range(len(found)))
    assert len(found) >= COUNT - 2
    assert {b - a for (_, a), (_, b) in pairwise(found)} == {Fraction(1, 25)}
    assert len(packets) == len(found)


def test_a_damaged_picture_moves_no_others_beyond_the_next_key_frame(tmp_path: Path) -> None:
    path = coded(tmp_path / "b.avi", *X264, "-bf", "2")
    whole = path.read_bytes()
    with av.open(str(path)) as container:
        sizes = [packet.size for packet in container.demux(video=0) if packet.size]
    at = whole.index(b"00dc")
    for size in sizes[:10]:
        at = whole.index(b"00dc", at) + 8 + size
    at = whole.index(b"00dc", at) + 8
    (tmp_path / "damaged.avi").write_bytes(whole[:at] + bytes(sizes[10]) + whole[at + sizes[10] :])
    _, found, _ = read(tmp_path / "damaged.avi")
    delay = found[0][1]
    assert [(number, (time - delay) * 25) for number, time in found][-20:] == [
        (n, Fraction(n)) for n in range(30, 50)
    ]


@pytest.mark.parametrize("tune", ["open-gop=1:scenecut=0", "intra-refresh=1:keyint=25"])
def test_a_file_that_begins_amid_its_groups_shows_what_ffmpeg_shows(tune: str, tmp_path: Path) -> None:
    path = coded(tmp_path / "whole.mp4", "-c:v", "libx264", "-bf", "2", "-g", "25", "-x264-params", tune)
    media_files._ffmpeg("-ss", "1.2", "-i", str(path), "-c", "copy", str(tmp_path / "cut.mkv"))
    _, found, _ = read(tmp_path / "cut.mkv")
    command = [
        needs.ffprobe(),
        "-v",
        "quiet",
        "-select_streams",
        "v",
        "-show_entries",
        "frame=pts_time",
        "-of",
        "csv=p=0",
    ]
    done = subprocess.run([*command, str(tmp_path / "cut.mkv")], capture_output=True, text=True, check=True)
    assert [float(time) for _, time in found] == [float(line.strip(",")) for line in done.stdout.split()]


def test_slides_of_matroska_have_decoding_times_from_the_first_packet_on(tmp_path: Path) -> None:
    path = tmp_path / "slides.mkv"
    media_files._ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=64x48:r=1/10:d=60", "-c:v", "libx264", "-bf", "3", str(path)
    )
    with Demuxer(Opening(f"file:{path}", "file", _FORMATS, 5, 5)) as demuxer:
        packets = list(demuxer.packets())
    assert [packet.dts for packet in packets] == [-20_000 + 10_000 * number for number in range(6)]
