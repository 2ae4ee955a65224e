"""Subtitles that are text inside of a stored file, as lines with times. Read in one pass without decoding; one thread.

Of Matroska, MP4 and Ogg: SubRip, plain text, WebVTT, timed text of MP4 (3GPP TS 26.245: a length and UTF-8), and ASS without its styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import av.error

from framecast.media.storedfile import StoredFile

CODECS = frozenset({"mov_text", "subrip", "ass", "webvtt", "text"})
_MOST_TRACKS, _MOST_LINES, _LONGEST = 20, 20_000, 4000
_USUAL_S = Fraction(3)
# Fields of an event before its text, as Matroska has it: ReadOrder, Layer, Style, Name, margins, Effect.
_ASS_FIELDS = 8
_ASS_STYLE = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class TimedText:
    """Some lines, and from when to when they are shown (seconds of the video)."""

    start_s: Fraction
    end_s: Fraction
    text: str


@dataclass(slots=True)
class TextTrack:
    """One track of subtitles; `language` is as the file says it, "" if it does not."""

    language: str
    label: str
    codec: str
    texts: list[TimedText] = field(default_factory=list)


def text_tracks(source: StoredFile) -> list[TextTrack]:
    """Return the tracks of a file that was just opened, those without any text left out."""
    found: dict[int, TextTrack] = {}
    for stream in source.subtitles:
        context: object = stream.codec_context
        codec = getattr(getattr(context, "codec", None), "canonical_name", "")
        if codec in CODECS and len(found) < _MOST_TRACKS:
            label = stream.metadata.get("title", "")
            found[stream.index] = TextTrack(stream.language or "", label, codec)
    if not found:
        return []
    source.find_zero()
    try:
        _read(source, found)
    except (av.error.FFmpegError, OSError, ValueError):
        pass  # cut off: what was there counts
    return [track for track in found.values() if track.texts]


def _read(source: StoredFile, tracks: dict[int, TextTrack]) -> None:
    source.container.seek(0)
    for packet in source.container.demux(*source.subtitles):
        track = tracks.get(packet.stream_index)
        if track is None or packet.pts is None or not packet.size or len(track.texts) >= _MOST_LINES:
            continue
        begin = packet.pts * Fraction(packet.time_base) - source.zero_s
        lasts = (packet.duration or 0) * Fraction(packet.time_base) or _USUAL_S
        text = _plain(track.codec, bytes(packet))
        if text and begin + lasts > 0:
            track.texts.append(TimedText(max(begin, Fraction(0)), begin + lasts, text))


def _plain(codec: str, payload: bytes) -> str:
    if codec == "mov_text":
        payload = payload[2 : 2 + int.from_bytes(payload[:2], "big")]
    text = payload.decode("utf-8", "replace")[:_LONGEST]
    if codec == "ass":
        text = _ASS_STYLE.sub("", text.split(",", _ASS_FIELDS)[-1]).replace("\\N", "\n").replace("\\n", "\n")
    return "\n".join(_lines(text.splitlines()))


def _lines(lines: Iterable[str]) -> Iterable[str]:
    return (line.strip() for line in lines if line.strip())
