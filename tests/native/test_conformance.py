"""framecast-native against the Python implementation, which is the reference: the same bytes, times, marks and errors for any input."""

from __future__ import annotations

import importlib
import struct
import tomllib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import framecast
from framecast import native
from framecast.clock import NS, Timeline
from framecast.errors import SourceError
from framecast.media.parameters import signature
from framecast.protocols.rtp.header import Late
from framecast.protocols.rtp.implementation import PYTHON, Implementation
from framecast.protocols.rtp.sound import AacMode
from framecast.protocols.rtp.unit import Damaged, Depacketiser
from framecast.sources.stamps import Shift, Stamps
from tests.support.implementations import native_or_skip

# Heads that mean something are much rarer among random bytes than among those of cameras.
HEADS = st.sampled_from(
    [
        *(b"", b"\x65\x88", b"\x65\x40", b"\x41\x9a", b"\x41\x40", b"\x43\x80", b"\x67", b"\x68", b"\x09\xf0"),
        *(b"\x06\x06\x01\x84\x80", b"\x06\x05\x02\0\0\3\x06\x01\x84\x80", b"\x06\x00\x00\x00\x01\x67\x00\x00\x01\x65\x88"),
        *(b"\x7c\x85\x88", b"\x7c\x05", b"\x7c\x45", b"\x7c\x41", b"\x7c\x81\x9a", b"\x7c\x87", b"\x7c\x47\x00\x00\x01\x65\x88"),
        *(b"\x78\x00\x03\x65\x88\x11\x00\x02\x41\x9a", b"\x78\x00\x03", b"\x60"),
        *(b"\x26\x01\xaf", b"\x02\x01\xd0", b"\x02\x01\x50", b"\x02\x09\xd0", b"\x40\x01V", b"\x62\x01\x93\xaf", b"\x62\x01\x13"),
        *(b"\x62\x01\x53", b"\x60\x01\x00\x04\x26\x01\xafI", b"\x63\x01\x93"),
        *(b"\x00\x10\x00\x20ab", b"\x00\x20\x00\x10\x00\x18", b"\x00\x10\x00\x40", b"\xfc\x05", b"\xff\x3f"),
    ]
)  # fmt: skip
PAYLOADS = st.builds(bytes.__add__, HEADS, st.binary(max_size=24))
MAKERS: list[Callable[[Implementation], Depacketiser]] = [
    lambda rtp: rtp.h264(),
    lambda rtp: rtp.h265(),
    lambda rtp: rtp.opus(),
    lambda rtp: rtp.g711(2),
    lambda rtp: rtp.aac(AacMode()),
    lambda rtp: rtp.aac(AacMode(6, 2, 2, 2048)),
]
VIDEO = 96


def outcome(call: Callable[..., Any], *arguments: object) -> object:
    """What a call returns or raises, comparable."""
    try:
        return call(*arguments)
    except (Damaged, SourceError) as error:
        return f"{type(error).__name__}: {error}"


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(PAYLOADS, st.integers(0, 2), st.booleans(), st.booleans()), max_size=40),
    st.sampled_from(MAKERS),
)
def test_depacketisers_return_the_same(packets: list, make: Callable[[Implementation], Depacketiser]) -> None:
    ours, theirs = make(PYTHON), make(native_or_skip())
    for packet in packets:
        assert outcome(theirs.take, *packet) == outcome(ours.take, *packet)


def head(
    number: int, timestamp: int, ssrc: int, marker: bool, extras: bytes, payload_type: int = VIDEO
) -> bytes:
    first, behind = extras[0], extras[1:]
    return struct.pack(">BBHII", first, payload_type | marker << 7, number, timestamp, ssrc) + behind


