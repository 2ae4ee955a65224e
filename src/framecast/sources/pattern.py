"""`pattern:` is a simulated camera: a test picture with a clock and a number, and a tone.

Runs in its source process. Live from the beginning, on an absolute schedule; a picture is drawn, straight into its slot,
only while there are readers. Options: `size` (1280x720), `fps` (30; 30000/1001 and 29.97 too), `id` (0 to 65535; from the
stream's name), `tone` (440 Hz), `audio` (1).
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from framecast.bus import Publisher, TrackWriter
from framecast.clock import Clock, monotonic_ns, utc_of
from framecast.errors import NotEnoughMemory
from framecast.media.testpicture import MIN_SIZE, Pattern
from framecast.media.testtone import SAMPLE_RATE, sine
from framecast.model import Flag, Kind, Meta, Source, State, StreamSpec, TrackInfo, number
from framecast.sources import options
from framecast.sources.schedule import Schedule, wait_until

BLOCK = SAMPLE_RATE // 50  # 20 ms, as Opus and RTP have it
_MAX_SIDE = 7680


@dataclass(frozen=True, slots=True)
class PatternOptions:
    """The options of `pattern:?`."""

    size: tuple[int, int] = (1280, 720)
    fps: Fraction = Fraction(30)
    id: int | None = None
    tone: int = 440
    audio: bool = True

    @classmethod
    def parse(cls, source: Source) -> PatternOptions:
        """Return the options of a `pattern:` address.

        Raises:
            Invalid: the message names the option.
        """
        return cls(**options.parse(source, _PARSERS))


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Publish the pattern until `stop`.

    Raises:
        Invalid: an option is unknown or wrong.
        Closed: the publisher was closed.
    """
    wanted = PatternOptions.parse(spec.source)
    width, height = wanted.size
    stream_id = zlib.crc32(spec.name.encode()) & 0xFFFF if wanted.id is None else wanted.id
    pattern = Pattern(
        width, height, stream_id, f"{spec.name}  {width} x {height}  {float(wanted.fps):.4g} fps"
    )
    start_ns = monotonic_ns()
    lines: list[_Pictures | _Tone] = [_Pictures(publisher, pattern, wanted.fps, start_ns)]
    if wanted.audio and spec.audio:
        lines.append(_Tone(publisher, wanted.tone, start_ns))
    publisher.ready()
    publisher.note(source="test pattern")
    publisher.report(State.LIVE)
    while True:
        line = min(lines, key=lambda line: line.due_ns)
        if not wait_until(line.due_ns, stop):
            return
        line.produce()


class _Pictures:
    """The `frames` track."""

    def __init__(self, publisher: Publisher, pattern: Pattern, fps: Fraction, start_ns: int) -> None:
        self._pattern = pattern
        self._size_bytes = pattern.picture.layout.size_bytes
        self._schedule = Schedule(fps, start_ns)
        self._flags = Flag.KEY
        self._shown = False  # something is kept for late joiners
        picture = pattern.picture
        info = TrackInfo("frames", Kind.FRAMES, time_base=1 / fps, picture=picture, rate=fps)
        self._writer: TrackWriter = publisher.track(info)

    @property
    def due_ns(self) -> int:
        return self._schedule.due_ns

    def produce(self) -> None:
        if self._writer.wanted:
            self._draw(self._schedule.number, self._schedule.due_ns)
        elif self._shown:
            self._shown = False
            self._writer.forget()
        if not self._schedule.advance():
            self._flags = Flag.KEY | Flag.DISCONTINUITY

    def _draw(self, number: int, due_ns: int) -> None:
        captured_at, arrived_ns = utc_of(due_ns), monotonic_ns()
        try:
            slot = self._writer.reserve(self._size_bytes)
        except NotEnoughMemory:
            self._flags = Flag.KEY | Flag.DISCONTINUITY
            return
        self._pattern.draw(slot.view, number, captured_at // 1_000_000)
        self._writer.publish(
            slot, Meta(number, captured_at, arrived_ns, Clock.DEVICE, duration=1, flags=self._flags)
        )
        self._flags = Flag.KEY
        self._shown = True


class _Tone:
    """The `samples` track. A block is due when its last sample is, and was captured when its first was."""

    def __init__(self, publisher: Publisher, tone: int, start_ns: int) -> None:
        self._second = sine(tone)
        self._start = Schedule(Fraction(SAMPLE_RATE, BLOCK), start_ns)
        self._end = Schedule(Fraction(SAMPLE_RATE, BLOCK), start_ns)
        self._end.number = 1
        self._writer: TrackWriter = publisher.track(
            TrackInfo(
                "samples",
                Kind.SAMPLES,
                time_base=Fraction(1, SAMPLE_RATE),
                codec="s16",
                sample_rate=SAMPLE_RATE,
                channels=1,
            )
        )

    @property
    def due_ns(self) -> int:
        return self._end.due_ns

    def produce(self) -> None:
        number = self._end.number - 1
        self._start.number = number
        if self._writer.wanted:
            first = number * BLOCK % SAMPLE_RATE
            block = self._second[first : first + BLOCK].view(np.uint8)
            meta = Meta(
                number * BLOCK, utc_of(self._start.due_ns), monotonic_ns(), Clock.DEVICE, duration=BLOCK
            )
            self._writer.send(block.data, meta)
        self._end.advance()


def _parse_size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    try:
        return (
            number.integer(width, MIN_SIZE[0], _MAX_SIDE),
            number.integer(height, MIN_SIZE[1], _MAX_SIDE),
        )
    except ValueError:
        raise ValueError(
            f"it must be between {MIN_SIZE[0]}x{MIN_SIZE[1]} and {_MAX_SIDE}x{_MAX_SIDE}"
        ) from None


_PARSERS: dict[str, Any] = {
    "size": _parse_size,
    "fps": number.picture_rate,
    "id": options.whole(0, 0xFFFF),
    "tone": options.whole(20, 20000),
    "audio": options.flag,
}
