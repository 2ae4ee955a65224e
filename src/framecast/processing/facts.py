"""The facts of an uploaded file, as they come back from the process that has parsed it: each field of the right type, in its range, and no other field. Pure.

That process may have been taken over by the file, so its facts are checked like an upload.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from framecast.model.text import text_problem
from framecast.processing import accepted

Field = Callable[[object], object]
_CONTAINERS = frozenset({"mov", "matroska", "mpegts", "avi", "ogg"})
_MOST_INDEX = 1000


def checked_facts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts.

    Raises:
        ValueError: names the field, and what it must be.
    """
    facts = _fields(given, _FACTS)
    if facts["video"] is None and facts["audio"] is None:
        raise ValueError("video or audio must be there")
    video = facts["video"]
    if video is not None and video["width"] * video["height"] > accepted.MOST_PIXELS:
        raise ValueError(f"width times height must be at most {accepted.MOST_PIXELS}")
    return facts


def _fields(given: object, table: Mapping[str, Field]) -> dict[str, Any]:
    if not isinstance(given, Mapping) or given.keys() != table.keys():
        raise ValueError(f"expected a mapping of {', '.join(table)}")
    found = {}
    for name, field in table.items():
        try:
            found[name] = field(given[name])
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found


def _number(kind: type[int] | type[float], low: float, high: float) -> Field:
    def check(value: object) -> object:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if (whole or (kind is float and isinstance(value, float))) and low <= value <= high:  # type: ignore[operator]
            return value
        raise ValueError(f"must be a number from {low} to {high}")

    return check


def _text(most: int) -> Field:
    def check(value: object) -> object:
        if isinstance(value, str) and not text_problem(value, most):
            return value
        raise ValueError(f"must be a text of at most {most} characters, without control characters")

    return check


def _one_of(values: frozenset[Any]) -> Field:
    kinds = set(map(type, values))

    def check(value: object) -> object:
        if type(value) in kinds and value in values:
            return value
        raise ValueError(f"must be one of {', '.join(sorted(map(str, values)))}")

    return check


def _or_none(field: Field) -> Field:
    return lambda value: None if value is None else field(value)


def _mapping(table: Mapping[str, Field]) -> Field:
    return lambda value: _fields(value, table)


def _list(field: Field, most: int, least: int = 0) -> Field:
    def check(value: object) -> object:
        if isinstance(value, list) and least <= len(value) <= most:
            return [field(one) for one in value]
        raise ValueError(f"must be a list of {least} to {most}")

    return check


_IS = _one_of(frozenset({True, False}))
_NAMED: dict[str, Field] = {
    "index": _number(int, 0, _MOST_INDEX),
    "language": _text(8),
    "label": _text(80),
}
_FACTS: dict[str, Field] = {
    "container": _one_of(_CONTAINERS),
    "duration_s": _or_none(_number(float, 0, accepted.MOST_HOURS * 3600)),
    "video": _or_none(
        _mapping(
            {
                **_NAMED,
                "codec": _one_of(frozenset(accepted.VIDEO_CODECS)),
                "width": _number(int, accepted.LEAST_SIDE, accepted.MOST_SIDE),
                "height": _number(int, accepted.LEAST_SIDE, accepted.MOST_SIDE),
                "fps": _number(float, 0, accepted.MOST_FPS),
                "is_vfr": _IS,
                "rotation": _one_of(frozenset({0, 90, 180, 270})),
                "is_mirrored": _IS,
                "pixel_format": _text(32),
                "pixel_ratio": _list(_number(int, 1, 1 << 31), 2, 2),
                "bit_depth": _number(int, 1, 16),
                "transfer": _one_of(frozenset({"sdr", "pq", "hlg"})),
            }
        )
    ),
    "audio": _or_none(
        _mapping(
            {
                **_NAMED,
                "codec": _one_of(frozenset(accepted.AUDIO_CODECS)),
                "sample_rate": _number(int, accepted.LEAST_RATE, accepted.MOST_RATE),
                "channels": _number(int, 1, accepted.MOST_CHANNELS),
            }
        )
    ),
    "subtitles": _list(_mapping({**_NAMED, "codec": _one_of(accepted.TEXT_CODECS)}), accepted.MOST_SUBTITLES),
    "chapters": _number(int, 0, accepted.MOST_CHAPTERS),
    "can_remux": _IS,
    "title": _text(accepted.MOST_TITLE),
}
