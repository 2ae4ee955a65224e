"""The sound of the test pattern: a sine tone, 48 kHz, mono. Pure; any thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 48000
_LOUDNESS = 0.1 * 32767


def sine(tone: int) -> NDArray[np.int16]:
    """Return one second; a whole number of waves, so that seconds join without a click."""
    moments = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    return np.asarray(_LOUDNESS * np.sin(2 * np.pi * tone * moments), np.int16)
