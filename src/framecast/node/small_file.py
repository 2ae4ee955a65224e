"""Small files that people name: the configuration, a token, a camera's address.

Only regular files are read, without waiting for a pipe's other end, and only up to a limit. No error shows the content of a file, because it
may be a secret. Any thread; blocks for the disk.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framecast.errors import Invalid

MAX_LINE_BYTES = 64 << 10


def read(path: Path, most: int) -> bytes:
    """Return what is in a file of at most `most` bytes.

    Raises:
        Invalid: it does not exist, may not be read, is not a regular file or is too large; the message begins with the path.
    """
    try:
        with _opened(path) as fd:
            mode = os.fstat(fd).st_mode
            if not stat.S_ISREG(mode) and str(path) != os.devnull:
                raise Invalid(f"{path} cannot be read: it must be a regular file, but {_kind(mode)}")
            with open(fd, "rb", closefd=False) as file:
                found = file.read(most + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, Invalid):
            raise
        why = error.strerror if isinstance(error, OSError) else "this is not a valid file name"
        raise Invalid(f"{path} cannot be read: {why}") from None
    if len(found) > most:
        raise Invalid(f"{path} cannot be read: it is larger than {_size(most)}, the limit")
    return found


def decoded(path: Path, raw: bytes) -> str:
    """Return the text in the bytes of a file, with or without a byte order mark.

    Raises:
        Invalid: it is not UTF-8; the message says where, and does not show the text.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid(f"{path} cannot be read: it is UTF-16 text; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Invalid(f"{path} cannot be read: line {line} is not UTF-8 text; save it as UTF-8") from None


def first_line(path: Path) -> str:
    """Return the first line of a file without the spaces around it.

    Raises:
        Invalid: as `read` and `decoded`, or the line is too long.
    """
    return decoded(path, read(path, MAX_LINE_BYTES).partition(b"\n")[0]).strip()


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A descriptor of anything at `path`; opening a pipe does not wait for its other end."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "it is a folder"
    return "it is a named pipe" if stat.S_ISFIFO(mode) else "it is a device or a socket"


def _size(most: int) -> str:
    return f"{most >> 20} MiB" if most >= 1 << 20 else f"{most >> 10} KiB"
