"""How a server's process begins: one line of JSON on stdin says what to serve, and the end of stdin that the node is gone.

    python -m framecast.servers.web < settings.json

Nothing secret stands in arguments or the environment. Log records go to the node, where it gave a socket for them. `ps` shows
the servers as `fc-web`, `fc-grpc` and `fc-zmq`.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from framecast import log as log_settings
from framecast import process
from framecast.errors import FramecastError, Invalid

MAX_SETTINGS_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every server is told. `fd` is the socket that holds its port; `access_token` None leaves the door open."""

    fd: int
    runtime_dir: Path
    host: str = ""
    port: int = 0
    access_token: str | None = field(default=None, repr=False)
    data_dir: Path | None = None
    log: dict[str, Any] = field(default_factory=dict)


S = TypeVar("S", bound=Settings)


def launch(kind: type[S], serve: Callable[[S, int], None], name: str) -> int:
    """Read the settings from stdin, serve until told to stop, return the exit status.

    `serve` gets the settings and the descriptor whose end says that the node is gone; `name` is that of its log, `framecast.web`.
    """
    process.rename(f"fc-{name.rpartition('.')[2]}")
    lifeline = sys.stdin.fileno()
    try:
        settings = read_settings(kind, read_line(lifeline))
        configure_log(settings)
        serve(settings, lifeline)
    except FramecastError as error:
        logging.getLogger(name).error("%s", error)
        return 1
    return 0


def read_settings(kind: type[S], line: bytes) -> S:
    """Return the settings in one line of JSON; keys that `kind` does not have are ignored.

    Raises:
        Invalid: it is not JSON, or a field is missing or cannot be.
    """
    try:
        given = json.loads(line)
        values = {key: value for key, value in given.items() if key in {f.name for f in fields(kind)}}
        return kind(**_converted(kind, values))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(f"a server's settings cannot be read: {error!r}") from error


def read_line(fd: int) -> bytes:
    """Return the first line, without taking more than that from `fd`."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < MAX_SETTINGS_BYTES:
        byte = os.read(fd, 1)
        if not byte:
            break
        line += byte
    return bytes(line)


def hear_lifeline(fd: int) -> bool:
    """Answer the node, which asks for a sign of life by bytes on stdin; return False when stdin has ended: the node is gone.

    Called by the event loop when `fd` can be read, so a loop that hangs does not answer.
    """
    try:
        asked = os.read(fd, 4096)
    except BlockingIOError:
        return True
    except OSError:  # it was closed with answers unread
        return False
    with suppress(OSError):  # a pipe: whoever started this process does not want to know
        os.write(fd, asked)
    return bool(asked)


def configure_log(settings: Settings) -> None:
    """Send log records to the node where it gave a socket for them, else to stderr."""
    if settings.access_token:
        log_settings.hide(settings.access_token)
    given = settings.log
    if "fd" in given:
        log_settings.relay(int(given["fd"]), str(given.get("level", "info")), given.get("levels"))
    else:
        log_settings.configure(log_settings.LogSettings(level=str(given.get("level", "info"))))


def _converted(kind: type[Settings], values: dict[str, Any]) -> Mapping[str, Any]:
    """JSON's types as the fields want them: paths, tuples; a null means the default."""
    wanted = {f.name: f for f in fields(kind)}
    kept = {
        key: value
        for key, value in values.items()
        if value is not None or (wanted[key].default is MISSING and wanted[key].default_factory is MISSING)
    }
    for key, value in kept.items():
        convert = _CONVERT.get(str(wanted[key].type).removesuffix(" | None"))
        if convert is not None:
            kept[key] = convert(value)
    return kept


def _texts(given: object) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise TypeError(f"{given!r:.40} is no list")
    return tuple(str(item) for item in given)


_CONVERT: Mapping[str, Callable[[Any], object]] = {"Path": Path, "int": int, "tuple[str, ...]": _texts}
