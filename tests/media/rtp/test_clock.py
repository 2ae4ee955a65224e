"""RTP's times."""

from __future__ import annotations

import struct

from framecast.clock import NS
from framecast.media.rtp.clock import Report, TrackClock, has_goodbye, report_of
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


def test_a_report_may_stand_behind_another_part_and_may_tell_nothing() -> None:
    receiver = struct.pack(">BBHI", 0x80, 201, 1, 9)
    assert report_of(receiver + report(7, WALL_S, 3)) == Report(7, WALL_S * NS, 3)
    assert report_of(report(7, -2_208_988_800, 3)) is None
    assert report_of(b"\x80\xc8\x00\x06short") is None
    assert report_of(b"") is None


def test_goodbye() -> None:
    goodbye = struct.pack(">BBHI", 0x81, 203, 1, 9)
    assert has_goodbye(report(7, WALL_S, 3) + goodbye)
    assert not has_goodbye(report(7, WALL_S, 3))


def test_sound_follows_the_picture_in_small_steps() -> None:
    picture, sound = TrackClock(90_000), TrackClock(8000)
    picture.ticks(0, 0)
    sound.ticks(0, 0)
    sound.follow(picture)
    assert sound.shift == 0
    picture.heard(Report(1, WALL_S * NS, 0))
    sound.heard(Report(2, WALL_S * NS + NS // 10, 0))  # its zero is 100 ms later
    shifts = []
    for _ in range(12):
        sound.follow(picture)
        shifts.append(sound.shift)
    assert shifts == [80, 160, 240, 320, 400, 480, 560, 640, 720, 800, 800, 800]
