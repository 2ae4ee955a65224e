"""Logging of every Framecast process: one place where records are masked, formatted and written.

The node writes; its children send their records to it over a datagram socket, so that a log file has one writer and can
be rotated. `file` is `pid - time - level - message`, `json` one object per line, `plain` for people. Passwords of URLs are
masked here in every record. Any thread. If the node reads too slowly, a child loses records, but never waits.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import Any, TextIO

from framecast.errors import Invalid
from framecast.model import number
from framecast.model.setting import Change, setting
from framecast.model.source import mask
from framecast.model.text import shown

FORMATS = ("plain", "file", "json")
LEVELS = ("debug", "info", "warning", "error")
_LATEST = 250_000_000_000  # seconds since 1970: what a date can be
_MAX_LINE = 8192  # characters of a message or of a line of a traceback
_MAX_RELAYED = 8192  # characters: a record must fit into one datagram
_hidden: set[str] = set()


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Key `log`: where log records go, in which form, and which."""

    format: str = setting(
        "plain",
        "Form of log records: `plain` for people, `file` (`pid - time - level - message`) or `json`",
        change=Change.NOW,
        is_flag=True,
    )
    level: str = setting(
        "info",
        "Lowest level that is logged: `debug`, `info`, `warning` or `error`",
        change=Change.NOW,
        is_flag=True,
    )
    levels: dict[str, str] = setting(
        dict,
        "Levels of single components: `{node: debug}` means `framecast.node`",
        change=Change.NOW,
    )
    file: str = setting("", "File to write to", change=Change.NOW, default_text="stderr")
    max_bytes: int = setting(
        10 << 20,
        "Size in bytes at which the file is rotated",
        low=4096,
        change=Change.NOW,
    )
    backups: int = setting(5, "How many rotated files are kept", low=1, high=1000, change=Change.NOW)

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise Invalid(f"log.format must be one of {', '.join(FORMATS)}, got {self.format!r:.40}")
        for level in (self.level, *self.levels.values()):
            if level not in LEVELS:
                raise Invalid(f"log level must be one of {', '.join(LEVELS)}, got {level!r:.40}")


class Logger:
    """Writes records with fields, which stand behind the message as `key=value`. Fields that are empty or None are left out.

    As in the standard library, `args` are filled into the message, and `exc_info` adds a traceback.
    """

    __slots__ = ("_logger",)

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, message: str, *args: object, **fields: object) -> None:
        """Write what only helps to find a defect."""
        self._write(logging.DEBUG, message, args, fields)

    def info(self, message: str, *args: object, **fields: object) -> None:
        """Write what is as it should be."""
        self._write(logging.INFO, message, args, fields)

    def warning(self, message: str, *args: object, **fields: object) -> None:
        """Write what somebody may have to look at."""
        self._write(logging.WARNING, message, args, fields)

    def error(self, message: str, *args: object, **fields: object) -> None:
        """Write what has failed."""
        self._write(logging.ERROR, message, args, fields)

    def exception(self, message: str, *args: object, **fields: object) -> None:
        """Write what has failed, with the traceback of the exception that is handled now."""
        self._write(logging.ERROR, message, args, {"exc_info": True, **fields})

    def _write(self, level: int, message: str, args: tuple[object, ...], fields: dict[str, Any]) -> None:
        if self._logger.isEnabledFor(level):
            trace = fields.pop("exc_info", None)
            self._logger.log(level, message, *args, exc_info=trace, extra={"fields": fields})


def get_logger(name: str) -> Logger:
    """Return the logger of a module, by its `__name__`."""
    return Logger(name)


def hide(secret: str) -> None:
    """Replace `secret` by *** in every record of this process from now on."""
    if len(secret) > 2:
        _hidden.add(secret)


def configure(settings: LogSettings) -> None:
    """Send this process's records to stderr or to the file of `settings`. May be called again.

    Raises:
        Invalid: the file cannot be written.
    """
    _install(_open(settings), settings.level, settings.levels)


def relay(fd: int, level: str = "info", levels: Mapping[str, str] | None = None) -> None:
    """Send this process's records to the node through the datagram socket `fd`, which stays the caller's."""
    _install(_Relay(fd), level, levels or {})


def relay_levels(settings: LogSettings) -> dict[str, object]:
    """Return the levels of `settings` as `relay` takes them."""
    return {"level": settings.level, "levels": dict(settings.levels)}


def relays() -> set[int]:
    """Return the descriptors through which this process sends its records: a forked child keeps them open."""
    return {handler.fileno() for handler in logging.getLogger().handlers if isinstance(handler, _Relay)}


def detach() -> None:
    """Send no more records anywhere, until the next `relay` or `configure`."""
    _remove_handlers()


