"""What comes out of an MP4 time line for each sequence of events, for many viewers (shared) and for one reader.

Events: `K` key frame, `d` other picture, `a` sound, each in its present coding. `V` and `S`: the video, the sound starts a new
epoch in the same coding; `W`, `T`: in another coding; `M`, `U`: in one that MP4 cannot hold; `N`: the key frames are without
parameters; `R`: sound whose codec is known, but that MP4 cannot hold. `A`, `Y`: the description of the sound, of the video.
`x`, `X`: the sound, the video is absent. `+3.5`: so many seconds pass; `end`.

Outputs: `D` described, `!` refused, `I` an init segment with `v` and `a`, then the fragments as the events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from framecast.fanout.mp4_outputs import Described, Init, Muxed, Output, Refused, Rules
from framecast.fanout.mp4_timeline import Mp4Timeline
from tests.media.packets import Packet, tracks_of
from tests.support.media_files import Clip

SHARED, READER = Rules(4000, is_shared=True), Rules(4000, is_shared=False)
CLIP = Clip(audio="aac", size=(320, 240), seconds=2.0)
LARGE = bytes(5000)
CLIP_RATE = 48000


@dataclass
class Bench:
    """A time line, what is fed to it, and a clock. A picture lasts 40 ms, a packet of sound about half as long."""

    rules: Rules

    def __post_init__(self) -> None:
        infos, packets = tracks_of(CLIP.path())
        self.first = infos
        self.payloads = {
            kind: next(one.payload for one in packets if one.info is infos[kind])
            for kind in ("video", "audio")
        }
        self.video, self.sound = infos["video"], infos["audio"]
        self.now = 1000.0
        self.epoch = 0
        self.timeline: Mp4Timeline[Packet] = Mp4Timeline(self.rules, self.now, video=True, audio=True)
        self.fragments: list[Muxed[Packet]] = []

    def act(self, events: str) -> str:
        """Return what comes out."""
        found: list[str] = []
        for event in events.split():
            found += self.written(self.event(event))
        return " ".join(found)

    def event(self, event: str) -> list[Output[Packet]]:
        line, now = self.timeline, self.now
        if event in _CHANGES:
            self.epoch += 1
            _CHANGES[event](self)
            return []
        if event[0] == "+":
            self.now += float(event)
            return line.tick(self.now)
        other: dict[str, Callable[[], list[Output[Packet]]]] = {
            "A": lambda: line.info(self.sound, now),
            "Y": lambda: line.info(self.video, now),
            "x": lambda: line.absent(audio=True, now=now),
            "X": lambda: line.absent(audio=False, now=now),
            "end": lambda: line.end(now),
        }
        return other[event]() if event in other else line.record(self.packet(event), now)

    def packet(self, event: str) -> Packet:
        is_sound = event[0] == "a"
        info = self.sound if is_sound else self.video
        self.now += 0.0 if is_sound else 0.04
        at = round(self.now / info.time_base)
        payload = (
            LARGE
            if event == "d*"
            else self.payloads["audio" if is_sound else "video"]
            if event != "d"
            else b"d"
        )
        if event == "K" and self.epoch and self.video.details.get("bare"):
            payload = b"\x00\x00\x00\x01\x65key"
        is_key = event != "d" and event != "d*"
        return Packet(info, payload, at, at, 0, is_key, round(self.now * 10**9))

    def written(self, outputs: list[Output[Packet]]) -> list[str]:
        found = []
        for output in outputs:
            if isinstance(output, Muxed):
                self.fragments.append(output)
                is_sound = output.record.info.name == "audio"
                found.append("a" if is_sound else "K" if output.fragment.is_key else "d")
            elif isinstance(output, Init):
                muxer = output.muxer
                found.append("I" + "v" * muxer.has_video + "a" * muxer.has_audio)
            else:
                found.append("D" if isinstance(output, Described) else "!")
        return found


def _video(**changes: object) -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        bench.video = replace(bench.first["video"], epoch=bench.epoch, **changes)  # type: ignore[arg-type]

    return change


def _sound(**changes: object) -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        bench.sound = replace(bench.first["audio"], epoch=bench.epoch, **changes)  # type: ignore[arg-type]

    return change


_CHANGES = {
    "V": _video(),
    "W": _video(width=160, height=120, rate=Fraction(10)),
    "M": _video(codec="mjpeg", extradata=b""),
    "N": _video(extradata=b"", details={"bare": "yes"}),
    "S": _sound(),
    "T": _sound(codec="opus", extradata=b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00", channels=1),
    "U": _sound(codec="pcm_alaw", extradata=b""),
    "R": _sound(codec="aac", extradata=b"", channels=7),
}

BOTH = [
    ("nothing comes before a key frame", "a d a d", ""),
    ("sound that is known is in the first file", "a K d a", "D Iva K d a"),
    ("its description is enough", "A K d a", "D Iva K d a"),
    ("pictures are held until the sound is known", "K d a d", "D Iva K d a d"),
    ("a new key frame takes the place of what is held", "K d d K d a", "D Iva K d a"),
    ("pictures wait for the sound", "K d +2.7 d", ""),
    ("pictures wait for the sound for three seconds", "K d +2.7 +0.3 d", "D Iv K d d"),
    ("pictures do not wait for sound that is absent", "K d x d", "D Iv K d d"),
    ("absent sound is known before the picture", "x K d", "D Iv K d"),
    ("sound that comes late begins a new file at a key frame", "x K d", "D Iv K d"),
    ("sound that restarts in the same coding continues", "a K a S a a K", "D Iva K a a a K"),
    ("sound in another coding waits for a key frame", "a K a T a d K a", "D Iva K a d D Iva K a"),
    ("a group of another coding is forgotten", "K d W d a", ""),
    ("sound that MP4 refuses takes no picture with it", "K R a d", "D Iv K d"),
    ("sound that has ended is not in the next file", "a K x W K", "D Iva K D Iv K"),
    ("pictures of an unknown codec are not muxed as what was before", "a K M Y K", "D Iva K D"),
    ("another size begins a new file at a key frame", "a K d W d K d", "D Iva K d D Iva K d"),
    ("sound goes on while a key frame of the other size is awaited", "a K W a d a K", "D Iva K a a D Iva K"),
    ("sound of an unknown codec is left out", "U a K d a K a d", "D Iv K d K d"),
    ("sound that MP4 refuses is left out once for all", "R a K a d a K", "D Iv K d K"),
    ("pictures of an unknown codec are described", "x M Y K K", "D"),
    ("they are described although the first sound is awaited", "M K a", "D"),
    ("sound alone begins with itself", "X a a", "D Ia a a"),
    ("sound alone in another coding begins a new file", "X a a T a a", "D Ia a a D Ia a a"),
    ("sound alone of an unknown codec is described", "U a X a", "D"),
    ("sound alone that MP4 refuses is refused once", "R X a a a", "! D"),
    ("pictures without parameters are refused, and tried again", "x N K d V K d", "! D D Iv K d"),
    ("what is held at the end begins a file", "K d end", "D Iv K d"),
    ("nothing is held at the end", "a K d end", "D Iva K d"),
]

ONLY = [
    (SHARED, "a source that comes back in the same coding continues", "a K d V d K d", "D Iva K d K d"),
    (READER, "each epoch of the video has its own file", "a K d V d K d", "D Iva K d D Iva K d"),
    (
        SHARED,
        "sound that has stopped is left out at the next key frame",
        "a K +3.1 d K d",
        "D Iva K d D Iv K d",
    ),
    (READER, "a file goes on although its sound has stopped", "a K +3.1 d K d", "D Iva K d K d"),
    (SHARED, "sound that returns is in the next file", "a K +3.1 K a d K a", "D Iva K D Iv K d D Iva K a"),
    (SHARED, "only the first file waits for the sound", "a K +4 V K d", "D Iva K D Iv K d"),
    (READER, "each file waits for its sound", "a K +4 V K d a", "D Iva K D Iva K d a"),
    (SHARED, "a group that is too large to hold is dropped", "K d* d K d a", "D Iva K d a"),
    (READER, "a group that is too large to hold begins without sound", "K d* d K", "D Iv K d d K"),
    (SHARED, "a large key frame is sent, if nothing is awaited", "a K d* d", "D Iva K d d"),
]


@pytest.mark.parametrize("rules", [SHARED, READER], ids=["shared", "reader"])
@pytest.mark.parametrize(("events", "outputs"), [pytest.param(*row[1:], id=row[0]) for row in BOTH])
def test_outputs_of_both(events: str, outputs: str, rules: Rules) -> None:
    assert Bench(rules).act(events) == outputs


@pytest.mark.parametrize(
    ("rules", "events", "outputs"), [pytest.param(*row[:1], *row[2:], id=row[1]) for row in ONLY]
)
def test_outputs_of_one(rules: Rules, events: str, outputs: str) -> None:
    assert Bench(rules).act(events) == outputs


def test_shared_files_continue_the_time_and_those_of_a_reader_begin_at_zero() -> None:
    begins = {}
    for rules in (SHARED, READER):
        bench = Bench(rules)
        bench.act("a K d d +5 a W K")
        begins[rules] = bench.fragments[-1].fragment.start_ns / 1e9
        assert bench.fragments[0].fragment.start_ns == 0
    assert begins[SHARED] == pytest.approx(5.12, abs=0.05)  # as long as it took
    assert begins[READER] == 0


def test_shared_files_never_overlap() -> None:
    bench = Bench(SHARED)
    bench.act("a " + "K " * 50)
    end_ns = bench.fragments[-1].fragment.end_ns
    bench.now -= 1.5  # the pictures came faster than they are shown
    bench.act("W K")
    assert bench.fragments[-1].fragment.start_ns >= end_ns


def test_time_line_says_whether_a_file_waits() -> None:
    bench = Bench(READER)
    waits = []
    for event in ["a", "K", "d", "V", "d", "+4", "K", "a", "d"]:
        bench.event(event)
        waits.append(bench.timeline.is_waiting)
    assert waits == [True, False, False, False, False, False, True, False, False]


def test_description_says_what_the_tracks_are() -> None:
    bench = Bench(SHARED)
    (described,) = [one for one in bench.event("a") + bench.event("K") if isinstance(one, Described)]
    assert described.native.video is bench.video
    assert described.native.audio is bench.sound
    assert described.native.video_string.startswith("avc1.")
    bench.act("x M")
    (again,) = bench.event("K")
    assert isinstance(again, Described)
    assert again.native.video is bench.video
    assert again.native.audio is None


def test_refusal_has_the_reason() -> None:
    bench = Bench(READER)
    bench.act("x N")
    refused = bench.event("K")[0]
    assert isinstance(refused, Refused)
    assert "h264" in str(refused.error)


@pytest.mark.parametrize("rules", [SHARED, READER], ids=["shared", "reader"])
def test_sound_that_restarts_is_placed_by_its_capture_time(rules: Rules) -> None:
    bench = Bench(rules)
    bench.act("a K a d d S")
    packet = bench.packet("a")
    packet.pts = packet.dts = packet.pts + 5 * CLIP_RATE  # the new connection counts from somewhere else
    bench.written(bench.timeline.record(packet, bench.now))
    assert bench.fragments[-1].fragment.start_ns / 1e9 == pytest.approx(0.08, abs=0.01)
