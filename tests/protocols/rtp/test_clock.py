"""RTP's times."""

from __future__ import annotations

from framecast.clock import NS
from framecast.protocols.rtp.clock import TrackClock
from framecast.protocols.rtp.rtcp import Report, report_of
from tests.support.rtp import report

WALL_S = 1_800_000_000


def test_time_stamps_go_on_over_their_wrap_and_may_step_back() -> None:
    clock = TrackClock(90_000)
    clock.begin_at(2**32 - 3600)
    stamps = [2**32 - 3600, 0, 7200, 3600, 10800]
    assert [clock.ticks(stamp, 0) for stamp in stamps] == [0, 3600, 10800, 7200, 14400]


def test_tracks_begin_where_the_server_says_or_where_they_arrive() -> None:
    told, untold, lied = (TrackClock(90_000) for _ in range(3))
    told.begin_at(1000)
    lied.begin_at(5)
    assert told.ticks(1900, NS) == 900
    assert untold.ticks(123, NS // 2) == 45_000
    assert lied.ticks(2**31, NS // 2) == 45_000


def test_another_sender_goes_on_where_the_clock_is() -> None:
    clock = TrackClock(90_000)
    assert clock.ticks(77, 0) == 0
    clock.restart()
    assert clock.ticks(5_000_000, NS) == 90_000
    assert clock.wall_ns(90_000) is None


def test_reports_tell_the_wall_clock() -> None:
    clock = TrackClock(90_000)
    clock.ticks(2**32 - 90_000, 0)
    found = report_of(report(7, WALL_S + 0.5, 0))
    assert found is not None
    assert (found.ssrc, found.timestamp) == (7, 0)
    assert clock.wall_ns(0) is None
    clock.heard(found)
    assert clock.wall_ns(0) == WALL_S * NS - NS // 2


def test_a_report_before_the_first_packet_counts() -> None:
    clock = TrackClock(90_000)
    clock.heard(Report(1, WALL_S * NS, 90_000))
    assert clock.wall_ns(clock.ticks(180_000, 0)) == (WALL_S + 1) * NS


def test_sound_follows_the_picture_in_small_steps() -> None:
    picture, sound = TrackClock(90_000), TrackClock(8000)
    picture.ticks(0, 0)
    sound.ticks(0, 0)
    sound.follow(picture)
    assert sound.shift == 0
    picture.heard(Report(1, WALL_S * NS, 0))
    sound.heard(Report(2, WALL_S * NS + NS // 10, 0))  # its zero is 100 ms later
    sound.follow(picture)
    assert sound.shift == 800
    sound.heard(Report(2, WALL_S * NS + 7 * NS // 100, 0))
    shifts = []
    for _ in range(5):
        sound.follow(picture)
        shifts.append(sound.shift)
    assert shifts == [720, 640, 560, 560, 560]
