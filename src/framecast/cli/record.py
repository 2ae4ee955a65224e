"""`framecast record`: a stream into a file."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

import framecast
from framecast.bus.runtime import node_socket
from framecast.cli.parameters import Stream, Timeout, parse_seconds
from framecast.cli.streams import describe
from framecast.model import State

File = Annotated[Path, typer.Argument(metavar="FILE", help="Output file: `.mp4`, `.mov` or `.mkv`.")]


def record(
    name: Stream,
    file: File,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            "-s",
            metavar="N",
            parser=parse_seconds,
            help="Seconds to record (default: until Ctrl-C).",
        ),
    ] = None,
    no_audio: Annotated[bool, typer.Option("--no-audio", help="Record without audio.")] = False,
    fragmented: Annotated[
        bool,
        typer.Option(
            "--fragmented", help="Write a fragmented MP4, which browsers can play while it downloads."
        ),
    ] = False,
    timeout: Timeout = 15.0,
) -> None:
    """Record a stream to a file without re-encoding it.

    The file begins at a key frame and has the stream's sound. Ctrl-C finishes the file.
    NAME may also be a URL, a file or a device: no node is needed then.
    """
    from framecast.client.place import check_known, is_name
    from framecast.client.recorder import Order, Progress, record  # imports FFmpeg: not for a `--help`

    if is_name(name):
        check_known(name, node_socket(None))
    stop = Event()
    _stop_on_signals(stop)
    with Live(console=Console(stderr=True), transient=True) as live:

        def hear(state: State, detail: str) -> None:
            live.update(": ".join(filter(None, (state, detail))))

        def show(progress: Progress) -> None:
            wanted = f" of {seconds:g}" if seconds else ""
            live.update(f"{progress.seconds:.1f}{wanted} s  {(progress.files or (file,))[-1]}")

        with framecast.open(name, on_state=hear) as stream:
            order = Order(file, seconds, not no_audio, fragmented, timeout, stop, show)
            done = record(stream, order)
    if not done.files:
        print("framecast: nothing was recorded", file=sys.stderr)
        raise typer.Exit(1)
    tracks = ", ".join(describe(track) for track in done.tracks)
    print(f"{', '.join(map(str, done.files))}: {done.seconds:.1f} s, {tracks}")


def _stop_on_signals(stop: Event) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