# First byte, and what stands between header and payload: nothing, contributing sources, an extension, padding.
EXTRAS = st.sampled_from(
    [b"\x80"] * 6 + [b"\x81abcd", b"\x90\0\0\0\1abcd", b"\xa0", b"\x90\0\0\xff\xff", b"\x40"]
)
STEPS = st.one_of(
    st.tuples(
        st.just("rtp"),
        st.sampled_from([1, 1, 1, 1, 1, 2, 0, -1, 5000]),
        st.sampled_from([0, 0, 3600, 3600, -3600, 1 << 31]),
        st.sampled_from([1, 1, 1, 1, 2, 3]),
        st.booleans(),
        EXTRAS,
        PAYLOADS,
        st.sampled_from([0, NS // 25, NS, 4 * NS]),
    ),
    st.tuples(
        st.just("report"),
        st.integers(1, 3),
        st.integers(0, 2**32 - 1) | st.integers(2_208_988_800, 2_208_988_900),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1) | st.integers(0, 400_000),
    ),
    st.tuples(st.just("goodbye"), st.integers(1, 3)),
    st.tuples(st.just("junk"), st.binary(max_size=40)),
)


class Played:
    """One implementation with a track of video and one of sound, and what it said of each step."""

    def __init__(
        self, rtp: Implementation, ssrc: int | None, begins_at: int | None, delay: int, exact: bool
    ) -> None:
        self.video = rtp.track(VIDEO, 90_000, rtp.h264(), 0, ssrc)
        self.sound = rtp.track(8, 8000, rtp.g711(1), 1)
        self.video.order = rtp.order(delay, 3600, 90_000, is_exact=exact)
        if begins_at is not None:
            self.video.begin_at(begins_at)
        self.reception = rtp.reception([self.video, self.sound], {0: 0, 1: 0, 2: 1, 3: 1})

    def units(self, packet: bytes, now_ns: int) -> object:
        found = outcome(self.video.units, packet, now_ns)
        if isinstance(found, str):
            return found, self.state()
        assert isinstance(found, list | tuple)
        return list(found), [self.video.packet(unit) for unit in found], self.state()

    def report(self, packet: bytes) -> object:
        self.sound.report(packet, self.video)
        self.video.report(packet, self.video)
        return self.state()

    def state(self) -> object:
        return [(track.lost, track.sender, track.is_over) for track in (self.video, self.sound)]

    def taken(self, channel: int, packet: bytes, now_ns: int) -> object:
        found = outcome(self.reception.take, channel, packet, now_ns)
        if isinstance(found, str):
            return found
        assert isinstance(found, list)
        return [(track.index, unit, track.packet(unit)) for track, unit in found], self.state()


def packets_of(steps: list) -> list[tuple[str, bytes, int]]:
    """The bytes of steps, with the time of each."""
    number, timestamp, now_ns, found = 65_530, 2**32 - 7200, 0, list[tuple[str, bytes, int]]()
    for kind, *rest in steps:
        if kind == "rtp":
            step, ticks, ssrc, marker, extras, payload, pause_ns = rest
            number, timestamp = number + step & 0xFFFF, timestamp + ticks & 0xFFFFFFFF
            now_ns += pause_ns
            found.append((kind, head(number, timestamp, ssrc, marker, extras) + payload, now_ns))
        elif kind == "report":
            ssrc, seconds, fraction, stamp = rest
            found.append(
                (kind, struct.pack(">BBHIIIIII", 0x80, 200, 6, ssrc, seconds, fraction, stamp, 0, 0), now_ns)
            )
        elif kind == "goodbye":
            found.append(("report", struct.pack(">BBHI", 0x81, 203, 1, rest[0]), now_ns))
        else:
            found += [("rtp", rest[0], now_ns), ("report", rest[0], now_ns)]
    return found


@settings(max_examples=400, deadline=None)
@given(
    st.lists(STEPS, max_size=50), st.sampled_from([None, 0, 1, 2]), st.sampled_from([None, 2**32 - 7200, 5]),
    st.integers(-1, 20), st.booleans(),
)  # fmt: skip
def test_tracks_return_the_same(
    steps: list, ssrc: int | None, begins_at: int | None, delay: int, exact: bool
) -> None:
    ours, theirs = (Played(rtp, ssrc, begins_at, delay, exact) for rtp in (PYTHON, native_or_skip()))
    for kind, packet, now_ns in packets_of(steps):
        if kind == "rtp":
            assert theirs.units(packet, now_ns) == ours.units(packet, now_ns)
        else:
            assert theirs.report(packet) == ours.report(packet)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=50), st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_receptions_return_the_same(steps: list, channels: list[int]) -> None:
    ours, theirs = (Played(rtp, None, None, 2, False) for rtp in (PYTHON, native_or_skip()))
    for index, (_, packet, now_ns) in enumerate(packets_of(steps)):
        channel = channels[index % len(channels)]
        assert theirs.taken(channel, packet, now_ns) == ours.taken(channel, packet, now_ns)
        assert theirs.reception.has_begun == ours.reception.has_begun


