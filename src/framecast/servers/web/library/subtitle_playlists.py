"""Subtitles in the playlists of a stored video (HLS, RFC 8216 section 4.3.4.1), for Safari's own player and other players. Pure.

A ladder is written before somebody adds subtitles, so the stored main playlist does not name them. The server adds them on the way out: what a generation has is in its manifest,
which never changes, so neither does the answer. Each WebVTT file gets a playlist of its own, with one segment as long as the video.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from framecast.model.video import Video
from framecast.servers.stored_files import PLAYLIST

_GROUP = "subtitles"
_STREAM = "#EXT-X-STREAM-INF:"
_ENDING = ".vtt"


def subtitles_of(video: Video, generation: str) -> Sequence[Mapping[str, Any]]:
    """Return the rows of the manifest; none of a generation that is not played any more, or is being recorded."""
    media = video.media
    if media is None or media.generation != generation or video.is_recording:
        return ()
    return tuple(one for one in media.manifest.get("subtitles", ()) if one["name"].endswith(_ENDING))


def is_main(video: Video, name: str) -> bool:
    """Return whether a file is the main playlist of what is played."""
    return video.media is not None and name == video.media.manifest.get("hls")


def with_subtitles(main: str, subtitles: Sequence[Mapping[str, Any]]) -> str:
    """Return a main playlist that names these subtitles, too. None of them is shown until somebody chooses it."""
    lines = main.splitlines()
    first = next((at for at, line in enumerate(lines) if line.startswith(_STREAM)), None)
    if first is None or not subtitles:
        return main
    for at, line in enumerate(lines):
        if line.startswith(_STREAM):
            lines[at] = f'{line},SUBTITLES="{_GROUP}"'
    names = _names(subtitles)
    lines[first:first] = [_line(one, name) for one, name in zip(subtitles, names, strict=True)]
    return "\n".join(lines) + "\n"


def playlist_of(name: str, subtitles: Sequence[Mapping[str, Any]], duration_s: float) -> str | None:
    """Return the playlist `name` of a WebVTT file, None if it is the name of something else."""
    file = next((one["name"] for one in subtitles if _playlist_name(one["name"]) == name), None)
    if file is None:
        return None
    head = f"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{max(1, math.ceil(duration_s))}\n"
    return f"{head}#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:{duration_s:.6f},\n{file}\n#EXT-X-ENDLIST\n"


def _line(one: Mapping[str, Any], name: str) -> str:
    return (
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="{_GROUP}",NAME="{name}",LANGUAGE="{one["language"]}",'
        f'DEFAULT=NO,AUTOSELECT=NO,FORCED=NO,URI="{_playlist_name(one["name"])}"'
    )


def _names(subtitles: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each, as people have written it; all names of a group must differ, and no quotation mark may be in one."""
    names: list[str] = []
    for one in subtitles:
        plain = " ".join((one.get("label") or one["language"]).replace('"', "'").split())
        name, count = plain, 1
        while name in names:
            count += 1
            name = f"{plain} {count}"
        names.append(name)
    return names


def _playlist_name(file: str) -> str:
    return f"{file.removesuffix(_ENDING)}.{PLAYLIST}"
