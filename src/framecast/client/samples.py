"""Decoded sound in the program's hand: blocks of PCM with their times. Safe in any thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framecast.bus import Record
from framecast.client.timed import Timed
from framecast.errors import Invalid


class Samples(Timed):
    """A block of sound. `array` is int16, (number of samples, channels), the program's own; times are of its first."""

    __slots__ = ("array",)

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        raw = np.frombuffer(record.payload, np.int16)
        self.array: NDArray[np.int16] = raw.reshape(-1, max(1, record.info.channels))

    def __reduce__(self) -> tuple[type[Samples], tuple[Record]]:
        """For `copy.deepcopy` and `pickle`."""
        return type(self), (self._record,)

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


def as_sound(block: NDArray[np.generic]) -> NDArray[np.int16]:
    """Return what a program gives as sound in the shape (number of samples, channels).

    Raises:
        Invalid: dtype or shape is not allowed.
    """
    array = np.asarray(block)
    if array.dtype != np.int16:
        raise Invalid(
            f"sound of {array.dtype} was given, expected int16: scale it to -32768..32767 and use .astype"
        )
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or not 1 <= array.shape[1] <= 64:
        raise Invalid(f"sound of shape {array.shape} was given, expected (number of samples, channels)")
    return array
