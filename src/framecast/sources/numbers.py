"""`numbers:` is a simulated sensor: arrays of uniform random numbers on a data track.

Runs in its source process. Options: `lower` (0), `upper` (10000), `count` (6 numbers a record), `period` (1 s between
records), `seed` (repeats the same numbers).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from framecast.bus import Publisher
from framecast.clock import Clock, monotonic_ns, utc_of
from framecast.errors import Invalid
from framecast.model import Kind, Meta, Source, State, StreamSpec, TrackInfo, number
from framecast.model.data import pack
from framecast.sources import options
from framecast.sources.schedule import Schedule, wait_until


@dataclass(frozen=True, slots=True)
class NumbersOptions:
    """The options of `numbers:?`."""

    lower: float = 0.0
    upper: float = 10000.0
    count: int = 6
    period: Fraction = Fraction(1)
    seed: int | None = None

    @classmethod
    def parse(cls, source: Source) -> NumbersOptions:
        """Return the options of a `numbers:` address.

        Raises:
            Invalid: the message names the option.
        """
        found = cls(**options.parse(source, _PARSERS))
        if found.lower > found.upper:
            raise Invalid(
                f"numbers: lower must be at most upper, got lower={found.lower:g} and upper={found.upper:g}"
            )
        return found


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Publish numbers until `stop`.

    Raises:
        Invalid: an option is unknown or wrong.
        Closed: the publisher was closed.
    """
    wanted = NumbersOptions.parse(spec.source)
    rate = 1 / wanted.period
    writer = publisher.track(
        TrackInfo(
            "data",
            Kind.DATA,
            time_base=wanted.period,
            rate=rate,
            details={"content": "uniform random numbers"},
        )
    )
    publisher.ready()
    publisher.note(source="generator of numbers")
    publisher.report(State.LIVE)
    random = np.random.default_rng(wanted.seed)
    schedule = Schedule(rate, monotonic_ns())
    while wait_until(schedule.due_ns, stop):
        values = random.uniform(wanted.lower, wanted.upper, wanted.count)
        packed = pack(values)
        slot = writer.reserve(packed.size_bytes)
        packed.write(slot.view)
        due_ns = schedule.due_ns
        writer.publish(slot, Meta(schedule.number, utc_of(due_ns), monotonic_ns(), Clock.DEVICE, duration=1))
        schedule.advance()


def _parse_period(text: str) -> Fraction:
    try:
        return number.fraction(text, Fraction(1, 1000), 86400).limit_denominator(1_000_000)
    except ValueError:
        raise ValueError("it must be between 0.001 and 86400 seconds, such as 0.5 or 1/30") from None


_PARSERS: dict[str, Any] = {
    "lower": options.decimal(-1e300, 1e300),
    "upper": options.decimal(-1e300, 1e300),
    "count": options.whole(1, 1_000_000),
    "period": _parse_period,
    "seed": options.whole(0, 2**63 - 1),
}
