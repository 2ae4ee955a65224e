"""The task `subtitles`, and the subtitles that are inside of a file: text tracks as WebVTT of the library's own writing.

Runs in a throw-away process, confined to its input and its output folder.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from framecast.errors import Invalid
from framecast.media.innertext import TextTrack, text_tracks
from framecast.media.storedfile import Input, StoredFile
from framecast.model.text import shown
from framecast.model.webvtt import ENCODINGS, plain_webvtt
from framecast.processing.manifest import manifest
from framecast.processing.outcome import Refused

# Python would load these with the first text, when the process can open no file any more.
LOADED = tuple(map(codecs.lookup, ENCODINGS))
INNER = "sub-"
_ADDED, _LIST = "added-", "subtitles.json"
_LANGUAGE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,3}")
_UNKNOWN = "und"
_LONGEST_LABEL = 60
# Codes of three letters (ISO 639-2) that files hold, and those of two letters (ISO 639-1) that browsers know.
_SHORT = {
    "eng": "en",
    "ger": "de",
    "deu": "de",
    "fre": "fr",
    "fra": "fr",
    "spa": "es",
    "ita": "it",
    "por": "pt",
    "dut": "nl",
    "nld": "nl",
    "pol": "pl",
    "rus": "ru",
    "jpn": "ja",
    "chi": "zh",
    "zho": "zh",
    "kor": "ko",
    "swe": "sv",
    "dan": "da",
    "nor": "no",
    "fin": "fi",
    "cze": "cs",
    "ces": "cs",
    "tur": "tr",
    "ara": "ar",
}
_LABELS = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "pt": "Português",
    "pl": "Polski",
    "ru": "Русский",
    "ja": "日本語",
    "zh": "中文",
    "ko": "한국어",
    "sv": "Svenska",
    "da": "Dansk",
    "no": "Norsk",
    "fi": "Suomi",
    "cs": "Čeština",
    "tr": "Türkçe",
    "ar": "العربية",
}


def run(request: Mapping[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Write the subtitles that people have added into `output`, and return a manifest with all subtitles of the video.

    `request`: `output`, `texts` (each with `path`, `language`, `label`), `generation` and `manifest` of what is played now.

    Raises:
        Refused: a text is not WebVTT or SubRip.
    """
    output, before = Path(request["output"]), request.get("manifest") or {}
    kept = [one for one in before.get("subtitles", []) if one["name"].startswith(INNER)]
    added = []
    for text in request.get("texts") or []:
        language = text["language"]
        name = f"{_ADDED}{_named(language)}.vtt"
        try:
            written = plain_webvtt(Path(text["path"]).read_bytes())
        except Invalid as error:
            raise Refused(f"the subtitles in {language}: {error}") from error
        (output / name).write_text(written)
        added.append({"name": name, "language": language, "label": text.get("label") or language})
    # A generation has at least one file, also when the last subtitles have gone.
    (output / _LIST).write_text(json.dumps([*kept, *added]))
    report(1.0)
    found = manifest(output, [])
    for one in kept:
        size = before["files"][one["name"]]["size"]
        found["files"][one["name"]] = {"size": size, "from": request["generation"]}
    return found | {"subtitles": [*kept, *added]}


def write_inner(given: Input, output: Path) -> list[dict[str, str]]:
    """Write the text tracks of a file into `output`, and return their rows of the manifest.

    Raises:
        Invalid: the file cannot be read.
    """
    with StoredFile(given) as source:
        tracks = text_tracks(source)
    rows: list[dict[str, str]] = []
    for track in tracks:
        try:
            text = plain_webvtt(_subrip(track).encode())
        except Invalid:
            continue  # too large, or nothing that is shown
        language = _language(track.language)
        name = _free_name(language, {row["name"] for row in rows})
        (output / name).write_text(text)
        label = shown(track.label, _LONGEST_LABEL).strip() or _LABELS.get(language, language)
        rows.append({"name": name, "language": language, "label": label})
    return rows


def _subrip(track: TextTrack) -> str:
    return "\n\n".join(
        f"{_clock(float(one.start_s))} --> {_clock(float(one.end_s))}\n{one.text}" for one in track.texts
    )


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d},{whole % 1000:03d}"


def _language(given: str) -> str:
    named = _named(given)
    return _SHORT.get(named, named)


def _named(language: str) -> str:
    lower = language.lower()
    return lower if _LANGUAGE.fullmatch(lower) else _UNKNOWN


def _free_name(language: str, taken: set[str]) -> str:
    name, count = f"{INNER}{language}.vtt", 1
    while name in taken:
        count += 1
        name = f"{INNER}{language}-{count}.vtt"
    return name
