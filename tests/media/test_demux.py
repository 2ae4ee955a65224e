"""What FFmpeg may see, and what it says about a source."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from framecast.errors import SourceError
from framecast.media.decoder import ffmpeg_packet
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.model import Kind, Picture
from tests.support import media_files
from tests.support.media_files import Clip

CLIP = Clip(size=(640, 360), audio="aac", seconds=1)


def opening(path: Path, formats: str = "mov,matroska,mpegts") -> Opening:
    return Opening(f"file:{path}", "file", formats, 10, 10)


def test_a_file_is_described_by_its_tracks() -> None:
    with Demuxer(opening(CLIP.path())) as demuxer:
        video, audio = demuxer.video, demuxer.audio
        assert video is not None
        assert audio is not None
        assert (video.kind, video.codec, video.width, video.height) == (Kind.PACKETS, "h264", 640, 360)
        assert (video.rate, video.picture) == (Fraction(25), Picture("i420", 640, 360))
        assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", 48000, 2)
        assert demuxer.duration_s == pytest.approx(1, abs=0.1)
        packets = list(demuxer.packets())
        assert sum(packet.track == demuxer.video_index for packet in packets) == CLIP.frames


def test_payloads_are_views_of_ffmpeg_s_own_packets() -> None:
    """Nothing is copied on the way to the bus, and FFmpeg's decoder gets the packet back with its side data."""
    with Demuxer(opening(CLIP.path())) as demuxer:
        packet = next(demuxer.packets())
    assert isinstance(packet.payload, memoryview)
    given = packet.payload.obj
    assert isinstance(given, av.Packet)
    assert ffmpeg_packet(packet.payload, 7, 5) is given
    assert (given.pts, given.dts) == (7, 5)


def test_other_payloads_are_copied_into_memory_that_decoders_may_read_behind() -> None:
    given = bytearray(b"payload")
    packet = ffmpeg_packet(memoryview(given), 7, None)
    given[:] = bytes(7)
    assert (bytes(packet), packet.pts, packet.dts) == (b"payload", 7, None)


def test_audio_is_left_out_where_it_is_not_wanted() -> None:
    with Demuxer(replace(opening(CLIP.path()), audio=False)) as demuxer:
        assert demuxer.audio is None
        assert {packet.track for packet in demuxer.packets()} == {demuxer.video_index}


def test_a_format_that_is_not_named_is_not_opened() -> None:
    with pytest.raises(SourceError) as caught:
        Demuxer(opening(CLIP.path(), formats="matroska"))
    assert caught.value.reason in ("unsupported", "bad-data")


def test_a_protocol_that_is_not_named_is_not_opened() -> None:
    with pytest.raises(SourceError) as caught:
        Demuxer(replace(opening(CLIP.path()), protocols="http"))
    assert caught.value.reason == "forbidden"


def test_closing_is_idempotent() -> None:
    demuxer = Demuxer(opening(CLIP.path()))
    demuxer.close()
    demuxer.close()


def test_errors_name_no_address() -> None:
    with pytest.raises(SourceError) as caught:
        Demuxer(opening(media_files.text_named_mp4()))
    assert "text.mp4" not in str(caught.value)
