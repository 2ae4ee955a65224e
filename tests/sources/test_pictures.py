"""Decoding on demand: only while somebody looks, at once when somebody comes, and never far behind."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import pytest

from framecast.bus import Record
from framecast.clock import NS, monotonic_ns, utc_ns
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.model import Flag, Meta
from framecast.sources.pictures import MAX_LAG_NS, Pictures
from framecast.sources.standing import WAITING
from tests.bus.switch import Switch
from tests.sources.running import PATIENCE_S, Running, number
from tests.support import media_files
from tests.support.media_files import Clip

CLIP = Clip(size=(320, 240), gop_s=1)


class Bench:
    """A video track that is fed by hand, packet by packet, with any lag."""

    def __init__(
        self, switch: Switch, clip: Clip = CLIP, hwaccel: str = "", patience_ns: int = 1 << 62
    ) -> None:
        address = f"file:{clip.path()}"
        self.demuxer = Demuxer(Opening(address, "file", "mov,matroska", PATIENCE_S, PATIENCE_S))
        assert self.demuxer.video is not None
        self.video = switch.publisher.track(self.demuxer.video)
        self.pictures = Pictures(switch.publisher, self.video, hwaccel, patience_ns)
        self.pictures.announce(self.demuxer.video, self.demuxer.coding)
        self.packets = self.demuxer.packets()

    def feed(self, count: int = 1, lag_ns: int = 0, damage: bool = False, corrupt: bool = False) -> None:
        for packet in itertools.islice(self.packets, count):
            flags = Flag.KEY if packet.is_key else Flag.NONE
            flags |= Flag.CORRUPT if corrupt else Flag.NONE
            assert packet.pts is not None
            meta = Meta(packet.pts, utc_ns(), monotonic_ns(), dts=packet.dts, flags=flags)
            self.video.send(packet.payload, meta)
            if damage:
                packet = packet._replace(payload=b"\xff" * len(packet.payload))
            self.pictures.take(packet, meta, lag_ns)


def test_nothing_is_decoded_until_somebody_looks() -> None:
    with Switch() as switch:
        bench = Bench(switch)
        bench.feed(30)
        assert bench.pictures.decoded == 0
        assert switch.publisher.tracks["frames"].published_records == 0
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(5)
            assert [number(reader.read(PATIENCE_S)) for _ in range(5)] == [30, 31, 32, 33, 34]
        switch.wait_for(lambda: not switch.publisher.tracks["frames"].wanted)
        before = bench.pictures.decoded
        bench.feed(20)
        assert bench.pictures.decoded == before


def test_a_reader_in_the_middle_of_a_group_gets_the_newest_picture_first() -> None:
    with Switch() as switch:
        bench = Bench(switch)
        bench.feed(42)  # the last key frame was number 25
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(1)
            record = reader.read(PATIENCE_S)
            assert number(record) == 42
            assert not record.flags & (Flag.CORRUPT | Flag.DISCONTINUITY)


def test_a_decoder_that_falls_behind_skips_to_a_key_frame_and_says_so() -> None:
    with Switch() as switch:
        bench = Bench(switch)
        bench.feed(1)
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(4)
            bench.pictures._allowed_lag_ns = MAX_LAG_NS
            bench.feed(1, lag_ns=MAX_LAG_NS + 1)  # number 5
            bench.feed(25)
            shown = [reader.read(PATIENCE_S) for _ in range(4 + 6)]
    assert [number(record) for record in shown] == [1, 2, 3, 4, 25, 26, 27, 28, 29, 30]
    assert [bool(record.flags & Flag.DISCONTINUITY) for record in shown] == [False] * 4 + [True] + [False] * 5
    assert bench.pictures.skipped == 20


def test_what_beginning_has_cost_is_no_reason_to_skip() -> None:
    with Switch() as switch:
        bench = Bench(switch)
        bench.feed(20, lag_ns=2 * NS)
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(4, lag_ns=2 * NS)
            assert [number(reader.read(PATIENCE_S)) for _ in range(4)] == [20, 21, 22, 23]


def test_a_damaged_packet_costs_a_group_of_pictures_at_most() -> None:
    with Switch() as switch:
        bench = Bench(switch)
        bench.feed(1)
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(4)
            bench.feed(1, damage=True)
            bench.feed(30)
            shown = [reader.read(PATIENCE_S) for _ in range(14)]
    by_number = {number(record): record for record in shown}
    assert {1, 2, 3, 4, 25, 26} <= set(by_number)
    damaged = [record for record in shown if record.flags & (Flag.CORRUPT | Flag.DISCONTINUITY)]
    assert damaged


def marks(records: list[Record]) -> list[bool]:
    return [bool(record.flags & Flag.CORRUPT) for record in records]


def test_who_comes_behind_a_damaged_picture_is_told_of_it() -> None:
    """It is decoded only for the newcomer, and shown to nobody; what is made from it is shown."""
    with Switch() as switch:
        bench = Bench(switch)
        bench.feed(28)
        bench.feed(1, corrupt=True)
        bench.feed(5)
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(20)
            shown = [reader.read(PATIENCE_S) for _ in range(20)]
    numbers = [number(record) for record in shown]
    assert marks(shown) == [shown_number < 50 for shown_number in numbers]
    assert (numbers[0], numbers[-1]) == (34, 53)


def test_who_comes_long_after_a_damaged_picture_sees_whole_ones() -> None:
    with Switch() as switch:
        bench = Bench(switch)
        bench.feed(28)
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(1)
            bench.feed(1, corrupt=True)
            bench.feed(2)
            assert marks([reader.read(PATIENCE_S) for _ in range(4)]) == [False, True, True, True]
        bench.feed(30)
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(5)
            assert marks([reader.read(PATIENCE_S) for _ in range(5)]) == [False] * 5


def states(switch: Switch, said: str = "reason") -> list[tuple[str, str]]:
    """What was reported since the last call: states, and what else was `said`."""
    switch.publisher.note(end="yes")  # goes the same way, behind all that was said before
    found: list[tuple[str, str]] = []
    while True:
        for fields in (message.fields for message in switch.node_end.receive()):
            if fields["op"] == "state":
                found.append((fields["state"], fields[said]))
            elif fields.get("facts") == {"end": "yes"}:
                return found


def test_a_source_of_which_nothing_can_be_decoded_is_stalled_until_a_picture_comes() -> None:
    with Switch() as switch:
        bench = Bench(switch, patience_ns=0)
        bench.feed(1)
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(4)
            assert states(switch) == []
            bench.feed(40, damage=True)  # it is told once
            assert states(switch) == [("stalled", "bad-data")]
            bench.feed(10)  # number 50 is a key frame
            assert states(switch) == [("live", "")]
            assert number(reader.read(PATIENCE_S)) == 1
            bench.feed(30, damage=True)
            assert states(switch) == [("stalled", "bad-data")]
        switch.wait_for(lambda: not switch.publisher.tracks["frames"].wanted)
        bench.feed(1, damage=True)  # packets still come, and nobody asks for pictures
        assert states(switch) == [("live", "")]


def test_it_is_said_that_pictures_only_lack_their_key_frame() -> None:
    with Switch() as switch:
        bench = Bench(switch, patience_ns=0)
        next(bench.packets)
        with switch.attached("frames", "queue(50)") as reader:
            bench.feed(20)
            assert states(switch, "detail") == [("stalled", WAITING)]
            bench.feed(10)  # number 25 is a key frame
            assert number(reader.read(PATIENCE_S)) == 25
            assert states(switch) == [("live", "")]


def test_failures_with_whole_pictures_in_between_are_no_stall() -> None:
    with Switch() as switch:
        bench = Bench(switch)
        bench.feed(1)
        with switch.attached("frames", "queue(50)"):
            for _ in range(2):  # key frames are numbers 25 and 50
                bench.feed(4)
                bench.feed(1, damage=True)
                assert bench.pictures._failing_since_ns
                bench.feed(30)
                assert not bench.pictures._failing_since_ns
            assert states(switch) == []


def test_a_source_that_sends_noise_for_ever_does_not_stay_live() -> None:
    with Running(media_files.noise(), stall_s=0.5) as source, source.read("video") as packets:
        packets.read(PATIENCE_S)
        assert source.wait_for_state("live") == ""
        assert "stalled" not in dict(source.states)  # nobody has asked for pictures
        with source.read():
            assert source.wait_for_state("stalled") == "bad-data"
        packets.read(PATIENCE_S)  # they go on


def test_times_of_a_picture_are_those_of_its_packet() -> None:
    with (
        Running(replace(CLIP, audio="aac").path()) as source,
        source.read("video") as packets,
        source.read() as pictures,
    ):
        shown = [pictures.read(PATIENCE_S) for _ in range(10)]
        coded = {record.pts: record for record in (packets.read(PATIENCE_S) for _ in range(30))}
    for record in shown[1:]:
        packet = coded[record.pts]
        assert (record.captured_at, record.arrived_ns) == (packet.captured_at, packet.arrived_ns)
        assert record.clock is packet.clock
        assert record.info.time_base == packet.info.time_base
        assert record.info.rate == Fraction(25)


def test_hardware_that_is_not_there_falls_back_visibly() -> None:
    with Running(CLIP.path(), hwaccel="no-such-thing") as source:
        assert [number(b) - number(a) for a, b in itertools.pairwise(source.take(3))] == [1, 1]
        source.switch.wait_for(lambda: "software" in source.facts["decoder"])
        assert "no-such-thing was asked for" in source.facts["decoder"]


def test_the_decoder_is_always_told() -> None:
    with Running(CLIP.path()) as source:
        assert "h264" in source.wait_for_fact("decoder")
        source.take(1)
        source.switch.wait_for(lambda: source.facts["decoder"] == "h264 (software)")


@pytest.mark.parametrize("track", ["video", "frames", "audio", "samples"])
def test_readers_that_come_and_go_are_all_served(track: str) -> None:
    with Running(replace(CLIP, audio="aac").path()) as source:
        for _ in range(40):
            assert len(source.take(1, track)) == 1
