"""Decoded sound in the program's hand: blocks of PCM with their times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framecast.bus import Record
from framecast.client.timed import Timed


class Samples(Timed):
    """A block of sound. `array` is int16, (number of samples, channels), the program's own; times are of its first."""

    __slots__ = ("array",)

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        raw = np.frombuffer(record.payload, np.int16)
        self.array: NDArray[np.int16] = raw.reshape(-1, max(1, record.info.channels))

    @property
    def rate(self) -> int:
        """Samples a second, of each channel."""
        return self.info.sample_rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.array.shape[1])

    def __len__(self) -> int:
        return len(self.array)

    def __repr__(self) -> str:
        return f"<Samples {self.seq} {len(self.array)} x {self.channels} at {self.rate} Hz>"
