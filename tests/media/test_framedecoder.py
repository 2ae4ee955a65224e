"""Frames and the times of their packets: in order, marked where something is damaged or missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.clock import Clock
from framecast.media.decoder import Damaged, Decoded, Decoder
from framecast.media.demux import Demuxer
from framecast.media.framedecoder import FrameDecoder
from framecast.media.opening import Opening
from framecast.model import EncodedPacket, Flag, Meta
from tests.support import media_files
from tests.support.media_files import Clip

CLIP = Clip(size=(320, 240), gop_s=1, seconds=3)


class Feed:
    """The packets of a clip, one after the other."""

    def __init__(self, path: object = None) -> None:
        opening = Opening(f"file:{path or CLIP.path()}", "file", "mov,matroska", 10, 10, audio=False)
        with Demuxer(opening) as demuxer:
            self.packets = list(demuxer.packets())
            self.frames = FrameDecoder(Decoder(demuxer.coding))

    def decode(self, packet: EncodedPacket, extra: Flag = Flag.NONE) -> list[Meta]:
        """Decode a packet and publish what it completes."""
        flags = extra | (Flag.KEY if packet.is_key else Flag.NONE)
        assert packet.pts is not None
        meta = Meta(
            packet.pts, packet.pts * 10, packet.pts * 100, Clock.FILE, packet.dts, packet.duration, flags
        )
        return self.published(self.frames.decode(packet.payload, meta))

    def published(self, decoded: list[Decoded]) -> list[Meta]:
        found = [meta for one in decoded if (meta := self.frames.meta_of(one)) is not None]
        if found:
            self.frames.lost = False
        return found


def test_every_frame_has_the_times_of_its_packet_in_the_order_in_which_they_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "b.mp4"
    picture = "testsrc2=size=320x240:rate=25:duration=1"
    media_files._ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "libx264", "-bf", "3", str(path))
    feed = Feed(path)
    found = [meta for packet in feed.packets for meta in feed.decode(packet)]
    found += feed.published(feed.frames.finish())
    assert [meta.pts for meta in found] == sorted(packet.pts or 0 for packet in feed.packets)
    assert any(packet.pts != packet.dts for packet in feed.packets)
    for meta in found:
        assert (meta.captured_at, meta.arrived_ns, meta.clock) == (meta.pts * 10, meta.pts * 100, Clock.FILE)
        assert (meta.flags, meta.dts) == (Flag.KEY, None)


def test_what_is_made_from_a_damaged_packet_is_damaged_up_to_the_next_key_frame() -> None:
    feed = Feed()
    marks = [
        bool(meta.flags & Flag.CORRUPT)
        for index, packet in enumerate(feed.packets[:30])
        for meta in feed.decode(packet, Flag.CORRUPT if index == 10 else Flag.NONE)
    ]
    assert marks == [10 <= index < 25 for index in range(30)]


def test_hidden_packets_are_decoded_and_not_shown() -> None:
    feed = Feed()
    hidden = [feed.decode(packet, Flag.HIDDEN) for packet in feed.packets[:10]]
    assert hidden == [[]] * 10
    (meta,) = feed.decode(feed.packets[10])
    assert (meta.pts, meta.flags) == (feed.packets[10].pts, Flag.KEY)


def test_the_frame_behind_a_packet_that_cannot_be_decoded_is_marked_until_it_is_published() -> None:
    feed = Feed()
    feed.decode(feed.packets[0])
    with pytest.raises(Damaged):
        feed.decode(feed.packets[1]._replace(payload=b"\xff" * 500))
    frames = feed.frames
    for packet in feed.packets[2:4]:
        meta = Meta(packet.pts or 0, 0, 0, dts=packet.dts, flags=Flag.NONE)
        (decoded,) = frames.decode(packet.payload, meta)
        found = frames.meta_of(decoded)  # it is not published: there was no memory
        assert found is not None
        assert found.flags & Flag.DISCONTINUITY
    assert feed.decode(feed.packets[4])[0].flags & Flag.DISCONTINUITY
    assert not feed.decode(feed.packets[5])[0].flags & Flag.DISCONTINUITY


def test_a_restart_forgets_damage_and_what_is_missing() -> None:
    feed = Feed()
    feed.decode(feed.packets[0], Flag.CORRUPT)
    feed.frames.lost = True
    feed.frames.restart()
    (meta,) = feed.decode(feed.packets[25])
    assert meta.flags == Flag.KEY


def test_the_times_that_wait_are_bounded() -> None:
    feed = Feed()
    (decoded,) = feed.frames.decode(feed.packets[0].payload, Meta(0, 7, 7))
    for pts in range(1, 1000):
        with pytest.raises(Damaged):
            feed.frames.decode(b"\xff" * 40, Meta(pts, 0, 0))
    assert len(feed.frames._metas) == 128
    found = feed.frames.meta_of(decoded)
    assert found is not None  # its own times are gone: those of the newest packet are the nearest
    assert found.pts == 999