def test_damage_ends_both_at_the_same_packet() -> None:
    ours, theirs = (Played(rtp, None, None, 0, True) for rtp in (PYTHON, native_or_skip()))
    found = [[one.taken(0, bytes((0x80, VIDEO)), 0) for _ in range(250)] for one in (ours, theirs)]
    assert found[0] == found[1]
    ended = [index for index, one in enumerate(found[0]) if str(one).startswith("SourceError")]
    assert ended[0] == 200


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(-(2**34), 2**34) | st.integers(0, 40_000), max_size=60),
    st.integers(-2, 20),
    st.booleans(),
)
def test_decoding_times_are_the_same(stamps: list[int], delay: int, exact: bool) -> None:
    orders = [rtp.order(delay, 3600, 90_000, is_exact=exact) for rtp in (PYTHON, native_or_skip())]
    assert [orders[1].dts(stamp) for stamp in stamps] == [orders[0].dts(stamp) for stamp in stamps]


UNITS = st.lists(
    st.sampled_from(
        [
            *(b"\0\0\1", b"\0\0\0\1", b"\0\0\1\x67", b"\0\0\1\x68\xce", b"\0\0\1\x65\x88", b"\0\0\1\x09\xf0", b"\0"),
            *(b"\0\0\1\x40\1", b"\0\0\1\x42\1", b"\0\0\1\x44\1", b"\0\0\1\x26\1", b"\0\0\1\x4e\1", b"a", b"bc" * 1100),
        ]
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(UNITS, UNITS, st.sampled_from(["h264", "hevc"]), st.booleans())
def test_key_frame_of_other_parameters_is_left_to_python(
    before: list[bytes], now: list[bytes], codec: str, is_key: bool
) -> None:
    native_or_skip()
    known, payload = signature(codec, memoryview(b"".join(before))), b"".join(now)
    found = signature(codec, memoryview(payload))
    module = native.look().module
    assert module is not None
    lane = 0, 0, Stamps(Fraction(1, 90_000), 3600, Shift()), None, codec, known
    keeper = module.Keeper(Shift(), Timeline(), 0, [lane])
    keeper.accept(0, 7, [(bytearray(1 << 16), [(0, 1 << 16)])], [])
    is_kept = keeper.take(0, payload, (0, 0, 0, None), (is_key, False), (NS, NS, 0))
    assert is_kept is not (is_key and found != b"" and found != known)
    seq, _, _, kept, counts = keeper.give_back(0)
    assert (seq, len(kept), counts[:2]) == ((8, 1, (1, len(payload))) if is_kept else (7, 0, (0, 0)))


def test_constants_are_the_same() -> None:
    native_or_skip()
    module = native.look().module
    assert module is not None
    for name, value in module.CONSTANTS.items():
        home, _, constant = name.rpartition(".")
        assert getattr(importlib.import_module(home), constant) == value, name
    assert len(module.CONSTANTS) > 50


def test_both_packages_have_one_version() -> None:
    crate = tomllib.loads((Path(__file__).parents[2] / "native" / "Cargo.toml").read_text())
    assert crate["workspace"]["package"]["version"] == framecast.__version__
    source = (Path(__file__).parents[2] / "native" / "src" / "lib.rs").read_text()
    assert f"const INTERFACE: u32 = {native.INTERFACE};" in source
    assert crate["profile"]["release"]["panic"] == "unwind"


def test_late_is_late_in_both() -> None:
    packet = head(7, 0, 1, True, b"\x80") + b"\x65\x88"
    for rtp in (PYTHON, native_or_skip()):
        track = rtp.track(VIDEO, 90_000, rtp.h264(), 0)
        assert len(track.units(packet, 0)) == 1
        with pytest.raises(Late):
            track.units(packet, 0)
