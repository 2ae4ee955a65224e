"""Packets that native keeps while nobody reads: the same records, at the same places, as the relay and the bus would have made."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framecast import native
from framecast.bus import LentTrack
from framecast.clock import NS
from framecast.errors import ForkedView
from framecast.media import rtp_tracks
from framecast.model import EncodedPacket, Source, StreamSpec, TrackInfo
from framecast.protocols.rtp.implementation import Implementation
from framecast.protocols.sdp import parse
from framecast.sources import relay as relay_module
from framecast.sources.pacing import Live
from framecast.sources.relay import Relay
from framecast.sources.unattended import Unattended
from tests.bus.switch import Switch
from tests.sources.rtsp.test_receiver import SDP, SOUND, clip_units
from tests.sources.running import PATIENCE_S, Running, number
from tests.support.implementations import chosen as chosen
from tests.support.implementations import native_or_skip
from tests.support.rtp import START, Sender
from tests.support.scripted_rtsp import Camera, ScriptedRtsp

MS = NS // 1000
PICTURES = 100


@dataclass
class Clock:
    """What both clocks say."""

    now_ns: int = 10 * NS
    utc_ns: int = 1_800_000_000 * NS


@dataclass
class Opened:
    """The tracks of a camera, as a relay sees them."""

    description: Any = field(default_factory=lambda: parse(SDP + SOUND, audio=True))
    waited_at_ns: int = 0
    video_index, audio_index = 0, 1

    def __post_init__(self) -> None:
        picture = rtp_tracks.video(self.description.video, self.description.video.extradata)
        self.video: TrackInfo | None = picture.info
        self.coding = picture.coding
        sound, self.audio_context = rtp_tracks.audio(self.description.audio)
        self.audio: TrackInfo | None = sound

    def lost_packets(self, _index: int) -> int:
        return 0


class Played:
    """A relay with a publisher of its own. With `leaves`, native keeps what it takes."""

    def __init__(self, clock: Clock, *, leaves: bool) -> None:
        self.clock, self.opened = clock, Opened()
        self.switch = Switch()
        self.publisher = self.switch.publisher
        self.publisher.lend_tracks()
        spec = StreamSpec("camera", Source("rtsp://127.0.0.1/"))
        self.relay = Relay(self.publisher, spec, Live(lambda: clock.utc_ns))
        self.relay.bind(self.opened)
        self.unattended = Unattended(self.publisher, self.relay) if leaves else None
        self.kept = 0

    def give(self, packet: EncodedPacket) -> None:
        if self.unattended is not None:
            keeper: Any = self.unattended.keeper()
            if keeper is not None:
                now_ns, waited_ns = self.clock.now_ns, self.opened.waited_at_ns
                times = packet.pts, packet.dts, packet.duration, packet.wall_ns
                marks = packet.is_key, packet.is_corrupt
                moment = now_ns, self.clock.utc_ns, now_ns - waited_ns if waited_ns else 0
                if keeper.take(packet.track, packet.payload, times, marks, moment):
                    self.kept += 1
                    return
            self.unattended.end()
        assert self.relay.take(packet)

    def state(self) -> object:
        """Everything that lasts, with the places and messages of what is kept."""
        if self.unattended is not None:
            self.unattended.end()
        relay = self.relay
        found: list[object] = [relay.shared, vars(relay.pacing)["timeline"].__dict__ | {"_now": 0}]
        found += [relay.end_ns, relay.parameters, relay.standing._count]
        for track in relay.by_index.values():
            writer = track.writer
            assert isinstance(writer, LentTrack)
            kept = [
                (item.message, item.slot.size, item.slot.view[: item.length].tobytes())
                for item in writer._kept
            ]
            discipline = dict(vars(track.discipline)) if track.discipline is not None else {}
            spans = vars(discipline.pop("_spans"))
            stamps = {name: value for name, value in vars(track.stamps).items() if name != "_shared"}
            figures = writer.stats() | {"age_ns": 0}
            free = [segment.free() for segment in writer._pool.segments.values()]
            found += [kept, discipline, spans, stamps, figures, free, writer._seq]
        return found

    def close(self) -> None:
        if self.unattended is not None:
            self.unattended.end()
        self.switch.close()


PARAMETERS = [START + b"\x67\x42\x00\x1e" + bytes([number]) + START + b"\x68\xce" for number in (1, 2)]
# Ticks and nanoseconds from one packet to the next: a good clock, and those of cameras that have none.
STYLES = [
    *((3600, 40 * MS), (3600, 40 * MS), (3600, 41 * MS), (3600, 100 * MS), (3600, 0), (45_000, NS // 2)),
    *((0, 40 * MS), (90_000, 40 * MS), (3600 * 90_000, 40 * MS), (-3600, 40 * MS), (-40_000_000, 40 * MS)),
    *((1, NS), (3600, 12 * NS), (5 * 90_000, 5 * NS)),
]
WALLS = st.sampled_from([None, None, 0, -50 * MS, -5 * NS, 150 * MS, 3 * NS])
SEGMENTS = st.tuples(
    st.sampled_from(STYLES),
    st.integers(1, 40),
    st.sampled_from([0, 0, 3600, 7200, 200_000]),  # presentation after decoding
    WALLS,
    st.sampled_from([0, 40, 40, 4000, 70_000, 250_000]),
    st.sampled_from([0, 0, 1, NS // 3]),  # how long a packet may have waited here, 0 if that is not known
    st.booleans(),
)


def packets(segments: list, played: list[Played], clock: Clock) -> Iterator[EncodedPacket | None]:
    """The packets of these segments, with the time of each; None between two segments."""
    stamps, count = [0, 0], 0
    for (ticks, passed_ns), repeat, lead, wall, size, queued_ns, sound in segments:
        for _ in range(repeat):
            count += 1
            clock.now_ns += passed_ns
            clock.utc_ns += passed_ns
            for one in played:
                one.opened.waited_at_ns = clock.now_ns - queued_ns if queued_ns else 0
            index = int(sound and count % 2)
            stamps[index] += ticks if index == 0 else ticks * 8000 // 90_000
            is_key = index == 1 or count % 12 == 1
            head = (
                PARAMETERS[count // 200 % 2] if is_key and index == 0 and count % 3 else START + b"\x65\x88"
            )
            wall_ns = None if wall is None else clock.utc_ns + wall
            dts = stamps[index]
            pts = dts + (lead if index == 0 else 0)
            payload = head + START + b"\x65\x88" + bytes([count % 251]) * size
            yield EncodedPacket(
                payload, index, pts, dts, 160 * index, is_key, count % 17 == 0, wall_ns=wall_ns
            )
        yield None


def compared(segments: list) -> tuple[int, list[bool]]:
    """Play the segments to both; return how many packets native kept, and whether times followed the arrival behind each segment."""
    native_or_skip()
    clock, follows = Clock(), list[bool]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relay_module, "monotonic_ns", lambda: clock.now_ns)
        patch.setattr(relay_module, "utc_ns", lambda: clock.utc_ns)
        patch.setattr("framecast.bus.track.monotonic_ns", lambda: clock.now_ns)
        # Empty segments go at another moment while a track is lent.
        patch.setattr("framecast.bus.track.TIDY_EVERY", 1 << 40)
        patch.setattr("framecast.bus.lent.TIDY_EVERY", 1 << 40)
        ours, theirs = played = [Played(clock, leaves=leaves) for leaves in (False, True)]
        try:
            for packet in packets(segments, played, clock):
                if packet is None:
                    assert theirs.state() == ours.state()
                    follows.append(bool(theirs.relay._follows))
                    continue
                for one in played:
                    one.give(packet)
            return theirs.kept, follows
        finally:
            for one in played:
                one.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(SEGMENTS, min_size=1, max_size=8))
def test_what_is_kept_is_what_the_relay_would_have_published(segments: list) -> None:
    compared(segments)


def test_useless_clock_is_replaced_and_believed_again_while_native_keeps() -> None:
    good, still = ((3600, 40 * MS), 300, 0, None, 40, 1, False), ((0, 40 * MS), 40, 0, None, 40, 1, False)
    kept, follows = compared([good, still, good])
    assert follows == [False, True, False]
    assert kept > 600


# --- a camera


def endless(units: list[bytes], rate: float = 50) -> Callable[[Camera], None]:
    def play(camera: Camera) -> None:
        sender, due = Sender(), time.monotonic()
        for index, unit in enumerate(itertools.cycle(units)):
            due += 1 / rate
            if camera.over.wait(max(0.0, due - time.monotonic())):
                return
            for packet in sender.picture(unit, index * 3600):
                camera.send(0, packet)

    return play


def records(source: Running) -> int:
    """How many records of video were published; this brings the track home."""
    return source.publisher.tracks["video"].published_records


def is_lent(source: Running) -> bool:
    track = source.publisher.tracks["video"]
    return isinstance(track, LentTrack) and track._lent is not None


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_reader_that_comes_gets_the_kept_group_and_everything_behind_it(chosen: Implementation) -> None:
    with ScriptedRtsp(SDP, endless(clip_units(PICTURES))) as camera, Running(camera.url()) as source:
        assert source.ready.wait(PATIENCE_S)
        for _ in range(3):  # come, leave, and come again
            if chosen.name != "Python":
                wait_until(lambda: is_lent(source))
                time.sleep(0.2)  # more than a picture comes meanwhile
                assert is_lent(source)
            with source.read("video") as reader:
                found = [reader.read(PATIENCE_S) for _ in range(30)]
            assert found[0].is_key
            assert [b.seq - a.seq for a, b in itertools.pairwise(found)] == [1] * 29
            assert all(a.pts < b.pts for a, b in itertools.pairwise(found))
            assert sum(record.dropped for record in found) == 0
        stats: Any = source.publisher.tracks["video"].stats()
        assert stats["records"] == source.publisher.tracks["video"].published_records > 60


def test_pictures_are_decoded_from_the_kept_group(chosen: Implementation) -> None:
    with ScriptedRtsp(SDP, endless(clip_units(PICTURES))) as camera, Running(camera.url()) as source:
        assert source.ready.wait(PATIENCE_S)
        if chosen.name != "Python":
            wait_until(lambda: is_lent(source))
        numbers = [number(record) for record in source.take(20)]
        assert [(b - a) % PICTURES for a, b in itertools.pairwise(numbers)] == [1] * 19


def test_figures_count_what_is_kept_and_the_end_brings_everything_home(chosen: Implementation) -> None:
    with ScriptedRtsp(SDP, endless(clip_units(PICTURES))) as camera, Running(camera.url()) as source:
        assert source.ready.wait(PATIENCE_S)

        def count() -> int:
            stats: Any = source.publisher.tracks["video"].stats()
            assert (stats["age_ns"] or 0) < PATIENCE_S * NS
            return int(stats["records"])

        wait_until(lambda: count() >= 60)
        if chosen.name != "Python":
            wait_until(lambda: is_lent(source))
        source.stop.set()
        source.wait_for_end()
        assert not is_lent(source)
        assert count() >= 60


@pytest.mark.parametrize("again", [False, True], ids=["silent", "cut"])
def test_camera_that_falls_silent_is_noticed(chosen: Implementation, again: bool) -> None:
    """It is stalled or closed although native kept its packets; what was kept is still there."""
    units = clip_units(40)

    def play(camera: Camera) -> None:
        sender = Sender()
        for index, unit in enumerate(units):
            for packet in sender.picture(unit, index * 3600):
                camera.send(0, packet)
            time.sleep(0.01)
        if again:
            camera.sock.shutdown(2)
        camera.over.wait()

    with ScriptedRtsp(SDP, play) as camera, Running(camera.url(), stall_s=0.5) as source:
        error = source.wait_for_end()
        assert getattr(error, "reason", "") == ("closed" if again else "stalled")
        assert not is_lent(source)
        assert records(source) == len(units)
        with source.read("video") as reader:
            assert reader.read(PATIENCE_S).is_key


# --- the native object


def test_keeper_belongs_to_its_process_and_checks_what_it_is_lent() -> None:
    native_or_skip()
    played = Played(Clock(), leaves=True)
    module = native.look().module
    assert module is not None
    try:
        timeline = played.relay.pacing.timeline  # type: ignore[attr-defined]
        keeper = module.Keeper(played.relay.shared, timeline, 0, [])
        memory = bytearray(4096)
        for free, kept in (([(0, 5000)], []), ([], [(0, 4000, 100)]), ([], [(1, 0, 64)])):
            with pytest.raises(ValueError, match="outside its segment"):
                keeper.accept(0, 0, [(memory, free)], kept)
        with pytest.raises(ValueError, match="writable"):
            keeper.accept(0, 0, [(bytes(memory), [])], [])
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                keeper.accept(0, 0, [], [])
            except ForkedView:
                os.write(writer, b"forked")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert os.read(reader, 16) == b"forked"
        os.close(reader)
        os.close(writer)
        assert keeper.give_back(0) is None
        assert keeper.is_over
    finally:
        played.close()
