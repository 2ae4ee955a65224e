"""Time stamps as sources send them, and as they go out."""

from __future__ import annotations

import itertools
from fractions import Fraction

from framecast.clock import NS
from framecast.sources.stamps import Shift, Stamp, Stamps

TICK = Fraction(1, 90000)
STEP = 3600
FRAME_NS = NS // 25


class Track:
    """Feeds one track at 25 pictures a second."""

    def __init__(self, shared: Shift | None = None) -> None:
        self.stamps = Stamps(TICK, STEP, shared or Shift())
        self.now = 5 * NS

    def feed(self, *dts: int | None, pts: int | None = None) -> list[Stamp | None]:
        out = []
        for value in dts:
            self.now += FRAME_NS
            out.append(self.stamps.repair(value if pts is None else pts, value, 0, self.now))
        return out

    def dts(self, *values: int | None) -> list[int]:
        return [stamp.dts for stamp in self.feed(*values) if stamp is not None]


def test_good_times_stay_as_they_are() -> None:
    assert Track().dts(0, 3600, 7200, 10800) == [0, 3600, 7200, 10800]


def test_missing_times_are_counted_on() -> None:
    assert Track().dts(0, None, None, 10800) == [0, 3600, 7200, 10800]


def test_nothing_is_said_before_the_first_time() -> None:
    assert Track().feed(None, None) == [None, None]


def test_repeated_times_go_forward_by_a_tick() -> None:
    assert Track().dts(0, 3600, 3600, 3000, 7200) == [0, 3600, 3601, 3602, 7200]


def test_a_jump_back_goes_on_in_step() -> None:
    track = Track()
    stamps = track.feed(900_000, 903_600, 0, 3600)
    assert [stamp.dts for stamp in stamps if stamp] == [900_000, 903_600, 907_200, 910_800]
    assert [stamp.jumped for stamp in stamps if stamp] == [False, False, True, False]


def test_a_wrapped_counter_goes_on_in_step() -> None:
    end = 1 << 33
    assert Track().dts(end - 7200, end - 3600, 0, 3600) == [end - 7200, end - 3600, end, end + 3600]


def test_a_jump_ahead_goes_on_in_step() -> None:
    assert Track().dts(0, 3600, 10**9, 10**9 + 3600) == [0, 3600, 7200, 10800]


def test_a_pause_that_really_passed_is_believed() -> None:
    track = Track()
    track.feed(0, 3600)
    track.now += 20 * NS
    assert track.dts(3600 + 20 * 90000) == [3600 + 20 * 90000]


def test_all_tracks_jump_alike() -> None:
    shared = Shift()
    video, audio = Track(shared), Track(shared)
    video.feed(900_000, 903_600)
    audio.feed(900_900, 904_500)
    moved = video.dts(0)[0]
    assert audio.dts(900)[0] == moved + 900


def test_negative_times_are_moved_by_a_whole_second() -> None:
    shared = Shift()
    audio, video = Track(shared), Track(shared)
    assert audio.dts(-1920, 0) == [88_080, 90_000]
    assert video.dts(0, 3600) == [90_000, 93_600]


def test_a_track_that_begins_before_all_others_is_not_negative() -> None:
    shared = Shift()
    video, audio = Track(shared), Track(shared)
    video.feed(0)
    assert audio.dts(-1920, 3600) == [0, 3600]


def test_a_picture_is_never_shown_before_it_is_decoded() -> None:
    stamps = Track().feed(0, 3600, pts=-5000)
    assert all(stamp is not None and stamp.pts >= stamp.dts for stamp in stamps)


def test_a_new_pass_begins_exactly_where_it_is_told() -> None:
    stamps = Stamps(Fraction(1, 30000), 1001, Shift())
    length = Fraction(300 * 1001, 30000)
    for turn in range(60):  # ten minutes of a clip of ten seconds
        if turn:
            stamps.begin(turn * length)
        for index in range(300):
            stamp = stamps.repair(index * 1001, index * 1001, 1001, 0)
            assert stamp == Stamp((turn * 300 + index) * 1001, (turn * 300 + index) * 1001, 1001, False)


def test_a_source_without_times_is_numbered() -> None:
    track = Track()
    assert [track.stamps.number(track.now).dts for _ in range(3)] == [0, 3600, 7200]


def test_tracks_that_are_read_in_lumps_join_one_new_line_of_time() -> None:
    """Segments of a playlist: sound comes eight packets at a time, and the moment of reading says nothing."""
    shared = Shift(is_paced=True)
    video, sound = Stamps(TICK, STEP, shared), Stamps(TICK, STEP, shared)
    now, offsets = NS, []
    shown: list[int] = []
    for begin in (0, 5000 * 90000, 0, 90000, 3 * 90000):
        for lump in range(3):
            times = [begin + (8 * lump + index) * STEP for index in range(8)]
            given: list[list[int]] = []
            for stamps in (video, sound):
                now += 8 * FRAME_NS
                given.append([out.dts for raw in times if (out := stamps.repair(raw, raw, STEP, now))])
            offsets += [heard - seen for seen, heard in zip(*given, strict=True)]
            shown += given[0]
    assert set(offsets) == {0}
    steps = {
        after - before for before, after in itertools.pairwise(shown[:72])
    }  # the rest goes on, with holes
    assert steps == {STEP}, "no hole between lines"


def test_a_track_that_is_read_ahead_makes_no_other_one_wait() -> None:
    shared = Shift(is_paced=True)
    video, sound = Stamps(TICK, STEP, shared), Stamps(TICK, STEP, shared)
    for index in range(10):
        video.repair(index * STEP, index * STEP, STEP, NS)
    sound.repair(0, 0, STEP, NS)
    begun = sound.repair(900_000_000, 900_000_000, STEP, NS)
    joined = video.repair(900_000_000 - STEP // 2, 900_000_000 - STEP // 2, STEP, NS)
    assert begun is not None
    assert joined is not None
    assert begun.dts == 10 * STEP, "behind all that has been shown"
    assert joined.dts == 10 * STEP - STEP // 2
