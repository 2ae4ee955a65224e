"""The task `ladder`: the renditions of a video for every connection, its storyboard, its waveform and the subtitles that are inside.

Runs in a throw-away process, confined to its input and its output folder, niced. Result: the manifest of the final generation; `main.mp4` stays where it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from framecast.errors import Invalid
from framecast.media.ladderfiles import How, Ladder, write_ladder
from framecast.media.storedencoder import Rung
from framecast.media.storedfile import StoredFile
from framecast.media.storyboard import COLUMNS, ROWS, Board
from framecast.processing import rungs
from framecast.processing.hls import media_playlist, variant_of
from framecast.processing.manifest import manifest
from framecast.processing.order import PublishOrder
from framecast.processing.outcome import Refused
from framecast.processing.playlists import MainPlaylist, Variant
from framecast.processing.subtitles import write_inner

INDEX, AUDIO_PLAYLIST, WAVEFORM, BOARD, BOARD_VTT = (
    *("index.m3u8", "audio.m3u8", "waveform.json"),
    *("storyboard.json", "storyboard.vtt"),
)
_TASK_SHARE = 0.98


def run(request: Mapping[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Write the files of the final generation into `output`, and return its manifest.

    `request`: as for `publish`, and `generation` and `manifest` of what is played now.

    Raises:
        Refused: the file cannot be decoded.
    """
    order = PublishOrder.of(request)
    how = How(order.encoder, order.preset, order.threads)
    try:
        made = write_ladder(
            order.input, order.output, _rungs, how, lambda progress: report(_TASK_SHARE * progress)
        )
        subtitles = write_inner(order.input, order.output)
    except Invalid as error:
        raise Refused(str(error)) from error
    _write_playlists(order, made)
    _write_waveform(order, made)
    board = _write_board(order, made.board) if made.board else None
    report(1.0)
    return _manifest(order, request, made, board, subtitles)


def _rungs(source: StoredFile) -> list[Rung]:
    width, height = source.shown_size
    found = rungs.ladder(rungs.Source(width, height, float(source.rate), source.video_bitrate, source.codec))
    return [Rung(one.width, one.height, one.max_bitrate) for one in found]


def _write_playlists(order: PublishOrder, made: Ladder) -> None:
    sound = (made.audio, media_playlist(made.audio)) if made.audio else None
    if sound:
        (order.output / AUDIO_PLAYLIST).write_text(sound[1].text())
    variants: list[Variant] = []
    for written in made.videos:
        playlist = media_playlist(written)
        name = written.name.removesuffix(".mp4") + ".m3u8"
        (order.output / name).write_text(playlist.text())
        variants.append(variant_of(name, written, playlist, sound))
    if not variants and sound:
        variants.append(variant_of(AUDIO_PLAYLIST, *sound))
    apart = AUDIO_PLAYLIST if sound and made.videos else ""
    (order.output / INDEX).write_text(MainPlaylist(tuple(variants), apart).text())


def _write_waveform(order: PublishOrder, made: Ladder) -> None:
    if made.waveform is not None:
        every_s, peaks = made.waveform
        (order.output / WAVEFORM).write_text(json.dumps({"every_s": round(every_s, 3), "peaks": peaks}))


def _write_board(order: PublishOrder, board: Board) -> dict[str, Any]:
    described = {
        "sheets": list(board.sheets),
        "tile_width": board.tile_width,
        "tile_height": board.tile_height,
        "columns": COLUMNS,
        "rows": ROWS,
        "every_s": board.every_s,
        "count": board.count,
    }
    (order.output / BOARD).write_text(json.dumps(described))
    (order.output / BOARD_VTT).write_text(_thumbnails(board))
    return described


def _thumbnails(board: Board) -> str:
    """WebVTT whose texts are places on the sheets, as other players read it."""
    cues = ["WEBVTT"]
    for number in range(board.count):
        sheet, place = divmod(number, COLUMNS * ROWS)
        row, column = divmod(place, COLUMNS)
        begin, end = (_clock(one * board.every_s) for one in (number, number + 1))
        at = f"{column * board.tile_width},{row * board.tile_height},{board.tile_width},{board.tile_height}"
        cues.append(f"{begin} --> {end}\n{board.sheets[sheet]}#xywh={at}")
    return "\n\n".join(cues) + "\n"


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"


def _manifest(
    order: PublishOrder,
    request: Mapping[str, Any],
    made: Ladder,
    board: Mapping[str, Any] | None,
    subtitles: list[dict[str, str]],
) -> dict[str, Any]:
    found = manifest(order.output, made.videos or [made.audio] if made.audio else made.videos, is_final=True)
    before, generation = request.get("manifest") or {}, request.get("generation")
    found |= {
        "storyboard": board,
        "waveform": WAVEFORM if made.waveform is not None else None,
        "subtitles": subtitles,
        "encoder": made.encoder,
    }
    for key in ("download", "poster"):
        name = before.get(key)
        if name and generation and name in before.get("files", {}):
            found[key] = name
            found["files"][name] = {"size": before["files"][name]["size"], "from": generation}
    return found
