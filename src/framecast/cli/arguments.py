"""Secrets on the command line: hidden from the process list, or not written there at all.

Everybody on a machine can read the arguments of every process. A password in one is overwritten in this process's own
memory as soon as it was parsed; to hide it for even that moment, write `-` and send it on stdin.
Linux only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from framecast.errors import Invalid
from framecast.model import number
from framecast.model.address import mask_address
from framecast.model.mask import mask
from framecast.model.missing_file import refuse_missing
from framecast.model.source import Source
from framecast.process import show_arguments, shown_arguments


def hide_secrets() -> None:
    """Overwrite passwords in what `ps` shows of this process. `sys.argv` stays as it is."""
    _, shown = shown_arguments()
    show_arguments(mask_arguments(shown))


def mask_arguments(shown: bytes) -> bytes:
    """Return the arguments, each ended by a zero, with secrets masked and every one as long as it was."""
    given = shown.split(b"\0")
    return b"\0".join(_mask(argument).ljust(len(argument), b" ") for argument in given)


def _mask(argument: bytes) -> bytes:
    text = argument.decode(errors="surrogateescape")
    # NAME=SOURCE: all behind the name is one address, with its spaces.
    start = text.rfind("=", 0, max(text.find("://"), 0)) + 1
    shown = mask(text[:start]) + mask_address(text[start:])
    masked = shown.encode(errors="surrogateescape")
    return masked if len(masked) <= len(argument) else b"*" * len(argument)


def read_source(given: str) -> str:
    """Return the source that was given: `-` is one line of stdin, a relative path becomes an absolute one.

    The node has another working folder, so it cannot know what a relative path is relative to.

    Raises:
        Invalid: stdin has no source.
        SourceError: not-found: the file does not exist.
    """
    source = sys.stdin.readline().strip() if given == "-" else given
    if not source:
        raise Invalid("no source was given: write it after the name, or send one line on stdin")
    refuse_missing(Source(source))
    return str(Path(source).expanduser().absolute()) if is_path(source) else source


def file_note(source: str, loop: object = True) -> str:
    """Return what a file does as a stream, for people who expect it to be read at once; '' for another source."""
    if not is_path(source):
        return ""
    return f"a file: plays in real time while it has readers, {'and begins again at its end' if loop else 'once'}"


def is_path(source: str) -> bool:
    """Return whether a source is the path of a file: neither a URL nor `pattern:` and its like nor a device number."""
    return not number.is_digits(source) and not Source(source).scheme
