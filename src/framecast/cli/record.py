"""`framecast record`: a stream into a file."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event
from time import monotonic
from types import FrameType
from typing import Annotated

import typer

import framecast
from framecast.bus.runtime import node_socket
from framecast.cli.parameters import Stream, Timeout, parse_seconds
from framecast.cli.progress import Progress
from framecast.cli.streams import describe
from framecast.model import State
from framecast.model.data_file import MAX_TRACKS
from framecast.model.stream import is_about

_SHOW_S = 0.25
_FIRST_S = 10.0  # in a pipe, a short recording says nothing
File = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="Output file: `.mp4`, `.mov` or `.mkv`; none with --library."),
]


def record(
    name: Stream,
    file: File = None,
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
    library: Annotated[
        bool, typer.Option("--library", help="Record into the library of the node, as a video.")
    ] = False,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="Title of the video.")] = "",
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="STREAM",
            help="With --library: keep the data of this stream with the video; repeatable (default: streams that are about it by their names, NAME.objects).",
        ),
    ] = None,
    timeout: Timeout = 15.0,
) -> None:
    """Record a stream to a file without re-encoding it.

    The file begins at a key frame and has the stream's sound. Ctrl-C finishes the file.
    NAME may also be a URL, a file or a device: no node is needed then.
    With --library the node records, and the video can be played from its first seconds on.
    """
    if library != (file is None):
        raise typer.BadParameter("give a FILE, or --library to record into the library of the node")
    if file is None:
        _record_into_library(name, title, seconds, data)
        return
    from framecast.client.place import check_known, is_file, is_name
    from framecast.client.recorder import Order, record  # imports FFmpeg: not for a `--help`
    from framecast.client.recorder import Progress as Recorded

    if is_name(name):
        check_known(name, node_socket(None))
    stop = Event()
    _stop_on_signals(stop)
    with Progress(first_s=_FIRST_S) as progress:
        if is_file(name):
            progress.say(f"{name} {_how_long(seconds)}")

        def hear(state: State, detail: str) -> None:
            progress.show(": ".join(filter(None, (state, detail))))

        def show(at: Recorded) -> None:
            wanted = f" of {seconds:g}" if seconds else ""
            progress.show(f"{at.seconds:.1f}{wanted} s  {(at.files or (file,))[-1]}")

        with framecast.open(name, on_state=hear) as stream:
            order = Order(file, seconds, not no_audio, fragmented, timeout, stop, show)
            done = record(stream, order)
    if not done.files:
        print("framecast: nothing was recorded", file=sys.stderr)
        raise typer.Exit(1)
    tracks = ", ".join(describe(track) for track in done.tracks)
    print(f"{', '.join(map(str, done.files))}: {done.seconds:.1f} s, {tracks}")


def _record_into_library(name: str, title: str, seconds: float | None, data: list[str] | None) -> None:
    from framecast.client.node_client import NodeClient  # not for a `--help`

    stop = Event()
    _stop_on_signals(stop)
    with NodeClient() as client, Progress(first_s=_FIRST_S) as progress:
        if data is None:
            data = [one.name for one in client.streams() if is_about(one.name, name) and one.has_data]
        order = {"op": "record", "name": name, "title": title, "data": data[: MAX_TRACKS - 1]}
        video = client.request(order)["video"]
        begun = monotonic()
        while not stop.wait(_SHOW_S) and (seconds is None or monotonic() - begun < seconds):
            wanted = f" of {seconds:g}" if seconds else ""
            progress.show(f"{monotonic() - begun:.0f}{wanted} s  video:{video}")
        done = client.request({"op": "end_recording", "video": video})
    if not done["duration_s"]:
        print("framecast: nothing was recorded", file=sys.stderr)
        raise typer.Exit(1)
    print(f"video:{video}: {done['duration_s']:.1f} s, {done['title']}")


def _how_long(seconds: float | None) -> str:
    """What happens with a file: as with a camera, a second takes a second."""
    if seconds is not None:
        return f"plays in real time: this takes {seconds:g} s"
    return "plays in real time and begins again at its end: Ctrl-C finishes the recording"


def _stop_on_signals(stop: Event) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
