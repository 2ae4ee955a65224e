"""Wrong, jittering and jumping clocks of cameras, without one second of waiting."""

import itertools
from collections.abc import Iterator

import pytest

from framecast.clock import MAX_STEP_NS, NS, Clock, Timeline, monotonic_ns, monotonic_of, utc_ns, utc_of

MS = NS // 1000
FRAME_NS = 40 * MS
START = 1_700_000_000 * NS


class Wall:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


def play(
    wall: Wall, timeline: Timeline, seconds: float, error_ns: int | None = 0, delay_ns: int = 20 * MS
) -> Iterator[int]:
    """Yield `captured_at` of a camera whose clock is wrong by `error_ns`; None sends no reports."""
    begin = wall.now
    for index in range(int(seconds * NS / FRAME_NS)):
        taken = begin + index * FRAME_NS
        wall.now = taken + delay_ns
        camera = None if error_ns is None else taken + error_ns
        yield timeline.capture(index * FRAME_NS, camera).at_ns
    wall.now += FRAME_NS - delay_ns


def worst_spacing(times: list[int]) -> int:
    return max(abs(b - a - FRAME_NS) for a, b in itertools.pairwise(times))


def test_a_believable_camera_clock_is_taken_as_it_is(wall: Wall) -> None:
    timeline = Timeline(wall)
    first = timeline.capture(0, wall.now - 30 * MS)
    assert first.clock is Clock.RTCP
    assert first.at_ns == wall.now - 30 * MS
    assert not timeline.corrected


@pytest.mark.parametrize("error_s", [3600, -3600, 2.5, -2.5, 0.5])
def test_a_wrong_camera_clock_is_corrected_and_keeps_its_spacing(wall: Wall, error_s: float) -> None:
    timeline = Timeline(wall)
    times = list(play(wall, timeline, 20, int(error_s * NS)))
    assert timeline.corrected
    assert worst_spacing(times) <= MAX_STEP_NS
    assert abs(times[-1] - wall.now) < 2 * NS
    assert abs(timeline.error_ns - error_s * NS) < 0.1 * NS


def test_a_camera_clock_that_is_a_little_ahead_takes_no_picture_before_it_comes(wall: Wall) -> None:
    timeline = Timeline(wall)
    begin = wall.now
    times = list(play(wall, timeline, 20, error_ns=60 * MS))
    assert not timeline.corrected
    assert times == [begin + 20 * MS + index * FRAME_NS for index in range(len(times))]


def test_reports_that_begin_late_do_not_make_time_jump(wall: Wall) -> None:
    timeline = Timeline(wall)
    before = [timeline.capture(index * FRAME_NS).at_ns for index in range(1)]
    times = before
    for index in range(1, 500):
        wall.now = START + index * FRAME_NS
        times.append(timeline.capture(index * FRAME_NS, wall.now - 300 * MS).at_ns)
    assert worst_spacing(times) <= MAX_STEP_NS
    assert times[-1] == wall.now - 300 * MS


def test_a_camera_clock_that_is_believed_now_and_then_does_not_make_time_jump(wall: Wall) -> None:
    timeline = Timeline(wall)
    times, clocks = [], set()
    for index in range(500):
        wall.now = START + index * FRAME_NS
        error_ns = -600 * MS if index // 25 % 2 else 5 * NS
        captured = timeline.capture(index * FRAME_NS, wall.now + error_ns)
        times.append(captured.at_ns)
        clocks.add(captured.clock)
    assert clocks == {Clock.RTCP, Clock.ARRIVAL}
    assert worst_spacing(times) <= MAX_STEP_NS


def test_tracks_are_in_step_again_when_their_reports_are_not_believed_any_more(wall: Wall) -> None:
    timeline = Timeline(wall)
    video = sound = 0
    for index in range(500):
        wall.now = START + index * FRAME_NS
        error_ns = -300 * MS if index < 200 else 5 * NS
        video = timeline.capture(index * FRAME_NS, wall.now + error_ns, track=0).at_ns
        sound = timeline.capture(index * FRAME_NS, track=1).at_ns
    assert video == sound == wall.now


def test_bursts_at_the_beginning_settle_on_the_fastest_packet(wall: Wall) -> None:
    timeline = Timeline(wall)
    times = []
    for index in range(100):  # the first ten come at once
        wall.now = START + max(index, 10) * FRAME_NS
        times.append(timeline.capture(index * FRAME_NS).at_ns)
    assert worst_spacing(times) <= MAX_STEP_NS
    assert timeline.lag_ns == 0


def test_a_packet_that_waited_shows_as_lag(wall: Wall) -> None:
    timeline = Timeline(wall)
    list(play(wall, timeline, 4, None))
    wall.now += 700 * MS
    timeline.capture(100 * FRAME_NS)
    assert abs(timeline.lag_ns - 680 * MS) <= FRAME_NS


def test_audio_and_video_share_one_offset_by_arrival(wall: Wall) -> None:
    timeline = Timeline(wall)
    video = sound = 0
    for index in range(200):
        wall.now = START + index * FRAME_NS + (7 * MS if index % 3 else 0)
        video = timeline.capture(index * FRAME_NS, track=0).at_ns - index * FRAME_NS
        sound = timeline.capture(index * FRAME_NS + 5 * MS, track=1).at_ns - index * FRAME_NS - 5 * MS
    assert abs(video - sound) <= MAX_STEP_NS


def test_a_jump_of_the_stream_begins_a_new_line_of_time(wall: Wall) -> None:
    timeline = Timeline(wall)
    list(play(wall, timeline, 4, None))
    assert timeline.capture(10**6 * NS).at_ns == wall.now


def test_moments_of_one_clock_on_the_other_keep_their_spacing() -> None:
    now = monotonic_ns()
    earlier, later = utc_of(now - NS), utc_of(now)
    assert later - earlier >= NS - 100 * MS  # the clocks are asked twice
    assert abs(monotonic_of(utc_of(now)) - now) < NS
    assert abs(utc_of(now) - utc_ns()) < 60 * NS
