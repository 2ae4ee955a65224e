"""A track that native keeps: a reader that comes finds all of it, and the track goes on as if it had never been away."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from framecast import native
from framecast.bus import LentTrack
from framecast.clock import NS, Timeline
from framecast.model import Flag, Kind, Meta, TrackInfo
from framecast.sources.stamps import Shift, Stamps
from tests.bus.switch import Switch
from tests.support.implementations import native_or_skip

INFO = TrackInfo("video", Kind.PACKETS, codec="h264", time_base=Fraction(1, 1000))
PATIENCE_S = 30.0


@pytest.fixture
def switch() -> Iterator[Switch]:
    native_or_skip()
    found = Switch()
    found.publisher.lend_tracks()
    found.publisher.track(INFO)
    yield found
    found.close()


def track_of(switch: Switch) -> LentTrack:
    track = switch.publisher.tracks["video"]
    assert isinstance(track, LentTrack)
    return track


def keeper() -> Any:
    module = native.look().module
    assert module is not None
    return module.Keeper(Shift(), Timeline(), 0, [(0, 0, Stamps(INFO.time_base, 40, Shift()), None, "", b"")])


def keep(keeping: Any, *numbers: int) -> list[bool]:
    """Keep a record for each number, and its bytes are the number; every fourth is a key frame."""
    return [
        keeping.take(
            0, bytes([n]) * 100, (40 * n, 40 * n, 40, None), (n % 4 == 0, False), (n + NS, n + NS, 0)
        )
        for n in numbers
    ]


def send(track: LentTrack, n: int) -> None:
    track.send(bytes([n]) * 100, Meta(40 * n, n, n, flags=Flag.KEY if n % 4 == 0 else Flag.NONE))


def test_reader_takes_the_track_back_with_what_was_kept_before_and_meanwhile(switch: Switch) -> None:
    track, keeping = track_of(switch), keeper()
    for n in range(3):
        send(track, n)
    assert track.lend(keeping, 0)
    assert not track.lend(keeping, 0)
    assert keep(keeping, 3) == [True]
    with switch.attached("video", "queue(10)") as reader:
        assert keep(keeping, 4) == [False]
        send(track, 4)
        found = [reader.read(PATIENCE_S) for _ in range(5)]
        assert [(one.seq, bytes(one.payload[:1]), one.pts) for one in found] == [
            (n, bytes([n]), 40 * n) for n in range(5)
        ]
        assert [one.is_key for one in found] == [True, False, False, False, True]
        assert not track.is_alone
        assert not track.lend(keeper(), 0)


def test_figures_bring_it_home_and_count_it(switch: Switch) -> None:
    track, keeping = track_of(switch), keeper()
    assert not any(keep(keeping, 0))  # nothing is lent yet: it is Python's
    keeping = keeper()
    send(track, 0)
    track.lend(keeping, 0)
    assert all(keep(keeping, *range(1, 9)))
    figures: Any = track.stats()
    assert (figures["records"], figures["bytes"]) == (9, 900)
    assert figures["used_bytes"] == 128  # the newest group is one key frame
    assert keeping.is_over
    assert [meta.pts for _, meta in track.kept()] == [320]


def test_full_memory_and_the_end_are_pythons(switch: Switch) -> None:
    track, keeping = track_of(switch), keeper()
    assert track.lend(keeping, 0)  # it has no segment yet
    assert keep(keeping, 0) == [False]
    track.take_back()
    send(track, 0)
    keeping = keeper()
    assert track.lend(keeping, 0)
    track.close()
    assert keep(keeping, 1) == [False]
    assert not track.lend(keeper(), 0)
