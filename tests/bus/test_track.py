"""What a track keeps, what it refuses, and whom it serves when."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from framecast.bus import kept as kept_module
from framecast.bus import track as track_module
from framecast.bus.connection import Connection
from framecast.bus.outlet import Outlet
from framecast.bus.track import TrackWriter
from framecast.errors import Closed, Invalid, NotEnoughMemory, WouldBlock
from framecast.model import Flag, Kind, Meta, Picture, Policy, Subscription, TrackInfo, TrackName
from tests.bus.switch import Switch, meta, show


def test_packets_are_kept_since_the_last_key_frame_and_frames_only_the_newest() -> None:
    with Switch() as switch:
        video, frames = switch.packets(), switch.frames()
        for number in range(15):
            video.send(bytes([number]), meta(number, key=number % 10 == 0))
            show(frames, number)
        assert [data for data, _ in video.kept()] == [bytes([number]) for number in range(10, 15)]
        assert [kept.pts for _, kept in frames.kept()] == [14]


def test_a_group_of_pictures_without_end_is_cut_at_its_old_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_module, "GOP_LIMIT_BYTES", 100_000)
    with Switch() as switch:
        video = switch.packets()
        for number in range(100):
            video.send(bytes(10_000), meta(number, key=number == 0))
        assert 5 <= len(video.kept()) <= 10
        reader = switch.attached("video", "queue(64)")
        with pytest.raises(WouldBlock):  # nothing can be decoded before the next key frame
            reader.read(0.05)
        video.send(b"key", meta(100))
        assert reader.read(10).seq == 100
        assert reader.stats().dropped == 0


def test_what_does_not_fit_is_refused_and_counted_and_the_track_goes_on() -> None:
    with Switch(limit_bytes=1 << 20) as switch:
        writer = switch.frames(Picture("gray", 512, 512))
        show(writer, 1)
        assert writer.stats()["pool_bytes"] == 1 << 18  # for one: four would be above the limit
        with pytest.raises(NotEnoughMemory, match="limit is 1 MiB"):
            writer.reserve(2 << 20)
        assert writer.refused_records == 1
        assert show(writer, 2) == 1


def test_what_was_lost_on_the_way_to_the_writer_is_told_with_the_next_record() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(4)")
        show(writer, 1)
        assert reader.read(10).dropped == 0
        writer.lose(3)
        show(writer, 5)
        show(writer, 6)
        assert [reader.read(10).dropped, reader.read(10).dropped] == [3, 0]
        assert reader.stats().dropped == 3


def test_a_cancelled_slot_is_free_again() -> None:
    with Switch() as switch:
        writer = switch.frames()
        for _ in range(100):
            writer.cancel(writer.reserve(64 * 48))
        assert writer.stats()["used_bytes"] == 0


def test_a_reader_that_dies_right_after_a_release_leaves_no_memory_taken() -> None:
    picture = Picture("gray", 64, 48)
    info = TrackInfo("frames", Kind.FRAMES, picture=picture, epoch=1)
    writer = TrackWriter(info, "x", 1 << 30, lambda _: None)
    for number in range(1, 6):
        left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wish = Subscription("x", TrackName.parse("frames"), Policy.parse("queue(8)"))
        reader = Connection(right.detach(), number, wish)
        writer.attach(Outlet(left, number, wish, 1 << 62))
        for _ in range(4):
            show(writer, number)
        while (descriptor := reader.next()) is not None:
            reader.record(descriptor)
        reader.flush()
        reader.sock.close()  # as when its process is killed: all is read, and nothing more is said
        assert not writer.serve(number)
        left.close()
        assert writer.stats()["used_bytes"] == picture.layout.size_bytes  # the newest one is kept
    writer.close()


def test_what_is_kept_is_forgotten_only_while_nobody_reads() -> None:
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(4)")
        show(writer, 1)
        writer.forget()
        assert len(writer.kept()) == 1
        assert reader.read(10).seq == 0
        reader.close()
        switch.wait_for(lambda: not writer.wanted)
        writer.forget()
        assert writer.kept() == []


@pytest.mark.parametrize(
    "wrong", [{"pts": 1 << 63}, {"dts": -(1 << 64)}, {"duration": -1}, {"captured_at": 1 << 70}, {"pts": 0.5}]
)
def test_a_time_that_does_not_fit_is_refused_and_everything_goes_on(wrong: dict[str, Any]) -> None:
    with Switch() as switch:
        video = switch.packets()
        reader = switch.attached("video", "queue(4)")
        video.send(b"a", meta(1))
        used = video.stats()["used_bytes"]
        with pytest.raises(Invalid, match="64-bit"):
            video.send(b"b", replace(meta(2), **wrong))
        assert video.stats()["used_bytes"] == used
        assert video.send(b"c", meta(3, key=False)) == 1
        assert [reader.read(10).payload, reader.read(10).payload] == [b"a", b"c"]
        assert switch.attached("video", "queue(4)").read(10).payload == b"a"


def test_a_fault_in_serving_one_reader_ends_that_reader_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Switch() as switch:
        writer = switch.frames()
        unlucky, other = switch.attached(policy="queue(4)"), switch.attached(policy="queue(4)")
        outlet = next(iter(writer._outlets.values()))
        for where in ("send", "is_ready"):
            monkeypatch.setattr(outlet, where, lambda *_: [][1])
        assert show(writer, 1) == 0
        assert "a reader of frames was dropped" in caplog.text
        assert show(writer, 2) == 1
        assert [other.read(10).seq, other.read(10).seq] == [0, 1]
        with pytest.raises(WouldBlock):
            unlucky.read(0.05)
        assert unlucky.stats().introductions == 1


def test_pictures_without_a_key_flag_reach_a_slow_reader_and_a_late_one() -> None:
    with Switch() as switch:
        writer = switch.frames()
        slow = switch.attached()
        for number in range(9):
            slot = writer.reserve(64 * 48)
            writer.publish(slot, meta(number, key=False))
        assert [slow.read(10).seq, switch.attached().read(10).seq] == [8, 8]


def test_latest_skips_pictures_but_no_packet_that_another_one_needs() -> None:
    with Switch() as switch:
        video, jpeg = (
            switch.packets(),
            switch.publisher.track(TrackInfo("jpeg/75", Kind.PACKETS, codec="mjpeg")),
        )
        one, two = switch.attached("video"), switch.attached("jpeg/75")
        for number in range(3):
            video.send(b"x", meta(number, key=not number))
            jpeg.send(b"x", meta(number))
        assert [one.read(10).seq for _ in range(3)] == [0, 1, 2]
        assert two.read(10).seq == 2


def test_a_queue_that_does_not_fit_after_a_change_is_refused_and_the_writer_goes_on() -> None:
    with Switch(limit_bytes=4 << 20) as switch:
        writer = switch.frames()
        long, short = switch.attached(policy="queue(400)"), switch.attached()
        show(writer, 1)
        switch.publisher.track(TrackInfo("frames", Kind.FRAMES, picture=Picture("gray", 640, 360)))
        for number in range(20):
            show(writer, number)
        assert short.read(10).seq == 20
        with pytest.raises(NotEnoughMemory, match="shorter queue"):
            [long.read(10) for _ in range(9)]


def test_a_closed_track_says_so() -> None:
    with Switch() as switch:
        writer = switch.frames()
        slot = writer.reserve(10)
        writer.close()
        with pytest.raises(Closed):
            writer.publish(slot, meta())
        with pytest.raises(Closed):
            writer.reserve(10)


def test_times_and_flags_arrive_as_they_were_given() -> None:
    with Switch() as switch:
        video = switch.packets()
        reader = switch.attached("video", "queue(4)")
        given = Meta(10, 1_700_000_000_000_000_000, 5, dts=-3, duration=40, flags=Flag.KEY | Flag.CORRUPT)
        video.send(b"x", given)
        record = reader.read(10)
        assert (record.pts, record.dts, record.duration) == (10, -3, 40)
        assert (record.captured_at, record.arrived_ns) == (given.captured_at, 5)
        assert record.flags == Flag.KEY | Flag.CORRUPT
        assert record.is_key


def test_the_average_rate_is_kept_when_a_reader_wants_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000_000]
    monkeypatch.setattr(track_module, "monotonic_ns", lambda: now[0])
    with Switch() as switch:
        writer = switch.frames()
        reader = switch.attached(policy="queue(64)", max_fps=10)
        seen = 0
        for number in range(300):  # ten seconds of 30 fps, with a jitter of a millisecond
            now[0] = 1_000_000_000 + number * 33_333_333 + (number % 3) * 1_000_000
            show(writer, number)
            try:
                seen += reader.read(0).seq >= 0
            except WouldBlock:
                continue
        assert abs(seen - 100) <= 2
