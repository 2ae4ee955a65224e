"""What the node gives every server on stdin: one frozen type for all, written by the node and read by the server. Pure.

Each server has a subclass with its own fields. Reading fails closed: a key that is missing, unknown or of another type ends the
server. A key without a value is written as null, so a missing access token never opens a server by accident.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from framecast.errors import Invalid
from framecast.model import number

_MOST = (1 << 53) - 1  # what a number of JSON holds exactly
_SHOWN = 60  # characters of an unknown key


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSocket:
    """The node's socket for log records, `fd`, and the levels from which they are sent."""

    fd: int
    level: str
    levels: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Settings:
    """The key `library.s3`: a bucket for the stored videos. Without `endpoint` it is one of Amazon, without keys those of the environment count."""

    endpoint: str | None
    bucket: str
    region: str
    access_key: str | None = field(repr=False)
    secret_key: str | None = field(repr=False)
    prefix: str


# Said where there are no settings of a library.
NO_LIBRARY = "this node has no library: set 'library.enabled: true' in framecast.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LibrarySettings:
    """The key `library`: stored videos. `folder` exists once the library was used; null is no limit.

    `database` is where the videos are, also on a node without accounts.
    """

    database: str = field(repr=False)
    folder: Path
    max_upload_bytes: int
    quota_bytes: int | None
    daily_bytes: int | None
    min_free_bytes: int
    upload_expiry_s: int
    bin_s: int
    workers: int | None
    has_ladder: bool
    s3: S3Settings | None


# Said where there are no settings of rooms.
NO_ROOMS = "this node has no rooms: set 'rooms.enabled: true' in framecast.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsSettings:
    """The key `rooms`. `folder` exists once something was said; `database` is where it stands, also on a node without accounts.

    `guests` (off, read, write), `retention_s` (null: for ever) and `message_chars` are for rooms that do not say it themselves. `limits` are the
    numbers of `RoomLimits`.
    """

    database: str = field(repr=False)
    folder: Path
    guests: str
    message_chars: int
    retention_s: int | None
    limits: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every server needs. `fd` is the socket that holds its port, `host` and `port` where that socket is bound.

    Without `access_token` every client may come in. `database` is the URL of the database of people, None: there are no accounts.
    Without `data_dir` there are no share links. Without `library` no videos are stored, without `rooms` nobody talks. Without `log` records go to stderr.
    """

    fd: int
    host: str
    port: int
    runtime_dir: Path
    access_token: str | None = field(repr=False)
    database: str | None = field(repr=False)
    data_dir: Path | None
    library: LibrarySettings | None
    rooms: RoomsSettings | None
    log: LogSocket | None

    def to_line(self) -> bytes:
        """Return the line of JSON that `read` understands."""
        return json.dumps(asdict(self), default=str).encode() + b"\n"


S = TypeVar("S")


def read(kind: type[S], line: bytes) -> S:
    """Return the settings in one line of JSON.

    Raises:
        Invalid: the line is not a JSON object, or a key is missing, unknown or of another type. The message shows no value.
    """
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Invalid(
            f"the settings cannot be read: expected one line with a JSON object on stdin, got {len(line)} bytes of something else"
        )
    return _object(kind, given, "")


def _object(kind: type[S], given: Mapping[str, Any], prefix: str) -> S:
    hints, known = get_type_hints(kind), [one.name for one in fields(kind)]  # type: ignore[arg-type]
    for key in given:
        if key not in known:
            raise Invalid(
                f"the settings cannot be read: unknown key {prefix + key!r:.{_SHOWN}}, known are {', '.join(known)}"
            )
    for key in known:
        if key not in given:
            raise Invalid(
                f"the settings cannot be read: key {prefix + key!r} is missing, write null for no value"
            )
    return kind(**{key: _value(hints[key], given[key], prefix + key) for key in known})


def _value(hint: Any, given: object, key: str) -> object:  # noqa: ANN401  a type hint
    if get_origin(hint) in (Union, _UNION):
        kinds = [one for one in get_args(hint) if one is not type(None)]
        return None if given is None else _value(kinds[0], given, key)
    if isinstance(given, dict) and hint not in _READ:
        return _object(hint, given, f"{key}.")
    try:
        return _READ[hint](given)
    except (ValueError, KeyError):
        expected = _EXPECTED.get(hint, "a JSON object")
        raise Invalid(
            f"the settings cannot be read: {key!r} must be {expected}, got {type(given).__name__}"
        ) from None


def _whole(given: object) -> int:
    return number.whole(given, -1, _MOST)


def _truth(given: object) -> bool:
    if not isinstance(given, bool):
        raise ValueError
    return given


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError
    return given


def _texts(given: object) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise ValueError
    return tuple(map(_text, given))


def _words(given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        raise ValueError
    return {key: _text(value) for key, value in given.items()}


def _numbers(given: object) -> dict[str, float]:
    if not isinstance(given, dict):
        raise ValueError
    return {key: _number(value) for key, value in given.items()}


def _number(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError
    return given


_UNION = type(int | None)
_READ: Mapping[Any, Callable[[object], object]] = {
    int: _whole,
    bool: _truth,
    str: _text,
    Path: lambda given: Path(_text(given)),
    tuple[str, ...]: _texts,
    dict[str, str]: _words,
    dict[str, float]: _numbers,
}
_EXPECTED: Mapping[Any, str] = {
    int: "a whole number",
    bool: "true or false",
    str: "a text",
    Path: "a path",
    tuple[str, ...]: "a list of texts",
    dict[str, str]: "an object of texts",
    dict[str, float]: "an object of numbers",
}
