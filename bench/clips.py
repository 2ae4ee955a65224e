"""The media that the rows use: 1080p25 at 4 Mbit/s with sound, as cameras send it; every picture carries its number."""

from __future__ import annotations

from fractions import Fraction

from tests.support.media_files import Clip

FULL_HD = Clip(size=(1920, 1080), fps=Fraction(25), seconds=20, gop_s=2, bitrate_kbps=4000)
CAMERA = Clip(audio="aac", size=(1920, 1080), fps=Fraction(25), seconds=20, gop_s=2, bitrate_kbps=4000)
