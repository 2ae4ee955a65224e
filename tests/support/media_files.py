"""Small media files, made once by FFmpeg and kept in tests/.cache/media.

Every picture carries its number as sixteen black or white blocks along its top, least significant bit first, so that a
test knows which picture it sees after any coding and scaling: `frame_number(gray)`.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.support import needs

CACHE = Path(__file__).parents[1] / ".cache" / "media"
VERSION = 1  # of the pictures and coder settings below: a new one makes every file anew

BITS = 16
COLUMNS = BITS + 2  # a block's width is an even share of the picture; one black block stands on either side

VIDEO_CODERS = {
    "h264": "libx264 -preset veryfast -bf 0 -x264-params scenecut=0:sliced-threads=0",
    "h265": "libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:bframes=0:scenecut=0",
    "mjpeg": "mjpeg -huffman default -strict unofficial",  # RTP knows only the default tables (RFC 2435)
    "vp8": "libvpx -deadline realtime -cpu-used 8",
    "vp9": "libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1",
    "av1": "libsvtav1 -preset 12 -svtav1-params pred-struct=1",
    "none": "",
}
AUDIO_CODERS = {
    "aac": "aac -ar 48000 -ac 2 -b:a 64k",
    "opus": "libopus -ar 48000 -ac 2 -b:a 48k",
    "pcma": "pcm_alaw -ar 8000 -ac 1",
    "none": "",
}
CONTAINERS = {"h264": "mp4", "h265": "mp4", "av1": "mp4", "vp8": "webm", "vp9": "webm", "mjpeg": "mkv"}


@dataclass(frozen=True, slots=True)
class Clip:
    """What a media file contains. `container` "" chooses one that the codecs fit in."""

    video: str = "h264"  # h264, h265, mjpeg, vp8, vp9, av1, none
    audio: str = "none"  # none, aac, opus, pcma (G.711 A-law)
    size: tuple[int, int] = (1280, 720)
    fps: Fraction = Fraction(25)
    seconds: float = 4.0
    gop_s: float = 1.0
    bitrate_kbps: int = 0  # 0: whatever the coder likes; else constant, with noise to fill it
    first: int = 0  # number of the first picture
    container: str = ""

    @property
    def frames(self) -> int:
        """How many pictures the file holds."""
        return round(self.seconds * self.fps)

    def path(self) -> Path:
        """Return where the file is, after making it if it is not there yet."""
        width, height = self.size
        rate = f"{self.fps.numerator}-{self.fps.denominator}"
        name = f"{self.video}-{self.audio}-{width}x{height}-{rate}-{self.seconds:g}s-g{self.gop_s:g}"
        name += f"-{self.bitrate_kbps}k-{self.first}-v{VERSION}.{self._container()}"
        return _cached(name, lambda path: _ffmpeg(*self._inputs(), *self._coders(), str(path)))

    def _container(self) -> str:
        if self.container:
            return self.container
        natural = CONTAINERS.get(self.video, "mka")
        return "mkv" if self.audio == "pcma" or (natural == "webm" and self.audio == "aac") else natural

    def _inputs(self) -> list[str]:
        inputs = []
        if self.video != "none":
            inputs += ["-f", "lavfi", "-i", _picture(self)]
        if self.audio != "none":
            inputs += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={self.seconds:g}"]
        return inputs

    def _coders(self) -> list[str]:
        options: list[str] = []
        if self.video != "none":
            gop = max(1, round(self.gop_s * self.fps))
            options += ["-c:v", *VIDEO_CODERS[self.video].split(), "-pix_fmt", self._pixels()]
            options += ["-g", str(gop), "-frames:v", str(self.frames)]
        if self.bitrate_kbps:
            rate = f"{self.bitrate_kbps}k"
            options += ["-b:v", rate, "-maxrate", rate, "-bufsize", f"{self.bitrate_kbps // 2}k"]
        if self.audio != "none":
            options += ["-c:a", *AUDIO_CODERS[self.audio].split()]
        if self._container() == "mp4":
            options += ["-movflags", "+faststart"]
        return options

    def _pixels(self) -> str:
        if self.video == "mjpeg":
            return "yuvj420p"
        # H.264 and H.265 crop 4:2:0 pictures by pairs of pixels, so an odd size needs 4:4:4.
        is_odd = self.size[0] % 2 or self.size[1] % 2
        return "yuv444p" if is_odd and self.video in ("h264", "h265") else "yuv420p"


def frame_number(gray: npt.NDArray[Any]) -> int:
    """Return the number of a clip's picture from its luma (height, width), whatever it was scaled to."""
    side = gray.shape[1] / COLUMNS
    row = gray[int(side / 2)]
    return sum((int(row[int((bit + 1.5) * side)]) > 127) << bit for bit in range(BITS))


