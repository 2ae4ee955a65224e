"""The picture that stands for a video: near a tenth of it, not black, not one colour. JPEG, upright, at most 1280 pixels wide.

Sound alone has its cover, or a note on a plain ground. One thread; a few pictures in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av.error
import numpy as np
import simplejpeg
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from framecast.errors import Invalid
from framecast.media.lettering import line
from framecast.media.opencv import cv2
from framecast.media.picturedecoder import decoded
from framecast.media.picturefilter import TIME_BASE, PictureFilter
from framecast.media.storedfile import Input, StoredFile

_LONG_SIDE, _QUALITY = 1280, 82
# The places of pictures that are looked at, as parts of the video, until one shows enough.
_PLACES = (0.1, 0.15, 0.25, 0.4, 0.6, 0.8, 0.02)
_PICTURES_EACH = 3
_ENOUGH = 18.0  # standard deviation of luma
_SIZE_OF_SOUND = (1280, 720)
_MOST_PACKETS = 600

Image = NDArray[np.uint8]


def write_poster(video: Path, out: Path, *, cover_of: Input | None = None) -> None:
    """Write the poster of `video`, a file that `mainfile` wrote; for sound, the cover in `cover_of`.

    Raises:
        Invalid: no picture of it can be decoded.
    """
    with StoredFile(Input(video, "mov")) as source:
        image = best_picture(source) if source.video is not None else None
        if source.video is not None and image is None:
            raise Invalid("no picture of the file can be decoded: it is damaged")
    if image is None and cover_of is not None:
        image = _cover(cover_of)
    if image is None:
        image = sound_only()
    out.write_bytes(encoded(image, _QUALITY))


def picture_at(given: Input, at_s: float) -> Image:
    """Return the picture that is shown at a time (RGB).

    Raises:
        Invalid: the file has no pictures there.
    """
    with StoredFile(given) as source:
        found = None
        for frame in _frames_from(source, at_s):
            if found is not None and _seconds(frame) > at_s:
                break
            found = frame
        if found is None:
            raise Invalid(f"there is no picture at {at_s:g} s")
        return _rgb(found, source)


def encoded(image: Image, quality: int) -> bytes:
    """Return an RGB picture as JPEG, without any metadata."""
    return bytes(
        simplejpeg.encode_jpeg(np.ascontiguousarray(image), quality, colorspace="RGB", colorsubsampling="420")
    )


def best_picture(source: StoredFile) -> Image | None:
    """Return the first picture that shows enough, else the one that shows most; None if none can be decoded."""
    best, most = None, -1.0
    for place in _PLACES:
        for number, frame in enumerate(_frames_from(source, place * source.duration_s)):
            if number >= _PICTURES_EACH:
                break
            shows = _contrast(frame)
            if shows > most:
                best, most = frame, shows
        if most >= _ENOUGH:
            break
    return _rgb(best, source) if best is not None else None


def sound_only() -> Image:
    """Return the poster of sound without a cover."""
    width, height = _SIZE_OF_SOUND
    image = np.full((height, width, 3), (30, 34, 42), np.uint8)
    text = line("Audio", 96)
    top, left = (height - text.shape[0]) // 2, (width - text.shape[1]) // 2
    area = image[top : top + text.shape[0], left : left + text.shape[1]]
    share = text[..., None].astype(np.float32) / 255
    area[:] = (area * (1 - share) + np.array((200, 208, 220)) * share).astype(np.uint8)
    return image


def _frames_from(source: StoredFile, at_s: float) -> Iterator[VideoFrame]:
    """Yield the pictures from the key frame before `at_s` on; those before it are left out if there are later ones."""
    video = source.video
    if video is None or video.time_base is None:
        return
    begin = video.start_time or 0
    try:
        source.container.seek(begin + round(at_s / video.time_base), stream=video)
        for count, packet in enumerate(source.container.demux(video)):
            yield from decoded(packet)
            if count > _MOST_PACKETS:
                return
    except (av.error.FFmpegError, OSError, ValueError):
        return


def _seconds(frame: VideoFrame) -> float:
    return float(frame.pts * frame.time_base) if frame.pts is not None and frame.time_base else 0.0


def _contrast(frame: VideoFrame) -> float:
    small = frame.reformat(width=64, height=36, format="gray").to_ndarray()
    return float(small.std())


def _rgb(frame: VideoFrame, source: StoredFile) -> Image:
    width, height = source.shown_size
    scale = min(1.0, _LONG_SIDE / max(width, height))
    size = (max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2))
    frame.pts, frame.time_base = 0, TIME_BASE
    pictures = PictureFilter(size, source.orientation)
    done = pictures.push(frame) or pictures.finish()
    return np.asarray(done[0].to_ndarray(format="rgb24"), np.uint8)


def _cover(given: Input) -> Image | None:
    """The picture that music files hold."""
    try:
        with StoredFile(given) as source:
            if source.cover is None:
                return None
            for packet in source.container.demux(source.cover):
                for frame in decoded(packet):
                    return _fitted(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    except (Invalid, av.error.FFmpegError, ValueError):
        return None
    return None


def _fitted(image: Image) -> Image:
    scale = _LONG_SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
