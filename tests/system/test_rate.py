"""29.97 pictures a second over ten minutes: a real file with sound, passed again and again, on a clock that is simulated."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import pytest

from framecast.clock import NS, Capture
from framecast.model import EncodedPacket
from framecast.sources import playback
from framecast.sources.pacing import Paced
from tests.sources.running import Running
from tests.support.media_files import Clip

SECONDS = 600
STEP = Fraction(1001, 30000)
_VIDEO, _AUDIO = 0, 1


class Recorded(Paced):
    """Paces by a clock that jumps to whatever is waited for, and keeps when everything was due and captured."""

    def __init__(self, stop: threading.Event) -> None:
        self.time_ns = 1000 * NS
        self.captured: dict[int, list[int]] = {_VIDEO: [], _AUDIO: []}
        super().__init__(stop, lambda: self.time_ns, lambda: self.time_ns + 7 * NS, self._jump)
        self.over = threading.Event()

    def _jump(self, due_ns: int, _stop: threading.Event) -> bool:
        self.time_ns = due_ns
        return True

    def meet(self, packet: EncodedPacket, pts_ns: int, dts_ns: int, track: int) -> Capture | None:
        capture = super().meet(packet, pts_ns, dts_ns, track)
        assert capture is not None
        self.captured[track].append(capture.at_ns)
        if self.time_ns > (1000 + SECONDS) * NS:
            self.over.set()
            return None
        return capture


@pytest.mark.parametrize("seconds", [1.0, 4.0])
def test_a_looped_file_of_29_97_does_not_drift_in_ten_minutes(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Recorded] = []
    ready = threading.Event()

    def make(stop: threading.Event) -> Recorded:
        made.append(Recorded(stop))
        ready.set()
        return made[0]

    monkeypatch.setattr(playback, "Paced", make)
    path: Path = Clip(size=(320, 240), fps=1 / STEP, seconds=seconds, audio="aac").path()
    with Running(path):
        assert ready.wait(30)
        assert made[0].over.wait(90)
    video, audio = made[0].captured[_VIDEO], made[0].captured[_AUDIO]
    assert abs(len(video) - SECONDS / STEP) < 2
    exact = [video[0] + int(number * STEP * NS) for number in range(len(video))]
    # A nanosecond or two are those that time stamps in nanoseconds cannot hold; none adds up.
    assert max(abs(a - b) for a, b in zip(video, exact, strict=True)) < NS // 90_000
    assert abs(audio[-1] - video[-1]) < NS // 10