def changing_size(sizes: tuple[tuple[int, int], ...] = ((640, 360), (320, 240), (854, 480))) -> Path:
    """Return an MPEG-TS file of H.264 whose resolution changes midway, two seconds of each size."""
    name = "changing-" + "-".join(f"{width}x{height}" for width, height in sizes) + f"-v{VERSION}.ts"

    def make(path: Path) -> None:
        clip = Clip(seconds=2, container="ts")
        parts = [replace(clip, size=size, first=index * clip.frames) for index, size in enumerate(sizes)]
        with tempfile.NamedTemporaryFile("w", suffix=".ffconcat", dir=path.parent) as listing:
            listing.write("ffconcat version 1.0\n" + "".join(f"file '{part.path()}'\n" for part in parts))
            listing.flush()
            _ffmpeg("-f", "concat", "-safe", "0", "-i", listing.name, "-c", "copy", str(path))

    return _cached(name, make)


def corrupt(clip: Clip | None = None) -> Path:
    """Return an MPEG-TS file with wrong bytes strewn over its second half: it opens, then some of it decodes."""
    whole = replace(clip or Clip(size=(640, 360)), container="ts").path()

    def make(path: Path) -> None:
        content = bytearray(whole.read_bytes())
        dice = np.random.default_rng(1)
        for place in dice.integers(len(content) // 2, len(content), 2000):
            content[place] ^= 0xFF
        path.write_bytes(content)

    return _cached(f"corrupt-{whole.name}", make)


def noise() -> Path:
    """Return an MP4 file whose index is right, and whose pictures are noise; so no packet counts as a key frame."""
    whole = Clip(size=(320, 240), container="mov", fps=Fraction(100)).path()

    def make(path: Path) -> None:
        content = whole.read_bytes()
        begin = content.index(b"mdat") + 4
        size = int.from_bytes(content[begin - 8 : begin - 4], "big") - 8
        path.write_bytes(content[:begin] + b"\xff" * size + content[begin + size :])

    return _cached(f"noise-{whole.name}", make)


def truncated() -> Path:
    """Return an MP4 file without its end, where its index would be: nothing can play it."""
    whole = Clip(size=(640, 360), container="mov").path()
    return _cached(
        "truncated.mp4", lambda path: path.write_bytes(whole.read_bytes()[: -whole.stat().st_size // 3])
    )


def text_named_mp4() -> Path:
    """Return a text file whose name says that it is a video."""
    return _cached("text.mp4", lambda path: path.write_text("This is not a video.\n" * 100))


def empty() -> Path:
    """Return an empty file whose name says that it is a video."""
    return _cached("empty.mp4", lambda path: path.touch())


def made(name: str, *arguments: str) -> Path:
    """Return a file of that name, made by FFmpeg with these arguments before its path, once."""
    return _cached(name, lambda path: _ffmpeg(*arguments, str(path)))


def made_by(name: str, make: Callable[[Path], object]) -> Path:
    """Return a file of that name, which `make` writes to the path that it gets, once."""
    return _cached(name, make)


def made_at(path: Path, *arguments: str) -> Path:
    """Return `path` after FFmpeg has made it with these arguments before it."""
    _ffmpeg(*arguments, str(path))
    return path


def hls_folder(clip: Clip | None = None, segment_s: float = 1.0) -> Path:
    """Return a folder with `index.m3u8` and its segments, a finished playlist."""
    clip = clip or Clip(size=(640, 360), audio="aac")
    whole = clip.path()

    def make(folder: Path) -> None:
        folder.mkdir()
        segments = ["-hls_segment_filename", str(folder / "part%d.ts"), "-hls_playlist_type", "vod"]
        cut = ["-c", "copy", "-f", "hls", "-hls_time", f"{segment_s:g}", *segments]
        _ffmpeg("-i", str(whole), *cut, str(folder / "index.m3u8"))

    return _cached(f"hls-{segment_s:g}-{whole.stem}", make)


def _picture(clip: Clip) -> str:
    """A lavfi graph: moving colours, and over them the number as blocks that are switched on by their bit."""
    width, height = clip.size
    side = width / COLUMNS
    bar = int(side)
    graph = [f"testsrc2=size={width}x{height}:rate={clip.fps}:duration={clip.seconds + 1:g}"]
    if clip.bitrate_kbps:
        graph.append("noise=alls=12:allf=t")
    graph += ["format=yuv444p", f"drawbox=0:0:{width}:{bar}:black:fill"]
    for bit in range(BITS):
        left, right = round((bit + 1) * side), round((bit + 2) * side)
        is_set = f"mod(floor((n+{clip.first})/{1 << bit})\\,2)"
        graph.append(f"drawbox={left}:0:{right - left}:{bar}:white:fill:enable={is_set}")
    return ",".join(graph)


def _ffmpeg(*arguments: str) -> None:
    command = [needs.ffmpeg(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")


def _cached(name: str, make: Callable[[Path], object]) -> Path:
    """Return CACHE/name. It appears whole or not at all: two test runs may make it at the same time."""
    path = CACHE / name
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            made = Path(folder, name)
            make(made)
            try:
                os.rename(made, path)
            except OSError:
                if not path.exists():  # a folder that another run has put there first is as good
                    raise
    return path
