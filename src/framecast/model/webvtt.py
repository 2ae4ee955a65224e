"""Subtitles that somebody has uploaded, WebVTT or SubRip, as plain WebVTT. Pure: bytes of strangers in, a text of our own writing out.

Of the input only times, cue settings of known names and lines of text are taken over: no styles, regions, notes or identifiers. What browsers
would take for markup stays only as the tags that WebVTT has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from framecast.errors import Invalid
from framecast.model import number
from framecast.model.text import shown

LARGEST = 1 << 20
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
MOST_CUES = 20_000
_LONGEST_LINE = 1000
_MOST_LINES = 20  # of one cue
_TIME = r"(?:([0-9]{1,3}):)?([0-5][0-9]):([0-5][0-9])[.,]([0-9]{3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]+-->[ \t]+{_TIME}((?:[ \t]+[^ \t]+)*)[ \t]*")
_SETTING = re.compile(r"(?:vertical|line|position|size|align):[A-Za-z0-9.,%-]{1,32}")
_TAG = re.compile(r"<(/?)(b|i|u|ruby|rt)>|<[^<>]{0,200}>", re.IGNORECASE)
_SRT_PLACE = re.compile(r"\{\\an?\d\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: from and to in milliseconds, settings of its place, its text."""

    start_ms: int
    end_ms: int
    settings: str
    text: str


def plain_webvtt(given: bytes) -> str:
    """Return subtitles as WebVTT, in the order of their times.

    Raises:
        Invalid: they are too large, or no subtitles.
    """
    if len(given) > LARGEST:
        raise Invalid(f"subtitles may have at most {LARGEST} bytes, got {len(given)}")
    text = _decoded(given)
    cues = sorted(_cues(text), key=lambda cue: (cue.start_ms, cue.end_ms))
    if not cues:
        raise Invalid(
            f"subtitles must be WebVTT or SubRip, with times such as 00:00:01.000 --> 00:00:04.000; got {shown(text, 40)!r}"
        )
    return "\n".join(("WEBVTT", "", *(_written(cue) for cue in cues)))


def _decoded(given: bytes) -> str:
    """The text in the encoding that its first bytes name, else UTF-8, else that of Windows in western Europe, which every text fits."""
    unicode, wide, western = ENCODINGS
    try:
        return given.decode(wide if given[:2] in (b"\xff\xfe", b"\xfe\xff") else unicode)
    except UnicodeDecodeError:
        return given.decode(western, "replace")


def _cues(text: str) -> Iterator[Cue]:
    lines = iter(_CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n"))
    count = 0
    for line in lines:
        found = _TIMING.fullmatch(line[:_LONGEST_LINE])
        if found is None:
            continue
        start, end = _ms(found.groups()[:4]), _ms(found.groups()[4:8])
        body = _body(lines)
        if end > start and body:
            count += 1
            if count > MOST_CUES:
                raise Invalid(f"subtitles may have at most {MOST_CUES} cues")
            settings = " ".join(one for one in found[9].split() if _SETTING.fullmatch(one))
            yield Cue(start, end, settings, body)


def _body(lines: Iterator[str]) -> str:
    """Take the lines of a cue, up to an empty one."""
    kept: list[str] = []
    for line in lines:
        if not line.strip():
            break
        if len(kept) < _MOST_LINES:
            kept.append(_line(line.strip()[:_LONGEST_LINE]))
    return "\n".join(one for one in kept if one)


def _line(text: str) -> str:
    """Return one line with the tags that WebVTT has; other `<` are characters."""
    bare = _SRT_PLACE.sub("", text).replace("-->", "→")
    parts, at = [], 0
    for tag in _TAG.finditer(bare):
        parts.append(_escaped(bare[at : tag.start()]))
        if tag[2]:
            parts.append(f"<{tag[1]}{tag[2].lower()}>")
        at = tag.end()
    parts.append(_escaped(bare[at:]))
    return "".join(parts).strip()


def _escaped(text: str) -> str:
    """Escape what would be markup. Character references of WebVTT stay what they are."""
    bare = re.sub(r"&(?!(?:amp|lt|gt|nbsp|lrm|rlm);)", "&amp;", text)
    return bare.replace("<", "&lt;").replace(">", "&gt;")


def _written(cue: Cue) -> str:
    times = f"{_clock(cue.start_ms)} --> {_clock(cue.end_ms)}"
    return f"{times}{' ' if cue.settings else ''}{cue.settings}\n{cue.text}\n"


def _ms(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (number.integer(one or "0", 0, 999) for one in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _clock(ms: int) -> str:
    seconds, thousandths = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"