def emit_relayed(packet: bytes) -> None:
    """Write a record that a child has sent; anything else is dropped."""
    try:
        fields = json.loads(packet)
        level, name = logging.getLevelNamesMapping()[str(fields["level"])], str(fields["logger"])
        record = logging.LogRecord(name, level, "", 0, str(fields["message"]), None, None)
        record.created = number.real(fields["time"], 0, _LATEST)
        record.process = number.whole(fields["pid"], 0, 1 << 32)
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    record.relayed = True
    logging.getLogger(name).handle(record)


def _install(handler: logging.Handler, level: str, levels: Mapping[str, str]) -> None:
    _remove_handlers()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)  # libraries
    logging.getLogger("framecast").setLevel(level.upper())
    for component, own in levels.items():
        logging.getLogger(f"framecast.{component}").setLevel(own.upper())


def _remove_handlers() -> None:
    root = logging.getLogger()
    for old in tuple(root.handlers):
        if isinstance(getattr(old, "formatter", None), _Formatter) or isinstance(old, _Relay):
            root.removeHandler(old)
            with suppress(OSError):  # a full disk
                old.close()


def _open(settings: LogSettings) -> logging.Handler:
    handler: logging.Handler
    if not settings.file:
        handler = _Stderr(sys.stderr)
    else:
        try:
            handler = _File(
                settings.file,
                maxBytes=settings.max_bytes,
                backupCount=settings.backups,
                encoding="utf-8",
                errors="backslashreplace",
            )
        except OSError as error:
            raise Invalid(f"the log file {settings.file} cannot be written: {error.strerror}") from error
    handler.setFormatter(_Formatter(settings.format))
    return handler


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to stderr. A closed pipe or a full disk costs records, and nothing else."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name in the standard library
        """Do nothing: there is no other place to write to."""


class _File(RotatingFileHandler):
    """Writes to a file, also after another program has renamed, removed or truncated it (logrotate)."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # its folder is gone: the open file still takes records
            self._follow()
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name in the standard library
        """Do nothing: a full disk costs records, and nothing else."""

    def _follow(self) -> None:
        if self.stream is None:
            return
        ours = os.fstat(self.stream.fileno())
        try:
            there = os.stat(self.baseFilename)
        except FileNotFoundError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            old, self.stream = self.stream, self._open()
            old.close()


def _text(record: logging.LogRecord) -> str:
    """The message with its fields, on one line and without secrets; empty fields are left out."""
    fields: dict[str, Any] = getattr(record, "fields", {})
    said = (f"{key}={value}" for key, value in fields.items() if value is not None and str(value))
    return _clean(" ".join([record.getMessage(), *said]))


def _clean(text: str) -> str:
    for secret in sorted(_hidden, key=len, reverse=True):  # one may be a part of another
        text = text.replace(secret, "***")
    return shown(mask(text), _MAX_LINE)


class _Formatter(logging.Formatter):
    """The three forms of a record."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        text = _with_trace(record)
        at = datetime.fromtimestamp(record.created, UTC)
        if self._form == "json":
            stamp = at.isoformat(timespec="milliseconds")
            return json.dumps(
                {
                    "pid": record.process,
                    "time": stamp,
                    "level": record.levelname.lower(),
                    "logger": record.name,
                    "message": text,
                }
            )
        if self._form == "file":
            stamp = at.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
            return f"{record.process} - {stamp}Z - {record.levelname} - {text}"
        return f"{at.astimezone():%H:%M:%S} {record.levelname.lower():7} {text}"


def _with_trace(record: logging.LogRecord) -> str:
    """The message and the lines of its traceback; a relayed message has them already."""
    if getattr(record, "relayed", False):
        return "\n".join(_clean(line) for line in str(record.msg).split("\n"))
    text = _text(record)
    if record.exc_info and record.exc_info[0] is not None:
        lines = logging.Formatter().formatException(record.exc_info).splitlines()
        text += "".join(f"\n    {_clean(line)}" for line in lines)
    return text


class _Relay(logging.Handler):
    """Sends records to the node; never waits."""

    def __init__(self, fd: int) -> None:
        super().__init__()
        self._socket = socket.socket(fileno=os.dup(fd))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """The descriptor that records go through."""
        return self._socket.fileno()

    def emit(self, record: logging.LogRecord) -> None:
        fields = {
            "pid": record.process,
            "time": record.created,
            "level": record.levelname,
            "logger": record.name,
            "message": _with_trace(record)[:_MAX_RELAYED],
        }
        try:
            self._socket.send(json.dumps(fields).encode())
        except OSError:
            return  # the node is gone or does not read

    def close(self) -> None:
        self._socket.close()
        super().close()
