"""What a player sees and hears of a result: read by FFmpeg's HLS client, by pictures that carry their number and a sound that clicks each second."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.support import needs
from tests.support.media_files import Clip, frame_number, made

CLICK = "aevalsrc=exprs='if(lt(mod(t,1),0.03),0.8*sin(2*PI*1500*t),0)':s=48000"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was decoded: each picture's time and number, its size, when clicks began, how long the sound is."""

    times: tuple[float, ...]
    numbers: tuple[int, ...]
    size: tuple[int, int]
    clicks: tuple[float, ...]
    sound_s: float
    channels: int


def seen(path: Path, turn: int = 0) -> Seen:
    """Decode a file or playlist. Pictures are turned by `turn` quarters clockwise before their number is read."""
    times, numbers, size = [], [], (0, 0)
    blocks: list[np.ndarray] = []
    begin_s, rate, channels = 0.0, 48000, 0
    with av.open(str(path)) as container:
        for frame in container.decode(*_streams(container)):
            assert isinstance(frame, av.VideoFrame | av.AudioFrame)
            assert frame.pts is not None
            assert frame.time_base is not None
            at = float(frame.pts * frame.time_base)
            if isinstance(frame, av.VideoFrame):
                gray = np.rot90(frame.to_ndarray(format="gray"), -turn)
                times.append(at)
                numbers.append(frame_number(gray))
                size = (gray.shape[1], gray.shape[0])
            else:
                rate, channels = frame.sample_rate, frame.layout.nb_channels
                begin_s = begin_s if blocks else at
                blocks.append(frame.to_ndarray().astype(np.float64)[0])
    sound = np.concatenate(blocks) if blocks else np.zeros(0)
    return Seen(
        tuple(times), tuple(numbers), size, tuple(_clicks(sound, rate, begin_s)), len(sound) / rate, channels
    )


def _streams(container: av.container.InputContainer) -> list[av.stream.Stream]:
    return [*container.streams.video[:1], *container.streams.audio[:1]]


def _clicks(sound: np.ndarray, rate: int, begin_s: float) -> list[float]:
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    firsts = [
        loud[index] for index in range(len(loud)) if not index or loud[index] - loud[index - 1] > rate // 4
    ]
    return [begin_s + first / rate for first in firsts]


def clicking(
    name: str, clip: Clip, *output: str, audio: str = "aac -b:a 96k", before: Sequence[str] = ()
) -> Path:
    """Return a file with the pictures of `clip` (H.264) and a click at each whole second, copied or coded by `output`."""
    pictures = replace(clip, audio="none").path()
    sound = ["-f", "lavfi", "-t", f"{clip.seconds:g}", "-i", CLICK, "-map", "0:v", "-map", "1:a"]
    coders = ["-c:v", "copy", "-c:a", *audio.split()]
    return made(name, *before, "-i", str(pictures), *sound, *coders, *output)


def probe(path: Path, *show: str) -> str:
    """Return what ffprobe prints about a file."""
    command = [
        str(Path(needs.ffmpeg()).with_name("ffprobe")),
        "-v",
        "error",
        *show,
        "-of",
        "compact",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def assert_in_time(found: Seen, rate: Fraction, first: int = 0, tolerance_s: float = 0.002) -> None:
    """Check that each picture is shown at the time of its number, and none is missing between."""
    assert found.numbers == tuple(range(found.numbers[0], found.numbers[0] + len(found.numbers)))
    late = [
        at - float((number - first) / rate) for at, number in zip(found.times, found.numbers, strict=True)
    ]
    assert max(map(abs, late)) < tolerance_s, max(late, key=abs)
