"""Times this machine with Framecast's own parts: how fast a picture reaches another process, what coding costs.

Takes some seconds of one processor. Other work on the machine shows in the figures; `make bench` in the repository
compares with other programs in the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import median, quantiles
from time import process_time

import numpy as np

import framecast
from framecast.clock import monotonic_ns
from framecast.media import jpeg, opencv, pixels
from framecast.media.coding import Coding
from framecast.media.decoder import Decoder
from framecast.media.encoder import Encoded, VideoEncoder
from framecast.media.testpicture import Pattern
from framecast.model import Picture

WIDTH, HEIGHT, FPS = 1920, 1080, 30
_WARM_UP = 5
_TIME_BASE = Fraction(1, FPS)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `unit` is us (microseconds) or ms CPU (milliseconds of processor time)."""

    what: str
    value: float
    unit: str


def measure(pictures: int = 60) -> Iterator[Figure]:
    """Yield figures as they are measured, each over so many pictures of 1920 x 1080.

    Raises:
        FramecastError: a part does not work here.
    """
    opencv.use_one_thread()
    yield from _hand_over(pictures)
    yield from _coding(pictures)


def _hand_over(pictures: int) -> Iterator[Figure]:
    """From publication in the source's process to the array in this one."""
    delays_us = []
    source = f"pattern:?size={WIDTH}x{HEIGHT}&fps={FPS}&audio=0"
    with framecast.open(source, timeout_s=30.0) as camera:
        for frame in camera:
            _ = frame.planes
            delays_us.append((monotonic_ns() - frame.published_ns) / 1000)
            if len(delays_us) == pictures + _WARM_UP:
                break
    delays_us = delays_us[_WARM_UP:]
    yield Figure("picture to another process, half of them", median(delays_us), "us")
    yield Figure("picture to another process, 99 of 100", quantiles(delays_us, n=100)[-1], "us")


def _coding(pictures: int) -> Iterator[Figure]:
    picture = Picture("i420", WIDTH, HEIGHT)
    pattern, drawn = Pattern(WIDTH, HEIGHT), np.empty(picture.layout.size_bytes, np.uint8)
    encoder = VideoEncoder(picture, _TIME_BASE, Fraction(FPS))
    packets: list[Encoded] = []

    def encode(number: int) -> None:
        pattern.draw(drawn, number, number * 1000 // FPS)
        packets.extend(encoder.encode(drawn, number))

    encoding = _cpu_ms(encode, pictures)
    yield Figure("H.264 decoded into shared memory's form", _decoding_ms(encoder, packets, drawn), "ms CPU")
    yield Figure("to BGR", _cpu_ms(lambda _: pixels.convert(picture, drawn, "bgr"), pictures), "ms CPU")
    yield Figure(
        "to JPEG of quality 80", _cpu_ms(lambda _: jpeg.encode(picture, drawn, 80), pictures), "ms CPU"
    )
    yield Figure("test pattern drawn and coded as H.264", encoding, "ms CPU")


def _decoding_ms(encoder: VideoEncoder, packets: list[Encoded], out: pixels.Pixels) -> float:
    decoder = Decoder(Coding("h264", "h264", encoder.extradata, encoder.width, encoder.height))

    def decode(number: int) -> None:
        packet = packets[number]
        for decoded in decoder.decode(packet.payload, packet.pts, packet.dts):
            decoded.copy_into(out)

    return _cpu_ms(decode, len(packets))


def _cpu_ms(work: Callable[[int], object], count: int) -> float:
    """Milliseconds of processor time for each call."""
    begin = process_time()
    for number in range(count):
        work(number)
    return (process_time() - begin) / count * 1000
