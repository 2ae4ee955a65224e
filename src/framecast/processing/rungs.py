"""The renditions of a video: which sizes, and how many bits a second each may take. Pure.

Sizes are named by the short side, so a portrait video has the same ones turned. Nothing is larger than its source, and no rendition takes more
bits than the source has for the same picture. The table is docs/reference/library-media.md's.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

# Short side -> bits per second of 16:9 pictures at 30 a second.
BITRATES = {
    2160: 16_000_000,
    1440: 9_000_000,
    1080: 5_000_000,
    720: 2_800_000,
    480: 1_400_000,
    360: 800_000,
    240: 400_000,
}
_LEAST_BITRATE = 150_000
_USUAL_RATE = 30
_WIDE = Fraction(16, 9)
# How many bits H.264 needs for what these codecs say in one.
_DENSER = {"hevc": 1.6, "vp9": 1.5, "av1": 1.9}
_SPARE = 1.15
_MOST_SHORT_SIDE_OF_MAIN = 1080
# A smaller rendition than this fraction of the next larger one is worth its storage.
_WORTH = 0.85


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a video: its size as it is shown, pictures and bits per second (0: unknown), codec."""

    width: int
    height: int
    rate: float
    bitrate: int = 0
    codec: str = "h264"


@dataclass(frozen=True, slots=True)
class Size:
    """One rendition."""

    width: int
    height: int
    max_bitrate: int

    @property
    def short_side(self) -> int:
        """What it is named by."""
        return min(self.width, self.height)


def ladder(source: Source) -> list[Size]:
    """Return the renditions, the largest first: at least one."""
    short = min(source.width, source.height)
    sides = [side for side in BITRATES if side <= short]
    # A source between two sizes keeps its own as the largest, unless that is nearly the next one.
    if not sides or sides[0] < short * _WORTH:
        sides.insert(0, short)
    return [_size(source, side) for side in sides]


def main(source: Source) -> Size:
    """Return the one rendition of a file whose pictures cannot be copied: at most 1080p, so that it is playable soon."""
    return _size(source, min(_MOST_SHORT_SIDE_OF_MAIN, min(source.width, source.height)))


def _size(source: Source, side: int) -> Size:
    short, long = sorted((source.width, source.height))
    length = _even(long * side / short)
    side = _even(side)
    width, height = (length, side) if source.width >= source.height else (side, length)
    return Size(width, height, _bitrate(source, width, height))


def _bitrate(source: Source, width: int, height: int) -> int:
    side = min(width, height)
    pixels = width * height
    below = max((known for known in BITRATES if known <= side), default=min(BITRATES))
    faster: float = min(2.0, max(0.5, source.rate / _USUAL_RATE)) ** 0.75
    whole = faster * BITRATES[below] * pixels / float(below * below * _WIDE)
    if source.bitrate:
        share: float = (pixels / max(1, source.width * source.height)) ** 0.75
        whole = min(whole, source.bitrate * _DENSER.get(source.codec, 1.0) * _SPARE * share)
    return max(_LEAST_BITRATE, round(whole))


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)
