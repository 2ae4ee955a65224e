"""A program that publishes flashes with beeps: picture and sound of the same moment, told by their capture times."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

import framecast

FPS = 25
RATE = 48000
EVERY = 2 * FPS  # frames from one flash to the next
LONG = FPS // 5
SIZE = (240, 320)


class Flashes:
    """Publishes `name` at the node whose runtime folder is `runtime_dir`, until left."""

    def __init__(self, name: str, runtime_dir: Path) -> None:
        self._name = name
        self._node = runtime_dir
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(1, "flashes")

    def __enter__(self) -> Self:
        self._done = self._pool.submit(self._publish)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._pool.shutdown()
        self._done.result()

    def _publish(self) -> None:
        bright, dark = (np.full((*SIZE, 3), level, np.uint8) for level in (235, 16))
        samples = RATE // FPS
        beep = (12000 * np.sin(2 * np.pi * 1000 * np.arange(samples) / RATE)).astype(np.int16)
        quiet = np.zeros(samples, np.int16)
        with framecast.publish(self._name, tracks=["frames", "samples"], node=self._node) as out:
            begin, begin_utc = time.monotonic(), time.time_ns()
            number = 0
            # The sound of a frame's time is known at its end, as with a microphone; its capture time is that of its beginning.
            while not self._over.wait(max(0.0, begin + number / FPS - time.monotonic())):
                at = begin_utc + number * 1_000_000_000 // FPS
                is_flash = number % EVERY < LONG
                out.send(bright if is_flash else dark, captured_at=at)
                before = number - 1
                if before >= 0:
                    out.send_samples(
                        beep if before % EVERY < LONG else quiet, RATE, captured_at=at - 1_000_000_000 // FPS
                    )
                number += 1
