"""The task `publish`: the first playable form of an uploaded file, `main.mp4` with its playlists and a poster.

Runs in a throw-away process, confined to its input and its output folder. Result: the manifest of a generation that is not final yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from framecast.errors import Invalid
from framecast.media.mainfile import Encoding, Written, write_main
from framecast.media.poster import write_poster
from framecast.media.storedencoder import Rung
from framecast.media.storedfile import StoredFile
from framecast.processing import rungs
from framecast.processing.hls import media_playlist, variant_of
from framecast.processing.manifest import manifest
from framecast.processing.order import PublishOrder
from framecast.processing.outcome import Refused
from framecast.processing.playlists import MainPlaylist

MAIN, MAIN_PLAYLIST, INDEX, POSTER = "main.mp4", "main.m3u8", "index.m3u8", "poster.jpg"
# Of the progress: what the file takes, and the poster.
_FILE_SHARE = 0.95


def run(request: Mapping[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Write the files of a first generation into `output`, and return its manifest.

    `request`: `input`, `output`, `facts` (of the task `check`), `encoder` (FFmpeg's, or absent).

    Raises:
        Refused: the file cannot be decoded.
    """
    order = PublishOrder.of(request)
    try:
        written, is_copy = write_main(
            order.input,
            order.output / MAIN,
            lambda source: _encoding(source, order),
            lambda progress: report(_FILE_SHARE * progress),
        )
        write_poster(order.output / MAIN, order.output / POSTER, cover_of=order.input)
    except Invalid as error:
        raise Refused(str(error)) from error
    _write_playlists(order.output, written)
    report(1.0)
    return manifest(order.output, [written], poster=POSTER, download=MAIN, is_copy=is_copy)


def _encoding(source: StoredFile, order: PublishOrder) -> Encoding:
    width, height = source.shown_size
    size = rungs.main(rungs.Source(width, height, float(source.rate), source.video_bitrate, source.codec))
    return Encoding(
        Rung(size.width, size.height, size.max_bitrate), order.encoder, order.preset, order.threads
    )


def _write_playlists(output: Path, written: Written) -> None:
    playlist = media_playlist(written)
    (output / MAIN_PLAYLIST).write_text(playlist.text())
    (output / INDEX).write_text(MainPlaylist((variant_of(MAIN_PLAYLIST, written, playlist),)).text())
