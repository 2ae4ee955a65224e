"""Times of a file's packets: outliers are removed, ticks are divided, nothing is lost or reordered within a track."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import pytest

from framecast.media.coding import FFmpegPacket
from framecast.media.hidden import FINE_STEP
from framecast.media.retiming import _Outliers, finer, retimed
from framecast.model import Kind, TrackInfo

BASE = Fraction(1, 1000)
HOLE = 10_000  # ticks of BASE that are believed only if the next packet agrees


def packet(dts: int | None, pts: int | None = None) -> FFmpegPacket:
    found: FFmpegPacket = av.Packet(b"x")
    found.dts, found.pts = dts, dts if pts is None else pts
    return found


def passed(*times: int | None) -> list[int | None]:
    """Return the times that go on."""
    outliers = _Outliers(BASE)
    found = [one for time in times for one in outliers.pass_on(packet(time))]
    return [one.dts for one in (*found, *outliers.finish())]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((0, 40, 80), (0, 40, 80)),
        ((0, HOLE, 2 * HOLE), (0, HOLE, 2 * HOLE)),  # exactly the bound
        ((0, HOLE + 1, 40), (0, None, 40)),  # a damaged time
        ((0, HOLE + 1, HOLE + 41, HOLE + 81), (0, HOLE + 1, HOLE + 41, HOLE + 81)),  # a real gap
        ((0, 50_000, HOLE - 1), (0, None, HOLE - 1)),
        ((0, 50_000, HOLE), (0, 50_000, HOLE)),
        ((0, 50_000), (0, 50_000)),  # the last one is believed
        ((0, 50_000, None, 40), (0, 50_000, None, 40)),  # no time says nothing against it
        ((80, 40), (80, 40)),  # backwards is for others to judge
        ((None, 90_000, 40), (None, 90_000, 40)),  # there is nothing before it to compare
    ],
)
def test_jump_is_believed_if_the_next_packet_agrees(
    times: tuple[int | None, ...], expected: tuple[int | None, ...]
) -> None:
    assert tuple(passed(*times)) == expected


def test_doubtful_packet_waits_for_the_next_one_only() -> None:
    outliers = _Outliers(BASE)
    assert len(outliers.pass_on(packet(0))) == 1
    doubtful = packet(50_000)
    assert outliers.pass_on(doubtful) == []
    assert outliers.finish() == [doubtful]
    assert outliers.finish() == []


def test_presentation_time_counts_where_there_is_no_decoding_time() -> None:
    outliers = _Outliers(BASE)
    outliers.pass_on(packet(0))
    assert outliers.pass_on(packet(None, 50_000)) == []
    first, second = outliers.pass_on(packet(40))
    assert (first.pts, first.dts, second.dts) == (None, None, 40)


def entries(*discards: bool) -> Any:
    """What `finer` reads of a stream."""
    return SimpleNamespace(index_entries=[SimpleNamespace(is_discard=one) for one in discards])


@pytest.mark.parametrize(
    ("time_base", "rate", "discards", "divisor"),
    [
        (Fraction(1, 25), Fraction(25), (False, True), FINE_STEP),
        (Fraction(1, 1000), Fraction(25), (True,), -(-FINE_STEP // 40)),
        (Fraction(1, 1000), None, (True,), -(-FINE_STEP // 40)),  # 25 a second are assumed
        (Fraction(1, 90_000), Fraction(25), (True,), 1),  # fine enough
        (Fraction(1, 25), Fraction(25), (False, False), 1),  # nothing is hidden
        (Fraction(1, 25), Fraction(25), (), 1),
        (Fraction(1), Fraction(100), (True,), FINE_STEP),  # less than a tick a picture
    ],
)
def test_ticks_are_divided_only_if_hidden_pictures_would_not_fit(
    time_base: Fraction, rate: Fraction | None, discards: tuple[bool, ...], divisor: int
) -> None:
    info = TrackInfo("video", Kind.PACKETS, time_base=time_base, rate=rate)
    found = finer(entries(*discards), info)
    assert found == divisor
    step = max(1, round(1 / ((rate or 25) * time_base)))
    assert found == 1 or step * found >= FINE_STEP


def test_tracks_are_judged_by_their_own_times_and_sound_keeps_its_ticks() -> None:
    sound: Any = SimpleNamespace(index=0, time_base=BASE)
    other: Any = SimpleNamespace(index=1, time_base=None)  # microseconds

    def coming() -> Any:
        for track, dts in ((0, 0), (1, 0), (0, 50_000), (1, 50_000), (0, 40), (1, 90_000), (1, 50_000_000)):
            found = packet(dts)
            yield SimpleNamespace(
                stream_index=track,
                dts=dts,
                pts=dts,
                duration=5,
                is_discard=False,
                is_keyframe=True,
                raw=found,
            )

    found = list(retimed(coming(), [sound, other], "mp4", {0: 20, 1: 20}, 4))
    assert [(one.stream_index, one.dts) for one in found] == [
        (0, 0),
        (1, 0),
        (1, 50_000),
        (0, None),
        (0, 40),
        (1, 90_000),
        (1, 50_000_000),  # held until the end
    ]
    assert {one.duration for one in found} == {5}
