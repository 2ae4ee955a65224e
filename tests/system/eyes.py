"""What a witness knows about the stream that it watches, so that it can tell right pictures from wrong ones.

A test pattern is drawn again, and every byte compared. A clip was decoded before, and every picture's checksum is known
by the number that it shows: one torn row, one picture of another stream, and the sum is another.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from framecast.client.frame import Frame
from framecast.client.packet import Packet
from framecast.media.testpicture import Pattern, read_blocks
from tests.support.media_files import CACHE, Clip, frame_number

Seen = Frame | Packet


class Eye(Protocol):
    """Looks at what a reader got."""

    period: int  # how many numbers there are before they begin again, 0 where they never do

    def look(self, seen: Seen) -> int | None:
        """Return the number of the picture, None where nothing can be seen yet.

        Raises:
            ValueError: it is torn, or not of this stream.
        """
        ...


class PatternEye:
    """Sees native pictures of a `pattern:` source: every byte."""

    period = 0

    def __init__(self, name: str, stream_id: int, width: int, height: int, fps: float) -> None:
        caption = f"{name}  {width} x {height}  {fps:.4g} fps"
        self._id = stream_id
        self._pattern = Pattern(width, height, stream_id, caption)
        self._expected = np.empty(self._pattern.picture.layout.size_bytes, np.uint8)

    def look(self, seen: Seen) -> int | None:
        assert isinstance(seen, Frame)
        blocks = read_blocks(seen.gray)
        if blocks is None:
            raise ValueError("the blocks cannot be read")
        if blocks.stream_id != self._id:
            raise ValueError(f"a picture of stream {blocks.stream_id}")
        self._pattern.draw(self._expected, blocks.frame, blocks.time_ms)
        found = np.concatenate([plane.reshape(-1) for plane in seen.planes])
        if not np.array_equal(found, self._expected):
            raise ValueError(f"picture {blocks.frame} is torn")
        return blocks.frame


class BlocksEye:
    """Sees any form of a test pattern's pictures: converted, scaled, JPEG. Only the blocks are exact there."""

    period = 0

    def __init__(self, stream_id: int) -> None:
        self._id = stream_id

    def look(self, seen: Seen) -> int | None:
        blocks = read_blocks(gray_of(seen))
        if blocks is None:
            raise ValueError("the blocks cannot be read")
        if blocks.stream_id != self._id:
            raise ValueError(f"a picture of stream {blocks.stream_id}")
        return blocks.frame


class ClipEye:
    """Sees decoded pictures of a clip: every byte of them, by checksum."""

    def __init__(self, sums: dict[int, int]) -> None:
        self._sums = sums
        self.period = len(sums)

    def look(self, seen: Seen) -> int | None:
        assert isinstance(seen, Frame)
        return self.check(seen.gray, [plane.tobytes() for plane in seen.planes])

    def check(self, gray: NDArray[np.uint8], planes: list[bytes]) -> int:
        number = frame_number(gray)
        if number not in self._sums:
            raise ValueError(f"a picture of another stream, number {number}")
        if checksum(planes) != self._sums[number]:
            raise ValueError(f"picture {number} is torn")
        return number


class PacketsEye:
    """Sees packets of a clip, by decoding them itself. After a break it waits for the next key frame."""

    def __init__(self, sums: dict[int, int]) -> None:
        self._clip = ClipEye(sums)
        self.period = self._clip.period
        self._context: Any = None
        self._epoch = -1

    def look(self, seen: Seen) -> int | None:
        assert isinstance(seen, Packet)
        if seen.epoch != self._epoch or seen.dropped:
            self._epoch = seen.epoch
            self._context = av.CodecContext.create(seen.info.codec, "r") if seen.is_key else None
            if self._context is not None:
                self._context.thread_count = 1
                self._context.extradata = seen.info.extradata or None
        if self._context is None:
            raise ValueError("it does not begin at a key frame")
        number: int | None = None
        packet: Any = av.Packet(seen.payload)
        packet.pts, packet.dts = seen.pts, seen.dts
        for frame in self._context.decode(packet):
            number = self._clip.check(*pixels_of(frame))
        return number


def gray_of(seen: Seen) -> NDArray[np.uint8]:
    """Return the brightness of a frame, or of a packet that is a JPEG."""
    if isinstance(seen, Frame):
        return seen.bgr[..., 1] if seen.format == "bgr" else seen.gray
    return np.asarray(simplejpeg.decode_jpeg(seen.payload, "GRAY"))[..., 0]


def checksum(planes: list[bytes]) -> int:
    total = 0
    for plane in planes:
        total = zlib.crc32(plane, total)
    return total


def pixels_of(frame: av.VideoFrame) -> tuple[NDArray[np.uint8], list[bytes]]:
    """Return the brightness and the planes of a picture that FFmpeg decoded."""
    planes = [_visible(plane) for plane in frame.planes]
    return planes[0], [plane.tobytes() for plane in planes]


def _visible(plane: Any) -> NDArray[np.uint8]:
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


@cache
def known_sums(path: Path) -> Path:
    """Return a file with the checksum of every picture of a clip, by its number. FFmpeg decodes exactly, always."""
    kept = CACHE / f"{path.name}.sums.json"
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "SLICE"
        kept.write_text(json.dumps(dict(_sums(container.decode(video=0)))))
    return kept


def _sums(frames: Iterator[av.VideoFrame]) -> Iterator[tuple[int, int]]:
    for frame in frames:
        gray, planes = pixels_of(frame)
        yield frame_number(gray), checksum(planes)


# --- descriptions for the command line of a witness


def of_pattern(name: str, stream_id: int, size: tuple[int, int], fps: float = 25) -> dict[str, Any]:
    return {"kind": "pattern", "with": [name, stream_id, *size, fps]}


def of_blocks(stream_id: int) -> dict[str, Any]:
    return {"kind": "blocks", "with": [stream_id]}


def of_clip(clip: Clip, packets: bool = False) -> dict[str, Any]:
    return {"kind": "packets" if packets else "clip", "sums": str(known_sums(clip.path()))}


def eye(description: dict[str, Any]) -> Eye:
    """Return what looks as described."""
    kind = description["kind"]
    if kind == "pattern":
        return PatternEye(*description["with"])
    if kind == "blocks":
        return BlocksEye(*description["with"])
    sums = {int(number): known for number, known in json.loads(Path(description["sums"]).read_text()).items()}
    return PacketsEye(sums) if kind == "packets" else ClipEye(sums)
