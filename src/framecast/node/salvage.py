"""What can still be read of a damaged `streams.json`, and where the damaged file is kept. Pure text, and one rename.

Nothing is lost: the damaged file is kept beside it under a new name. Any thread; blocks for the disk.
"""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

MAX_BYTES = 64 << 20
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


class Damaged(Exception):
    """A file that exists and is not valid. `readable` are its complete entries."""

    def __init__(self, why: str, readable: dict[str, Any]) -> None:
        super().__init__(why)
        self.readable = readable


def read(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        Damaged: it is not a JSON object.
        OSError: it cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not stop us
    with open(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise Damaged("it is not a file", {})
        content = file.read(MAX_BYTES + 1)
    if not content:
        raise Damaged("it is empty", {})
    if len(content) > MAX_BYTES:
        raise Damaged(f"it has more than {MAX_BYTES >> 20} MiB", {})
    try:
        given = json.loads(content)
    except (ValueError, RecursionError) as error:
        why = f"it is not JSON: {error}" if isinstance(error, ValueError) else "it is nested too deeply"
        raise Damaged(why, entries(content.decode("utf-8", "replace"))) from None
    if not isinstance(given, dict):
        raise Damaged("it does not contain one JSON object", {})
    return given


def entries(text: str) -> dict[str, Any]:
    """Return the entries of a JSON object up to the first broken one; an entry with a damaged character is left out."""
    found: dict[str, Any] = {}
    at = _next(text, 0)
    at = _next(text, at + 1) if text[at : at + 1] == "{" else len(text)
    try:
        while text[at : at + 1] == '"':
            name, at = _DECODER.raw_decode(text, at)
            at = _next(text, at)
            if text[at : at + 1] != ":":
                break
            begin = _next(text, at + 1)
            value, at = _DECODER.raw_decode(text, begin)
            # No number is accepted, because it may be truncated.
            if isinstance(value, str | dict) and "\ufffd" not in f"{name}{text[begin:at]}":
                found[name] = value
            at = _next(text, at)
            at = _next(text, at + 1) if text[at : at + 1] == "," else len(text)
    except (ValueError, RecursionError):
        pass
    return found


def _next(text: str, at: int) -> int:
    """The position of the next character that is not white space."""
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def set_aside(path: Path) -> Path:
    """Keep a file under another name beside it, and return that name; until it is replaced, the file has both names.

    Raises:
        OSError: the folder cannot be written.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    for number in range(1000):
        aside = path.with_name(f"{path.name}.broken-{stamp}" + (f"-{number}" if number else ""))
        if os.path.lexists(aside):
            continue
        try:
            os.link(path, aside, follow_symlinks=False)  # never over another file
        except FileExistsError:
            continue
        except OSError:  # a folder, or a disk without links
            path.rename(aside)
        return aside
    raise OSError(f"too many damaged files are kept beside {path}: remove some")
