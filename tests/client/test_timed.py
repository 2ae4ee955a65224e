"""Places and times of what a reader gets: those that were published, in every kind of record."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import framecast
from framecast.client.timed import Timed
from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.model import Flag, Kind, Meta, TrackInfo
from tests.bus.switch import Switch
from tests.client.nodes import TestNode

VIDEO = TrackInfo("video", Kind.PACKETS, Fraction(1, 90000), codec="mjpeg", width=64, height=48)


def test_times_are_those_that_were_published_in_every_kind(node: TestNode) -> None:
    captured, before = utc_ns() - 2_000_000_000, monotonic_ns()
    tracks: list[str | TrackInfo] = ["frames", "samples", "data", VIDEO]
    with (
        framecast.publish("x", node=node.folder, tracks=tracks) as out,
        framecast.open("x", node=node.folder, timeout_s=20) as frames,
        frames.samples() as samples,
        frames.data() as data,
        frames.packets() as packets,
    ):
        frames.fileno()
        out.send(np.zeros((48, 64, 3), np.uint8), captured_at=captured)
        out.send_samples(np.zeros(480, np.int16), captured_at=captured)
        out.send_data({"a": 1}, captured_at=captured)
        out.send_packet(b"\xff\xd8\xff\xd9", pts=900_000, captured_at=captured)
        seen: list[Timed] = [frames.read(), samples.read(20), data.read(20), packets.read(20)]
    assert [one.track for one in seen] == ["frames", "samples", "data", "video"]
    for one in seen:
        assert one.captured_at == captured
        assert one.clock is Clock.DEVICE
        assert before <= one.arrived_ns <= one.published_ns <= monotonic_ns()
        assert one.age_s >= 2
        assert (one.seq, one.dropped) == (0, 0)
        assert one.epoch == one.info.epoch > 0
        assert one.time_s == float(one.pts * one.time_base)
    assert (seen[3].pts, seen[3].time_base, seen[3].time_s) == (900_000, Fraction(1, 90000), 10.0)


def test_nothing_is_younger_than_now(node: TestNode) -> None:
    ahead = utc_ns() + 60_000_000_000
    with (
        framecast.publish("x", node=node.folder, tracks=["data"]) as out,
        framecast.open("x", node=node.folder, timeout_s=20) as stream,
        stream.data() as data,
    ):
        out.send_data(1, captured_at=ahead)
        item = data.read(20)
    assert item.captured_at == ahead
    assert item.age_s == 0


@pytest.mark.parametrize("mark", [Flag.NONE, Flag.DISCONTINUITY, Flag.CORRUPT])
def test_what_was_lost_or_damaged_at_the_source_is_told(mark: Flag) -> None:
    with Switch() as switch:
        video = switch.publisher.track(VIDEO)
        with switch.attached("video", "queue(10)") as reader:
            video.send(b"\xff\xd8\xff\xd9", Meta(0, utc_ns(), monotonic_ns(), flags=Flag.KEY | mark))
            seen = Timed(reader.read(20))
    assert (seen.discontinuity, seen.corrupt) == (mark is Flag.DISCONTINUITY, mark is Flag.CORRUPT)


def test_times_are_handed_on_through_another_stream(node: TestNode) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    with (
        framecast.publish("one", node=node.folder) as first,
        framecast.publish("two", node=node.folder) as second,
        framecast.open("one", node=node.folder, timeout_s=20) as camera,
        framecast.open("two", node=node.folder, timeout_s=20) as annotated,
    ):
        first.send(image, captured_at=utc_ns() - 5_000_000_000)
        frame = camera.read()
        second.send(image, at=frame)
        answer = annotated.read()
    assert (answer.captured_at, answer.arrived_ns, answer.clock) == (
        frame.captured_at,
        frame.arrived_ns,
        frame.clock,
    )
    assert answer.pts * answer.time_base == frame.pts * frame.time_base
    assert answer.published_ns > frame.published_ns


def test_number_grows_and_losses_are_counted_where_they_happened(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder, tracks=["data"]) as out,
        framecast.open("x", node=node.folder) as stream,
        stream.data(policy="queue(2)") as items,
    ):
        out.send_data(0)
        seen = [items.read(20)]
        for number in range(1, 50):
            out.send_data(number)
        while seen[-1].value != 49:
            seen.append(items.read(20))
    numbers = [item.seq for item in seen]
    assert numbers == [item.value for item in seen]
    assert [item.dropped for item in seen[1:]] == [after - before - 1 for before, after in pairwise(numbers)]
    assert sum(item.dropped for item in seen) > 0
