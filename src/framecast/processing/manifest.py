"""The manifest of a generation: what there is, by name. Pure, but for the sizes of the files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from framecast.media.mainfile import Written

_INDEX = "index.m3u8"


def manifest(
    output: Path,
    written: Sequence[Written],
    *,
    poster: str | None = None,
    download: str | None = None,
    is_copy: bool = False,
    is_final: bool = False,
) -> dict[str, Any]:
    """Return the manifest of the files in `output`; `written` are those with pictures or sound, the largest first."""
    duration_s = max((float(one.duration_s) for one in written), default=0.0)
    return {
        "hls": _INDEX if (output / _INDEX).exists() else None,
        "download": download,
        "poster": poster,
        "storyboard": None,
        "waveform": None,
        "subtitles": [],
        "renditions": [_rendition(one) for one in written if one.width],
        "data": [],
        "duration_s": round(duration_s, 3),
        "is_copy": is_copy,
        "is_final": is_final,
        "files": {
            path.name: {"size": path.stat().st_size, "from": None} for path in sorted(output.iterdir())
        },
    }


def _rendition(one: Written) -> dict[str, Any]:
    bits = 8 * sum(segment.size for segment in one.segments)
    return {
        "name": f"{min(one.width, one.height)}p",
        "width": one.width,
        "height": one.height,
        "fps": round(float(one.rate), 3),
        "bitrate": round(bits / max(0.1, float(one.duration_s))),
        "codecs": ",".join(one.codecs),
    }
