"""Parameters that several commands share, with their completions."""

from __future__ import annotations

from typing import Annotated

import typer

from framecast.client.node import NodeClient
from framecast.errors import FramecastError, Invalid


def stream_names(incomplete: str) -> list[tuple[str, str]]:
    """Return the running node's streams that begin so, with their states: for the shell's completion."""
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
    if not (width.isdecimal() and height.isdecimal() and int(width) + int(height)):
        raise Invalid(f"size {text!r} cannot be: write it as 640x360, or 640x0 to keep the proportion")
    return int(width), int(height)


Stream = Annotated[
    str, typer.Argument(metavar="NAME", help="The stream's name.", autocompletion=stream_names)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Timeout = Annotated[
    float, typer.Option(metavar="S", min=0.1, help="Give up when nothing has come for so long.")
]
