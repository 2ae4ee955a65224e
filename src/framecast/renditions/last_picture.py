"""The last picture of a publisher, taken from what its tracks still keep. Runs once, in the publisher's process, just before it ends.

A raw picture is taken as it is. Of encoded video the newest group of pictures is decoded, but not for longer than `BUDGET_S`: what was shown by then
is the picture. Never raises for damaged media: then there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

import numpy as np

from framecast.bus import TrackWriter
from framecast.errors import FramecastError
from framecast.media import jpeg
from framecast.media.coding import Coding
from framecast.media.decoder import Damaged, Decoded, Decoder
from framecast.media.framedecoder import FrameDecoder
from framecast.media.pixels import Pixels
from framecast.model import Meta, Picture, TrackInfo
from framecast.model.last_picture import LONG_SIDE, MAX_BYTES, LastPicture

# 1080p H.264 takes about 4 ms a picture: two seconds of video are decoded in this time.
BUDGET_S = 0.25
_QUALITIES = (75, 50, 25)


def last_picture(tracks: Mapping[str, TrackWriter]) -> LastPicture | None:
    """Return the newest picture of `frames` or `video`, at most `LONG_SIDE` pixels wide or high; None if there is none."""
    for name, take in (("frames", _newest_frame), ("video", _newest_of_video)):
        track = tracks.get(name)
        if track is None:
            continue
        try:
            found = take(track.info, track.kept())
        except FramecastError:
            continue
        if found is not None:
            return _encoded(*found)
    return None


def _newest_frame(info: TrackInfo, kept: list[tuple[bytes, Meta]]) -> tuple[Picture, Pixels, Meta] | None:
    if not kept or info.picture is None:
        return None
    payload, meta = kept[-1]
    return info.picture, np.frombuffer(payload, np.uint8), meta


def _newest_of_video(info: TrackInfo, kept: list[tuple[bytes, Meta]]) -> tuple[Picture, Pixels, Meta] | None:
    if not kept or not kept[0][1].flags & 1:
        return None
    end = monotonic() + BUDGET_S
    decoder = FrameDecoder(Decoder(Coding.of_track(info)))
    newest: tuple[Decoded, Meta] | None = None

    def note(pictures: list[Decoded]) -> None:
        nonlocal newest
        for picture in pictures:
            meta = decoder.meta_of(picture)
            if meta is not None:
                newest = picture, meta

    for payload, meta in kept:
        try:
            note(decoder.decode(payload, meta))
        except Damaged:
            continue
        if newest is not None and monotonic() > end:
            break
    note(decoder.finish())
    if newest is None:
        return None
    decoded, meta = newest
    pixels = np.empty(decoded.picture.layout.size_bytes, np.uint8)
    decoded.copy_into(pixels)
    return decoded.picture, pixels, meta


def _encoded(picture: Picture, pixels: Pixels, meta: Meta) -> LastPicture | None:
    scale = min(1.0, LONG_SIDE / max(picture.width, picture.height))
    size = (round(picture.width * scale), round(picture.height * scale))
    for quality in _QUALITIES:
        encoded = jpeg.encode(picture, pixels, quality, size)
        if len(encoded) <= MAX_BYTES:
            return LastPicture(encoded, meta.captured_at)
    return None
