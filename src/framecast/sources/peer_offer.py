"""Which tracks are pulled of another node's stream, and as what they are announced before the first record. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from framecast.model import Kind, TrackInfo


def offered(there: Iterable[TrackInfo], *, raw: bool) -> list[TrackInfo]:
    """Return which tracks are pulled of a stream that has these, and what is known of them before they are read.

    Pictures come as the source's own packets, or where it has none as H.264 that the other node makes of them; with `raw` as
    they are. A stream's sound comes as packets where it has them.
    """
    found = {info.name: replace(info, epoch=0) for info in there}
    names = []
    if "video" in found or ("frames" in found and not raw):
        found.setdefault("video", _encoded(found.get("frames")))
        names.append("video")
    if raw and ("frames" in found or "video" in found):
        found.setdefault("frames", _decoded(found.get("video")))
        names.append("frames")
    names += ["audio"] if "audio" in found else ["samples"] if "samples" in found else []
    names += ["data"] if "data" in found else []
    return [found[name] for name in names]


def _encoded(frames: TrackInfo | None) -> TrackInfo:
    """What is known of the video that the other node will make of pictures."""
    info = frames or TrackInfo("frames", Kind.FRAMES)
    picture = info.picture
    width, height = (picture.width, picture.height) if picture else (info.width, info.height)
    return TrackInfo(
        "video", Kind.PACKETS, info.time_base, "h264", width=width, height=height, rate=info.rate
    )


def _decoded(video: TrackInfo | None) -> TrackInfo:
    """What is known of the pictures that the other node will make of its video."""
    info = video or TrackInfo("video", Kind.PACKETS)
    return TrackInfo(
        "frames",
        Kind.FRAMES,
        info.time_base,
        picture=info.picture,
        width=info.picture.width if info.picture else info.width,
        height=info.picture.height if info.picture else info.height,
        rate=info.rate,
    )
