"""How a live MP4 is cut for HLS."""

from __future__ import annotations

import pytest

from framecast.clock import NS
from framecast.errors import NotFound
from framecast.servers.web.live.segments import (
    KEPT_SEGMENTS,
    MAX_KEPT_BYTES,
    MAX_SEGMENT_BYTES,
    MAX_SEGMENT_S,
    Segments,
)


class Step:
    """What the segments need of fragments: one picture of 25 a second, or sound."""

    def __init__(self, at_s: float, opens: bool = False, size: int = 100, is_video: bool = True) -> None:
        self.start_ns = round(at_s * NS)
        self.dts_end_ns = self.start_ns + NS // 25
        self.captured_ms = round(at_s * 1000)
        self.opens = opens
        self.is_video = is_video
        self.size = size
        self.items = [self]

    def buffers(self, zero_ns: int) -> tuple[list[bytes], int]:
        assert zero_ns <= self.start_ns
        return [bytes(self.size)], self.size


def cut(
    seconds: float, gop_s: float, size: int = 100, segments: Segments | None = None, begin: int = 0
) -> Segments:
    """Segments of a live MP4 with groups of pictures of that length."""
    found = segments or Segments()
    if segments is None:
        found.begin(b"init")
    for at in range(begin, begin + round(seconds * 25)):
        found.add(Step(at / 25, at % round(gop_s * 25) == 0, size))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(("gop_s", "seconds"), [(0.2, 1.0), (0.4, 1.2), (1.0, 1.0), (2.0, 2.0), (4.0, 4.0)])
def test_segment_is_a_group_of_pictures_or_as_many_as_make_a_second(gop_s: float, seconds: float) -> None:
    found = cut(seconds * 4, gop_s)
    assert [round(one.seconds, 3) for one in found.whole] == [seconds] * 3
    assert all(one.parts[0].opens for one in found.all)
    assert found.are_independent
    assert all(part.seconds <= found.part_s for one in found.whole for part in one.parts)
    assert max(one.seconds for one in found.whole) <= found.target_s


def test_nothing_begins_before_a_key_frame() -> None:
    found = Segments()
    found.begin(b"init")
    assert not found.add(Step(0.0))  # type: ignore[arg-type]
    assert found.all == []


def test_camera_without_key_frames_is_cut_all_the_same_and_that_is_said() -> None:
    found = cut(MAX_SEGMENT_S * 2.5, 1000)
    assert [round(one.seconds) for one in found.whole] == [round(MAX_SEGMENT_S)] * 2
    assert not found.are_independent


def test_segments_are_bounded_in_number_and_bytes() -> None:
    assert len(cut(60, 1.0).whole) == KEPT_SEGMENTS
    large = cut(60, 4.0, size=60_000)
    assert sum(one.size for one in large.all) <= MAX_KEPT_BYTES + MAX_SEGMENT_BYTES
    assert len(large.all) < KEPT_SEGMENTS


def test_new_coding_is_a_gap_with_an_init_segment_of_its_own() -> None:
    found = cut(2.5, 1.0)
    found.begin(b"other")
    cut(2, 1.0, segments=found, begin=75)
    assert [one.version for one in found.all] == [1, 1, 1, 2, 2]
    assert [one.has_gap for one in found.all] == [False, False, False, True, False]
    assert found.inits == {1: b"init", 2: b"other"}
    cut(20, 1.0, segments=found, begin=125)
    assert found.inits == {2: b"other"}
    assert found.gaps == 1


def test_what_is_there_and_what_will_be() -> None:
    found = cut(2.7, 1.0)
    assert found.has(1, None)
    assert found.has(2, 0)
    assert not found.has(2, 1)
    assert not found.has(2, None)
    assert not found.has(3, 0)
    with pytest.raises(NotFound, match="too far ahead"):
        found.has(5, 0)
    with pytest.raises(NotFound):
        found.find(9)


def test_sound_alone_begins_no_part() -> None:
    found = cut(0.6, 10)
    assert not found.add(Step(1.4, is_video=False))  # type: ignore[arg-type]
    assert found.add(Step(1.44))  # type: ignore[arg-type]
