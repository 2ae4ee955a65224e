"""`framecast view`: streams in desktop windows."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from framecast.cli.arguments import read_source
from framecast.cli.parameters import parse_size, stream_names
from framecast.desktop.settings import WindowSettings
from framecast.errors import Invalid


def view(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="The streams' names.", autocompletion=stream_names),
    ],
    size: Annotated[
        str,
        typer.Option(
            metavar="WxH", help="Size of the windows (default: the picture's size).", show_default=False
        ),
    ] = "",
    fullscreen: Annotated[bool, typer.Option("--fullscreen", help="Start in fullscreen.")] = False,
    mute: Annotated[
        bool, typer.Option("--mute", help="Start muted (default: the first window plays sound).")
    ] = False,
    frames: Annotated[
        int, typer.Option(metavar="N", min=0, help="Close a window after N pictures; 0: never.")
    ] = 0,
) -> None:
    """Show streams in windows on the desktop, each in a process of its own.

    Keys: space pauses, f or a double click toggles fullscreen, m mutes, up and down change the volume, s saves the picture,
    i shows statistics, q or Esc closes the window. Ctrl-C closes all windows. NAME may also be a URL, a file, a device or
    `pattern:`; `-` reads one from stdin, so that no password is on the command line.
    """
    from framecast.desktop.windows import Windows, check

    window_size = parse_size(size)
    if window_size is not None and not all(window_size):
        raise Invalid(f"--size of a window needs both sides, such as 1280x720, got {size}")
    streams = [read_source(name) if name == "-" else name for name in names]
    check(streams)
    wanted = [
        WindowSettings(stream, window_size, fullscreen, not mute and not number, frames, number, len(streams))
        for number, stream in enumerate(streams)
    ]
    with Windows(wanted, lambda text: print(text, file=sys.stderr, flush=True)) as windows:
        for report in windows.wait():
            print(report)
