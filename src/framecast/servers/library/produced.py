"""What a task has made, checked like an upload: the process that made it has parsed a stranger's file.

Only plain files that the manifest names, of names and sizes that are allowed; playlists that say exactly what ours say; pictures that begin as JPEG; JSON and WebVTT that
parse. Nothing else leaves the output folder. Blocks for the disk; any thread.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framecast.errors import Broken, FramecastError
from framecast.model.data_file import INDEX, RECORDS
from framecast.model.library_layout import check_file_name
from framecast.model.text import shown
from framecast.processing.playlists import parse_main, parse_media

MOST_FILES = 500
_MOST_TEXT = 16 << 20
_MOST_PICTURE = 16 << 20
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_MP4 = b"ftyp"
# The types that a browser gets by the end of a name; anything else is refused. No task makes data: it is taken over.
_KINDS = (".mp4", ".m3u8", ".jpg", ".json", ".vtt")
_OLDER_KINDS = (*_KINDS, RECORDS, INDEX)


@dataclass(frozen=True, slots=True)
class Output:
    """The files of a new generation: what is in the folder, and what is taken from an older generation, by names with their sizes."""

    folder: Path
    own: Mapping[str, int]
    older: Mapping[str, int]

    def size(self, name: str) -> int | None:
        """Return the size of a file of the generation, None if it has no such file."""
        return self.own.get(name, self.older.get(name))


def check_form(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the manifest that a task has handed back, if it has files and lists where these must be.

    Raises:
        Broken: it has another form.
    """
    files, subtitles = result.get("files"), result.get("subtitles", [])
    is_right = isinstance(files, dict) and all(isinstance(one, dict) for one in files.values())
    if not is_right or not isinstance(subtitles, list):
        raise Broken("what the task has made is not as it must be: the manifest has another form")
    return result


def check_output(folder: Path, manifest: Mapping[str, Any], older: Mapping[str, str]) -> Output:
    """Return the files that a manifest names, all of them checked. `older` has the generation of each file that may be taken over.

    Raises:
        Broken: something is not as it must be.
    """
    try:
        output = _named(folder, manifest, older)
        for name in output.own:
            _CHECKS[Path(name).suffix](output, name)
        _check_references(manifest, output)
    except (FramecastError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Broken(f"what the task has made is not as it must be: {shown(str(error), 300)}") from error
    return output


def _named(folder: Path, manifest: Mapping[str, Any], older: Mapping[str, str]) -> Output:
    files = manifest["files"]
    if not isinstance(files, Mapping) or not 0 < len(files) <= MOST_FILES:
        raise ValueError(f"files must be 1 to {MOST_FILES} names")
    own: dict[str, int] = {}
    taken: dict[str, int] = {}
    for name, one in files.items():
        source = one.get("from")
        if not check_file_name(name).endswith(_KINDS if source is None else _OLDER_KINDS):
            raise ValueError(f"{name} has an ending that is not one of {', '.join(_KINDS)}")
        if source is None:
            own[name] = one["size"]
        elif older.get(name) == source:
            taken[name] = one["size"]
        else:
            raise ValueError(f"{name} is not in the generation {source!r:.40}")
    _check_folder(folder, own)
    return Output(folder, own, taken)


def _check_folder(folder: Path, own: Mapping[str, int]) -> None:
    with os.scandir(folder) as entries:
        found = {entry.name: entry.stat(follow_symlinks=False) for entry in entries}
    if found.keys() != own.keys():
        raise ValueError("the folder has other files than the manifest")
    for name, state in found.items():
        is_plain = stat.S_ISREG(state.st_mode) and state.st_nlink == 1
        if not is_plain or state.st_size != own[name] or isinstance(own[name], bool):
            raise ValueError(f"{name} is no plain file of {own[name]!r:.20} bytes")


def _check_mp4(output: Output, name: str) -> None:
    if _head(output.folder / name, 8)[4:] != _MP4:
        raise ValueError(f"{name} is no MP4 file")


def _check_jpeg(output: Output, name: str) -> None:
    if output.own[name] > _MOST_PICTURE:
        raise ValueError(f"{name} is larger than {_MOST_PICTURE} bytes")
    content = (output.folder / name).read_bytes()
    if not content.startswith(_JPEG) or not content.rstrip(b"\0").endswith(_JPEG_END):
        raise ValueError(f"{name} is no JPEG picture")


def _check_json(output: Output, name: str) -> None:
    json.loads(_text(output, name))


def _check_vtt(output: Output, name: str) -> None:
    if not _text(output, name).startswith("WEBVTT"):
        raise ValueError(f"{name} has no WebVTT")


def _check_playlist(output: Output, name: str) -> None:
    """A playlist is one of a file of this generation, or the one that names these."""
    text = _text(output, name)
    if "#EXT-X-MAP" not in text:
        names = [other for other in (*output.own, *output.older) if other.endswith(".m3u8") and other != name]
        parse_main(text, names)
        return
    media = name.removesuffix(".m3u8") + ".mp4"
    size = output.size(media)
    if size is None or parse_media(text, size).file != media:
        raise ValueError(f"{name} names another file than {media}")


_CHECKS: Mapping[str, Callable[[Output, str], None]] = {
    ".mp4": _check_mp4,
    ".jpg": _check_jpeg,
    ".json": _check_json,
    ".vtt": _check_vtt,
    ".m3u8": _check_playlist,
}


def _check_references(manifest: Mapping[str, Any], output: Output) -> None:
    """Every name that a player follows is a file of the generation."""
    for name in _references(manifest):
        if output.size(name) is None:
            raise ValueError(f"the manifest names {name!r:.80}, which is not among its files")


def _references(manifest: Mapping[str, Any]) -> Iterable[str]:
    for key in ("hls", "download", "poster", "waveform"):
        if manifest.get(key) is not None:
            yield manifest[key]
    board = manifest.get("storyboard")
    if board is not None:
        yield from board["sheets"]
    for one in manifest.get("subtitles", ()):
        yield one["name"]
    for one in manifest.get("data", ()):
        yield from (one["records"], one["index"])


def _text(output: Output, name: str) -> str:
    if output.own[name] > _MOST_TEXT:
        raise ValueError(f"{name} is larger than {_MOST_TEXT} bytes")
    return (output.folder / name).read_text(encoding="utf-8")


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)
