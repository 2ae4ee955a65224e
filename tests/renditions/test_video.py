"""Renditions between packets and pictures."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from framecast.bus import Record, Subscriber
from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.media.coding import Coding
from framecast.media.decoder import Decoder
from framecast.media.pixels import planes
from framecast.media.testpicture import Pattern, read_blocks
from framecast.model import Flag, Kind, Meta, Picture, TrackInfo
from tests.bus.switch import Switch
from tests.media.packets import Packet, tracks_of
from tests.renditions.rig import Rig, rig
from tests.support.media_files import Clip, frame_number

CLIP = Clip(video="h264", size=(640, 360), seconds=2)
BASE = Fraction(1, 25)


def video(clip: Clip = CLIP) -> tuple[Switch, list[Packet]]:
    infos, packets = tracks_of(clip.path())
    switch = Switch()
    switch.publisher.track(infos["video"])
    return switch, packets


def send(switch: Switch, packet: Packet) -> Meta:
    flags = Flag.KEY if packet.is_key else Flag.NONE
    meta = Meta(packet.pts, utc_ns(), monotonic_ns(), Clock.ARRIVAL, packet.dts, packet.duration, flags)
    switch.publisher.tracks["video"].send(packet.payload, meta)
    return meta


def number_of(record: Record) -> int:
    assert record.info.picture is not None
    return frame_number(planes(record.info.picture, np.asarray(record.payload))[0])


def joined(running: Rig, track: str) -> Subscriber:
    running.wait_ready()
    return running.result.attached(track, "queue(64)")


@pytest.mark.parametrize("codec", ["h264", "h265", "vp9", "av1"])
def test_packets_become_pictures_with_their_times(codec: str) -> None:
    switch, packets = video(Clip(video=codec, size=(640, 360), seconds=2))
    with rig(switch, "decode", "frames") as running:
        send(switch, packets[0])
        with joined(running, "frames") as reader:
            assert number_of(reader.read(20)) == 0
            for number in range(1, 10):
                meta = send(switch, packets[number])
                record = reader.read(20)
                assert number_of(record) == number
                assert (record.pts, record.captured_at) == (meta.pts, meta.captured_at)
                assert record.info.picture == Picture("i420", 640, 360)
                assert record.info.rate == 25


def test_packets_that_have_to_be_turned_become_upright_pictures() -> None:
    infos, packets = tracks_of(CLIP.path())
    switch = Switch()
    details = {"display_matrix": "0 65536 0 -65536 0 0 0 0 1073741824", "sample_aspect_ratio": "4:3"}
    switch.publisher.track(replace(infos["video"], details=details))
    with rig(switch, "decode", "frames") as running:
        send(switch, packets[0])
        with joined(running, "frames") as reader:
            reader.read(20)
            send(switch, packets[1])
            record = reader.read(20)
    assert record.info.picture == Picture("i420", 360, 640)
    assert record.info.details == {"sample_aspect_ratio": "3:4"}
    luma = planes(record.info.picture, np.asarray(record.payload))[0]
    assert frame_number(np.rot90(luma)) == 1


def test_of_what_lay_ready_only_the_newest_is_shown() -> None:
    switch, packets = video()
    for packet in packets[:20]:
        send(switch, packet)
    with rig(switch, "decode", "frames") as running, joined(running, "frames") as reader:
        assert number_of(reader.read(20)) == 19
        send(switch, packets[20])
        assert number_of(reader.read(20)) == 20


def test_decoding_goes_on_behind_a_damaged_packet() -> None:
    switch, packets = video()
    with rig(switch, "decode", "frames") as running:
        send(switch, packets[0])
        with joined(running, "frames") as reader:
            reader.read(20)
            packets[1].payload = b"\x00\x00\x00\x05" + bytes(300)
            for packet in packets[1:27]:
                send(switch, packet)
            while number_of(reader.read(20)) != 26:
                pass


def test_resolution_of_a_new_epoch_is_that_of_the_pictures() -> None:
    switch, packets = video()
    infos, others = tracks_of(Clip(video="h264", size=(320, 240), seconds=2).path())
    with rig(switch, "decode", "frames") as running:
        send(switch, packets[0])
        with joined(running, "frames") as reader:
            before = reader.read(20)
            switch.publisher.track(infos["video"])
            send(switch, others[0])
            after = reader.read(20)
            assert after.epoch > before.epoch
            assert after.info.picture == Picture("i420", 320, 240)
            assert number_of(after) == 0


def frames(pattern: Pattern) -> Switch:
    switch = Switch()
    info = TrackInfo("frames", Kind.FRAMES, time_base=BASE, picture=pattern.picture, rate=1 / BASE)
    switch.publisher.track(info)
    return switch


def show(switch: Switch, pattern: Pattern, pts: int) -> Meta:
    writer = switch.publisher.tracks["frames"]
    slot = writer.reserve(pattern.picture.layout.size_bytes)
    pattern.draw(slot.view, pts, pts)
    meta = Meta(pts, utc_ns(), monotonic_ns(), Clock.DEVICE, duration=1)
    writer.publish(slot, meta)
    return meta


def test_pictures_become_h264_with_their_times() -> None:
    pattern = Pattern(320, 240)
    with rig(frames(pattern), "h264", "video") as running:
        first = show(running.source, pattern, 0)
        with joined(running, "video") as reader:
            decoder: Decoder | None = None
            for number in range(8):
                meta = first if number == 0 else show(running.source, pattern, number)
                record = reader.read(20)
                assert record.is_key == (number == 0)
                assert (record.pts, record.captured_at, record.duration) == (meta.pts, meta.captured_at, 1)
                info = record.info
                assert (info.codec, info.width, info.height) == ("h264", 320, 240)
                assert info.rate == 25
                decoder = decoder or Decoder(Coding("h264", "h264", info.extradata, 320, 240))
                assert isinstance(record.payload, bytes)
                (one,) = decoder.decode(record.payload, record.pts, record.dts)
                out = np.zeros(one.picture.layout.size_bytes, np.uint8)
                one.copy_into(out)
                blocks = read_blocks(planes(one.picture, out)[0])
                assert blocks is not None
                assert blocks.frame == number


def test_smaller_pictures_are_encoded_under_their_own_name() -> None:
    smaller = Picture("i420", 160, 120)
    switch = Switch()
    switch.publisher.track(TrackInfo("frames/i420/160x120", Kind.FRAMES, time_base=BASE, picture=smaller))
    with rig(switch, "h264", "video/h264/160x120") as running:
        writer = running.source.publisher.tracks["frames/i420/160x120"]
        slot = writer.reserve(smaller.layout.size_bytes)
        slot.view[:] = 128
        writer.publish(slot, Meta(0, utc_ns(), monotonic_ns(), Clock.DEVICE, duration=1))
        with joined(running, "video/h264/160x120") as reader:
            record = reader.read(20)
            assert record.is_key
            assert (record.info.name, record.info.width, record.info.height) == (
                "video/h264/160x120",
                smaller.width,
                smaller.height,
            )


def test_time_that_begins_anew_is_a_key_frame() -> None:
    pattern = Pattern(320, 240)
    with rig(frames(pattern), "h264", "video") as running:
        show(running.source, pattern, 100)
        with joined(running, "video") as reader:
            assert reader.read(20).is_key
            show(running.source, pattern, 101)
            assert not reader.read(20).is_key
            show(running.source, pattern, 5)
            record = reader.read(20)
            assert record.is_key
            assert record.pts == 5


def test_reader_that_comes_after_a_pause_gets_a_key_frame() -> None:
    pattern = Pattern(320, 240)
    with rig(frames(pattern), "h264", "video") as running:
        show(running.source, pattern, 0)
        with joined(running, "video") as reader:
            reader.read(20)
        running.result.wait_for(lambda: not running.result.publisher.tracks["video"].wanted)
        for pts in range(1, 4):
            show(running.source, pattern, pts)
        running.wait_parked("frames")
        with running.result.attached("video", "queue(64)") as reader:
            show(running.source, pattern, 4)
            record = reader.read(20)
            assert record.pts in (3, 4)
            assert record.is_key
            assert record.flags & Flag.DISCONTINUITY
