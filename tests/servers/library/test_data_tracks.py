"""Data finds its place on the time line of a recording by the time at which it was captured."""

from __future__ import annotations

from framecast.servers.library.data_tracks import MediaTimes

MS = 1_000_000


def test_data_stands_at_its_picture_or_between_two() -> None:
    times = MediaTimes()
    for number in (0, 2, 1, 3):  # in the order of decoding
        times.picture(5000 * MS + number * 40 * MS, number * 40 * MS)
    assert times.place(5040 * MS) == 40 * MS
    assert times.place(5050 * MS) == 50 * MS
    assert times.place(4999 * MS) is None
    assert times.place(5120 * MS + 500 * MS) == 620 * MS
    assert times.place(5120 * MS + 3000 * MS) is None


def test_data_of_a_gap_does_not_pass_the_next_picture() -> None:
    times = MediaTimes()
    times.picture(5000 * MS, 0)
    times.picture(9000 * MS, 100 * MS)  # the camera was away, and its clock went on
    assert times.place(5050 * MS) == 50 * MS
    assert times.place(7000 * MS) == 100 * MS


def test_nothing_has_a_place_before_the_first_picture() -> None:
    assert MediaTimes().place(0) is None
