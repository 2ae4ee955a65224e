"""`framecast sample`: a test clip, for a first stream without a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framecast.cli.parameters import parse_seconds, parse_size, picture_rate
from framecast.cli.progress import Progress
from framecast.errors import Invalid


def sample(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Output file: `.mp4`, `.mov` or `.mkv`.")],
    seconds: Annotated[
        float, typer.Option("--seconds", "-s", metavar="N", parser=parse_seconds, help="Length of the clip.")
    ] = 10.0,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of the picture.")] = "1280x720",
    fps: Annotated[
        str, typer.Option(metavar="N", help="Pictures a second, such as 25, 29.97 or 30000/1001.")
    ] = "30",
    audio: Annotated[bool, typer.Option("--audio/--no-audio", help="With a tone, or without sound.")] = True,
    codec: Annotated[
        str, typer.Option(metavar="CODEC", help="`h264`, `h265`, `mjpeg`, `vp9` or `av1`.")
    ] = "h264",
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Make a video file with a test pattern: a first stream for those who have no video at hand.

    The picture shows its time in the file and its number. Needs no node.
    """
    from framecast.media.testclip import TestClip, write  # imports FFmpeg and OpenCV: not for a `--help`

    sides = parse_size(size)
    if sides is None or not all(sides):
        raise Invalid(f"--size must have both sides, such as 1280x720, got {size!r:.40}")
    clip = TestClip(seconds, sides, picture_rate(fps), audio, codec)
    with Progress() as progress:
        write(
            file,
            clip,
            replace=force,
            on_progress=lambda done: progress.show(f"{file}: {done:.1f} of {seconds:g} s"),
        )
    tracks = f"video {codec} {size} {float(clip.fps):.4g}/s" + (", audio aac 48000 Hz" if audio else "")
    print(f"{file}: {float(clip.pictures / clip.fps):.1f} s, {tracks}")
