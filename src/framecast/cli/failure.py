"""How a command fails: one line on stderr and an exit code.

The line has no secrets and no traceback. Scripts may rely on the codes; docs/reference/cli.md lists them.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import TextIO

from framecast.errors import (
    Broken,
    Conflict,
    Denied,
    Ended,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NoSpace,
    NotEnoughMemory,
    NotFound,
    SourceError,
    WouldBlock,
)
from framecast.model.source import mask
from framecast.model.text import shown

FAILED = 1
MISUSED = 2
_LONGEST = 2000  # characters
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
# The first that fits counts.
EXIT_CODES: tuple[tuple[type[BaseException], int, str], ...] = (
    (Invalid, MISUSED, "the command line, the configuration or a value in it is invalid"),
    (NotFound, 3, "no such stream, track or device"),
    (Conflict, 4, "conflict: the port or the name is in use, or a node runs already"),
    (Denied, 5, "not allowed"),
    (NodeUnavailable, 6, "no node answers"),
    (WouldBlock, 7, "no data in time"),
    (SourceError, 7, "the source cannot be opened or read"),
    (Ended, 7, "the stream has ended"),
    (Broken, 7, "the other end died"),
    (NotEnoughMemory, 8, "too little memory"),
    (NoSpace, 9, "error of the system: the disk is full, a file cannot be written, ..."),
    (OSError, 9, "error of the system: the disk is full, a file cannot be written, ..."),
    (FramecastError, FAILED, "any other error of Framecast"),
    (KeyboardInterrupt, INTERRUPTED, "ended by Ctrl-C"),
)


def report(error: BaseException, debug: bool = False) -> int:
    """Print `error` on stderr, with its traceback if `debug`, and return the exit code for it."""
    if debug:
        traceback.print_exception(error)
    if not isinstance(error, KeyboardInterrupt):
        print(f"framecast: {sentence(error)}", file=sys.stderr)
    return exit_code(error)


def _of_file(error: OSError) -> str:
    """What is missing, the file or its folder; '' where something else is wrong."""
    if not isinstance(error, FileNotFoundError) or not isinstance(error.filename, str):
        return ""
    name = error.filename
    if mask(name) != name or "://" in name:  # a part of an address might not be recognised as one
        return ""
    folder = Path(name).parent
    return f"there is no {f'file {error.filename}' if folder.is_dir() else f'folder {folder}'}"


def exit_code(error: BaseException) -> int:
    """Return the exit code for an error."""
    return next((code for kind, code, _ in EXIT_CODES if isinstance(error, kind)), FAILED)


def flushed(code: int) -> int:
    """Write what stdout and stderr still hold, and return the exit code: output that is lost is a failure, log records are not.

    Lost output is dropped here: the interpreter would try again at its end, and replace the exit code.
    """
    lost: OSError | None = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            lost = error if stream is sys.stdout else lost
            _drop(stream)
    return code if code or lost is None else report(lost)


def _drop(stream: TextIO) -> None:
    """Let a stream write what it holds to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    stream.flush()


def sentence(error: BaseException) -> str:
    """Return the error on one line, without secrets."""
    if isinstance(error, OSError) and error.strerror and not isinstance(error, FramecastError):
        text = _of_file(error) or error.strerror + (f": {error.filename}" if error.filename else "")
    else:
        text = str(error) or type(error).__name__
    return shown(mask(" ".join(text.split())), _LONGEST)
