"""The clocks that cameras have, against ours: a minute of each, without one second of waiting."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import pytest

from framecast.clock import MAX_STEP_NS, NS
from framecast.sources.discipline import Discipline
from framecast.sources.stamps import Shift, Stamp, Stamps

TICK = Fraction(1, 90000)
STEP = 3600
HOUR = 3600 * 90000
MS = NS // 1000
Clock = Callable[[int], int]  # from the number of a packet to its time stamp


@dataclass
class Played:
    """What came of the packets of one track."""

    stamps: list[Stamp] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)  # ns
    follows: list[bool] = field(default_factory=list)

    @property
    def steps_ms(self) -> list[float]:
        return [float((b.dts - a.dts) * TICK * 1000) for a, b in itertools.pairwise(self.stamps)]

    @property
    def late_ms(self) -> list[float]:
        """Arrival minus time, from the first packet on."""
        zero = self.arrivals[0] - int(self.stamps[0].dts * TICK * NS)
        pairs = zip(self.stamps, self.arrivals, strict=True)
        return [(arrival - int(stamp.dts * TICK * NS) - zero) / MS for stamp, arrival in pairs]


def arrivals(
    rate: float, seconds: float, jitter_ms: float = 5, stalls: tuple[tuple[float, float], ...] = ()
) -> list[int]:
    """When packets come that are sent `rate` times a second; nothing comes during a stall, and then all at once."""
    dice = random.Random(1)
    found: list[int] = []
    for index in range(int(rate * seconds)):
        at = index / rate + dice.random() * jitter_ms / 1000
        for begin, length in stalls:
            if begin <= at < begin + length:
                at = begin + length
        found.append(max(100 * NS + int(at * NS), found[-1] if found else 0))
    return found


def play(clock: Clock, times: list[int], lead: Clock = lambda _: 0) -> Played:
    """Play the packets of a camera with 25 pictures a second, as it says itself."""
    stamps, discipline, played = Stamps(TICK, STEP, Shift()), Discipline(TICK, NS // 25), Played()
    for index, arrived in enumerate(times):
        repaired = stamps.repair(clock(index) + lead(index), clock(index), 0, arrived)
        assert repaired is not None
        played.stamps.append(discipline.steady(repaired, arrived))
        played.arrivals.append(arrived)
        played.follows.append(discipline.follows)
    return played


def at_25(index: int) -> int:
    return 1000 + index * STEP


DICE = random.Random(2)
RANDOM = [DICE.getrandbits(32) for _ in range(4000)]
HOSTILE: dict[str, tuple[float, Clock]] = {
    "21 a second": (21, at_25),
    "12.5 a second": (12.5, at_25),
    "5 a second": (5, at_25),
    "30 a second": (30, at_25),
    "60 a second": (60, at_25),
    "stands still": (25, lambda _: 1000),
    "a tick a picture": (25, lambda index: 1000 + index),
    "a second a picture": (25, lambda index: 1000 + index * 90_000),
    "an hour back and forth": (25, lambda index: HOUR + at_25(index) + HOUR * (index // 125 % 2)),
    "an hour on": (25, lambda index: at_25(index) + index // 125 * HOUR),
    "an hour back": (25, lambda index: 99 * HOUR + at_25(index) - index // 125 * HOUR),
    "five seconds on": (25, lambda index: at_25(index) + index // 125 * 5 * 90_000),
    "a second back": (25, lambda index: HOUR + at_25(index) - index // 125 * 90_000),
    "one picture hours away": (25, lambda index: HOUR + at_25(index) + (index % 50 == 49) * 10 * HOUR),
    "one picture hours back": (25, lambda index: 9 * HOUR + at_25(index) - (index % 50 == 49) * 3 * HOUR),
    "alternating by an hour": (25, lambda index: at_25(index) + index % 2 * HOUR),
    "alternating by half a second": (25, lambda index: at_25(index) + index % 2 * 45_000),
    "alternating by two pictures": (25, lambda index: at_25(index) + index % 2 * 2 * STEP),
    "in pairs": (25, lambda index: at_25(index // 2 * 2)),
    "backwards": (25, lambda index: HOUR - index * STEP),
    "random": (25, lambda index: RANDOM[index]),
    "random within a second": (25, lambda index: RANDOM[index] % 90_000),
    "stands still from the tenth second on": (25, lambda index: at_25(min(index, 250))),
    "25 by day and 12 by night": (12.5, lambda index: at_25(2 * index if index < 125 else 125 + index)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_times_of_a_hostile_clock_move_with_the_pictures(name: str) -> None:
    rate, clock = HOSTILE[name]
    played = play(clock, arrivals(rate, 60))
    assert min(played.steps_ms) > 0
    assert max(map(abs, played.late_ms)) < 3500
    settled = int(20 * rate)
    assert max(map(abs, played.late_ms[settled:])) < 500
    assert max(played.steps_ms[settled:]) < 1.5 * 1000 / rate
    assert min(played.steps_ms[settled:]) > 0.5 * 1000 / rate
    assert (
        not any(stamp.jumped for stamp in played.stamps[settled:]) or "hour" in name or "back" in name
    )  # each of these is told
    assert all(stamp.pts == stamp.dts for stamp in played.stamps)


@pytest.mark.parametrize(
    ("jitter_ms", "stalls"),
    [(0, ()), (5, ()), (80, ()), (5, ((0, 4),)), (5, ((10, 3), (30, 6)))],
    ids=["even", "usual", "rough", "a burst at the beginning", "a network that stalls"],
)
def test_good_time_stamps_stay_as_they_are(jitter_ms: float, stalls: tuple[tuple[float, float], ...]) -> None:
    played = play(at_25, arrivals(25, 60, jitter_ms, stalls))
    assert [stamp.dts for stamp in played.stamps] == [at_25(index) for index in range(60 * 25)]
    assert not any(played.follows)


def test_a_picture_a_second_that_says_so_stays_as_it_is() -> None:
    played = play(lambda index: index * 90_000, arrivals(1, 60))
    assert set(played.steps_ms) == {1000.0}


def test_the_drift_of_crystals_is_left_alone() -> None:
    played = play(
        lambda index: index * STEP, [100 * NS + int(index * 40 * MS * 1.0001) for index in range(90_000)]
    )
    assert set(played.steps_ms) == {40.0}


@pytest.mark.parametrize("error", [0.004, -0.004, 0.02, -0.02])
def test_a_clock_that_is_a_little_wrong_is_corrected_in_small_steps(error: float) -> None:
    played = play(at_25, arrivals(25 * (1 + error), 300))
    assert max(abs(step - 40) for step in played.steps_ms) <= MAX_STEP_NS / MS + 0.02
    assert abs(played.late_ms[-1]) < 1000
    assert not any(played.follows)


def test_a_clock_that_keeps_time_again_is_believed_again() -> None:
    times = arrivals(12.5, 20) + [at + 21 * NS for at in arrivals(25, 40)]
    played = play(at_25, times)
    assert played.follows[200]
    assert not played.follows[-1]
    assert set(played.steps_ms[-100:]) == {40.0}
    assert min(played.steps_ms) > 0


def test_what_waited_here_says_nothing_about_the_clock() -> None:
    """A program that is too slow reads 21 pictures a second of a camera that sends 25."""
    discipline = Discipline(TICK, NS // 25)
    for index, arrived in enumerate(arrivals(21, 60)):
        stamp = Stamp(at_25(index), at_25(index), STEP, jumped=False)
        assert discipline.steady(stamp, arrived, fresh=index < 10) == stamp


@pytest.mark.parametrize("rate", [12.5, 25, 40])
def test_pictures_that_are_decoded_early_keep_their_order(rate: float) -> None:
    """Decoded I P B B, shown I B B P."""
    leads = (1, 3, 0, 0)
    played = play(lambda index: index * STEP, arrivals(rate, 60), lambda index: leads[index % 4] * STEP)
    tail = played.stamps[200:600]
    shown = [tail[at + move].pts for at in range(0, 400, 4) for move in (0, 2, 3, 1)]
    assert shown == sorted(shown)
    assert all(stamp.pts >= stamp.dts for stamp in tail)


def test_sound_and_picture_stay_in_step_though_only_the_picture_clock_is_wrong() -> None:
    shared = Shift()
    video, sound = Stamps(TICK, STEP, shared), Stamps(Fraction(1, 8000), 160, shared)
    lanes = Discipline(TICK, NS // 25), Discipline(Fraction(1, 8000), NS // 50)
    packets = [(at, 0, index) for index, at in enumerate(arrivals(21, 60))]
    packets += [(at, 1, index) for index, at in enumerate(arrivals(50, 60))]
    apart = []
    newest = [0.0, 0.0]
    for at, lane, index in sorted(packets):
        stamps, ticks = (video, at_25(index)) if lane == 0 else (sound, index * 160)
        repaired = stamps.repair(ticks, ticks, 0, at)
        assert repaired is not None
        newest[lane] = float(lanes[lane].steady(repaired, at).dts * stamps.time_base)
        apart.append(abs(newest[0] - newest[1]))
    assert max(apart) < 1
    assert max(apart[len(apart) // 3 :]) < 0.2
    assert not lanes[1].follows
