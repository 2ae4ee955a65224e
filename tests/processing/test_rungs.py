"""Which renditions a video gets."""

import pytest

from framecast.processing.rungs import Source, ladder, main


@pytest.mark.parametrize(
    ("width", "height", "sides"),
    [
        (3840, 2160, [2160, 1440, 1080, 720, 480, 360, 240]),
        (1920, 1080, [1080, 720, 480, 360, 240]),
        (1080, 1920, [1080, 720, 480, 360, 240]),
        (1920, 800, [720, 480, 360, 240]),
        (1280, 544, [480, 360, 240]),
        (640, 480, [480, 360, 240]),
        (160, 120, [120]),
        (1664, 936, [936, 720, 480, 360, 240]),
    ],
)
def test_nothing_is_larger_than_its_source(width: int, height: int, sides: list[int]) -> None:
    found = ladder(Source(width, height, 30))
    assert [one.short_side for one in found] == sides
    assert max(found[0].width, found[0].height) <= max(width, height)
    assert all((one.width > one.height) == (width > height) for one in found)
    assert all(one.width % 2 == one.height % 2 == 0 for one in found)


def test_bits_go_by_pictures_and_by_the_source() -> None:
    usual = ladder(Source(1920, 1080, 30))[0].max_bitrate
    assert usual == 5_000_000
    assert ladder(Source(1920, 1080, 60))[0].max_bitrate > usual
    capped = ladder(Source(1920, 1080, 30, 1_000_000))
    assert capped[0].max_bitrate == 1_150_000
    assert capped[0].max_bitrate > capped[1].max_bitrate > capped[-1].max_bitrate >= 150_000
    assert ladder(Source(1920, 1080, 30, 1_000_000, "hevc"))[0].max_bitrate == 1_840_000


def test_first_file_is_at_most_1080p() -> None:
    assert (main(Source(2160, 3840, 30)).width, main(Source(2160, 3840, 30)).height) == (1080, 1920)
    assert main(Source(640, 360, 30)).short_side == 360
