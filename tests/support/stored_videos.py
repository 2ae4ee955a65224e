"""A generation of a stored video as the library publishes it: an HLS ladder of byte ranges, poster, storyboard, subtitles."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.support.media_files import Clip, _cached, _ffmpeg

SECONDS = 60
GOP_S = 2
FPS = 25
LARGE = Clip(size=(640, 360), fps=Fraction(FPS), seconds=SECONDS, gop_s=GOP_S, audio="aac")
EVERY_S = 5
_HLS = ["-f", "hls", "-hls_time", str(GOP_S), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
_HLS += ["-hls_flags", "single_file"]
_INDEX = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,CODECS="avc1.64001e,mp4a.40.2",AUDIO="sound"
v360.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=320x180,CODECS="avc1.64000d,mp4a.40.2",AUDIO="sound"
v180.m3u8
"""
SUBTITLES = """WEBVTT

00:00:00.000 --> 00:00:30.000
Guten <b>Tag</b>

00:00:30.000 --> 00:01:00.000
Auf Wiedersehen
"""


def generation(clip: Clip = LARGE) -> Path:
    """Return the folder of a generation."""
    whole = clip.path()
    small = replace(clip, size=(320, 180), audio="none").path()

    def make(folder: Path) -> None:
        folder.mkdir()
        for name, source, what in (("v360", whole, "v"), ("v180", small, "v"), ("audio", whole, "a")):
            _ffmpeg("-i", str(source), "-map", f"0:{what}", "-c", "copy", *_HLS, str(folder / f"{name}.m3u8"))
        picture = f"fps=1/{EVERY_S},scale=160:90,tile=4x2"
        _ffmpeg("-i", str(whole), "-vf", picture, str(folder / "storyboard-%d.jpg"))
        _ffmpeg("-ss", "5", "-i", str(whole), "-frames:v", "1", str(folder / "poster.jpg"))
        (folder / "index.m3u8").write_text(_INDEX)
        (folder / "sub-de.vtt").write_text(SUBTITLES)

    return _cached(f"generation-{whole.stem}-2", make)


def manifest(**changes: Any) -> dict[str, Any]:
    """Return what the library says of these files."""
    sheets = sorted(path.name for path in generation().glob("storyboard-*.jpg"))
    board = {
        "sheets": sheets,
        "tile_width": 160,
        "tile_height": 90,
        "columns": 4,
        "rows": 2,
        "every_s": EVERY_S,
    }
    return {
        "hls": "index.m3u8",
        "download": "v360.m4s",
        "poster": "poster.jpg",
        "storyboard": board,
        "waveform": None,
        "subtitles": [{"name": "sub-de.vtt", "language": "de", "label": "Deutsch"}],
        "renditions": [],
        "data": [],
        "chapters": [{"start_s": 0, "title": "Arrival"}, {"start_s": 20, "title": "Garden"}],
        "is_final": True,
    } | changes
