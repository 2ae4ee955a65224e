"""Parameters that several commands share, with their completions."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from framecast.client.node_client import NodeClient
from framecast.errors import FramecastError, Invalid
from framecast.model import number
from framecast.model.picture import MAX_SIDE

_SHORTEST_S, _LONGEST_S = 0.1, 366 * 86400.0


def stream_names(incomplete: str) -> list[tuple[str, str]]:
    """Return the running node's streams whose names begin with `incomplete`, and their states, for the shell's completion."""
    try:
        with NodeClient(timeout_s=1.0) as node:
            streams = node.streams()
    except FramecastError:
        return []
    return [(status.name, str(status.state)) for status in streams if status.name.startswith(incomplete)]


def parse_size(text: str) -> tuple[int, int] | None:
    """Return (width, height) of `WxH`, where one side may be 0; None of ''.

    Raises:
        Invalid: the text is something else.
    """
    if not text:
        return None
    width, _, height = text.lower().partition("x")
    try:
        size = number.integer(width, 0, MAX_SIDE), number.integer(height, 0, MAX_SIDE)
    except ValueError:
        size = 0, 0
    if size == (0, 0):
        raise Invalid(
            f"size must be WxH, such as 640x360, or 640x0 to keep the aspect ratio, with at most {MAX_SIDE} pixels "
            f"per side; got {text!r:.40}"
        )
    return size


def picture_rate(text: str) -> Fraction:
    """Return the pictures a second of `--fps`.

    Raises:
        Invalid: it is not a number from 0.1 to 240.
    """
    try:
        return number.picture_rate(text)
    except ValueError as error:
        raise Invalid(f"--fps is {text!r:.40}, but {error}") from None


def parse_seconds(text: object) -> float:
    """Return the seconds of an option.

    Raises:
        BadParameter: it is not a number from 0.1 s to a year.
    """
    try:
        return number.decimal(str(text), _SHORTEST_S, _LONGEST_S)
    except ValueError as error:
        raise typer.BadParameter(f"{error}, got {text!r:.40}") from None


Stream = Annotated[
    str, typer.Argument(metavar="NAME", help="The stream's name.", autocompletion=stream_names)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Timeout = Annotated[
    float,
    typer.Option(metavar="S", parser=parse_seconds, help="Timeout: give up after this long without data."),
]


def read_token(path: Path | None) -> str:
    """Return the token in a file, '' without one.

    Raises:
        Invalid: the file has no token. OSError: it cannot be read.
    """
    if path is None:
        return ""
    text = sys.stdin.readline() if str(path) == "-" else path.read_text(errors="replace")
    if not text.strip():
        raise Invalid(f"{path} has no token")
    return text.strip()
