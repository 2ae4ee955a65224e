"""A test clip: a media file with the test pattern and its tone, for people who have no video at hand.

The clock in the picture begins at 00:00:00.000, so it shows the place in the file. The file appears under its name when it is complete;
an interrupted or failed run leaves nothing behind. Any one thread; blocks for the work.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from framecast.errors import Conflict, Invalid
from framecast.media.pixels import wrap
from framecast.media.recording import container_of
from framecast.media.testpicture import MIN_SIZE, Pattern
from framecast.media.testtone import SAMPLE_RATE, sine

CODECS = ("h264", "h265", "mjpeg", "vp9", "av1")
_TONE = 440
_KEY_FRAME_S = 1  # as cameras have it: readers that join begin soon, and seeking is exact to a second
# FFmpeg's encoder, its options, and the tag by which Apple's players know the codec.
_ENCODERS: dict[str, tuple[str, dict[str, str], str]] = {
    "h264": ("libx264", {"preset": "veryfast", "bf": "0", "x264-params": "scenecut=0"}, ""),
    "h265": (
        "libx265",
        {"preset": "ultrafast", "x265-params": "log-level=none:bframes=0:scenecut=0"},
        "hvc1",
    ),
    "mjpeg": ("mjpeg", {"q": "3", "huffman": "default", "strict": "unofficial"}, ""),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "row-mt": "1"}, ""),
    "av1": ("libsvtav1", {"preset": "12", "svtav1-params": "pred-struct=1"}, ""),
}
_CONTAINER_OPTIONS = {"mp4": {"movflags": "+faststart"}, "mov": {"movflags": "+faststart"}}


@dataclass(frozen=True, slots=True)
class TestClip:
    """What a test clip contains."""

    seconds: float = 10.0
    size: tuple[int, int] = (1280, 720)
    fps: Fraction = Fraction(30)
    audio: bool = True
    codec: str = "h264"

    __test__ = False  # for pytest: this is no test

    def __post_init__(self) -> None:
        if self.codec not in _ENCODERS:
            raise Invalid(f"codec must be one of {', '.join(CODECS)}, got {self.codec!r:.40}")
        width, height = self.size
        if width < MIN_SIZE[0] or height < MIN_SIZE[1] or width % 2 or height % 2:
            raise Invalid(
                f"size of a test clip must have even sides and be at least {MIN_SIZE[0]}x{MIN_SIZE[1]}, got {width}x{height}"
            )

    @property
    def pictures(self) -> int:
        """Return how many pictures the clip has: at least one."""
        return max(1, round(self.seconds * self.fps))


def write(path: Path, clip: TestClip, *, replace: bool = False, on_progress: Callable[[float], None]) -> None:
    """Write a test clip to `path`; `on_progress` gets the seconds of video that are done, after each picture.

    Raises:
        Conflict: the file exists already, and `replace` is false.
        Invalid: the ending of the file's name is not known, or such a file cannot contain the codec.
        OSError: the file cannot be written.
    """
    container, _ = container_of(path)
    if not replace and path.exists():
        raise _exists(path)
    with _appearing(path, replace) as partial:
        try:
            with av.open(
                str(partial), "w", format=container, options=dict(_CONTAINER_OPTIONS.get(container, {}))
            ) as output:
                _encode(output, clip, on_progress)
        except OSError as error:
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error
        except (av.error.FFmpegError, ValueError) as error:
            raise Invalid(f"{path.suffix} cannot contain {clip.codec}: use .mkv, or another codec") from error


def _encode(output: Any, clip: TestClip, on_progress: Callable[[float], None]) -> None:  # noqa: ANN401  PyAV's container
    name, options, tag = _ENCODERS[clip.codec]
    os.environ.setdefault(
        "SVT_LOG", "1"
    )  # the encoder of AV1 prints its settings to stderr otherwise; 1 is errors only
    video = output.add_stream(name, rate=clip.fps, options=dict(options))
    video.width, video.height = clip.size
    video.pix_fmt = "yuvj420p" if clip.codec == "mjpeg" else "yuv420p"
    video.codec_context.gop_size = max(1, round(_KEY_FRAME_S * clip.fps))
    if tag:
        video.codec_context.codec_tag = tag
    audio = output.add_stream("aac", rate=SAMPLE_RATE, layout="mono") if clip.audio else None
    width, height = clip.size
    pattern = Pattern(width, height, 0, f"{width} x {height}  {float(clip.fps):.4g} fps")
    tone, sounded = sine(_TONE), 0
    for number in range(clip.pictures):
        output.mux(video.encode(_picture(pattern, number, clip.fps)))
        if audio is not None:
            until = round((number + 1) / clip.fps * SAMPLE_RATE)
            output.mux(audio.encode(_sound(tone, sounded, until)))
            sounded = until
        on_progress(float((number + 1) / clip.fps))
    for stream in filter(None, (video, audio)):
        output.mux(stream.encode(None))


def _picture(pattern: Pattern, number: int, fps: Fraction) -> av.VideoFrame:
    # Memory of its own: encoders with threads hold pictures for a while.
    pixels = np.empty(pattern.picture.layout.size_bytes, np.uint8)
    pattern.draw(pixels, number, round(number / fps * 1000))
    frame = wrap(pattern.picture, pixels)
    frame.pts, frame.time_base = number, 1 / fps
    return frame


def _sound(tone: np.ndarray[Any, np.dtype[np.int16]], begin: int, end: int) -> av.AudioFrame:
    samples = np.take(tone, np.arange(begin, end), mode="wrap").reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, begin, Fraction(1, SAMPLE_RATE)
    return frame


@contextmanager
def _appearing(path: Path, replace: bool) -> Iterator[Path]:
    """Give the path of a new file beside `path`, which gets that name at the end, and is removed after an error."""
    partial = path.with_name(f".{path.stem[:100]}-{secrets.token_hex(4)}{path.suffix}")
    try:
        # Made here, so that a folder that does not exist, or may not be written, is the system's own error.
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        yield partial
        if replace:
            os.replace(partial, path)
        else:
            _link(partial, path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _link(partial: Path, path: Path) -> None:
    """Give a file its name, unless the name has been taken meanwhile."""
    try:
        os.link(partial, path)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError:  # this file system has no hard links
        if path.exists():
            raise _exists(path) from None
        os.rename(partial, path)


def _exists(path: Path) -> Conflict:
    return Conflict(f"{path} exists already: choose another name, or replace it with --force")
