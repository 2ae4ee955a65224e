"""`framecast snapshot`: the newest picture of a stream as a JPEG file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import framecast
from framecast.cli.parameters import Stream, Timeout, parse_size
from framecast.errors import Invalid
from framecast.model import check_name

_OTHER_FORMATS = (".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".mp4", ".mkv")


def snapshot(
    name: Stream,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Output file; `-` is stdout (default: NAME.jpg).", show_default=False
        ),
    ] = "",
    size: Annotated[
        str,
        typer.Option(
            metavar="WxH",
            help="Scale to this size; one side may be 0 to keep the aspect ratio.",
            show_default=False,
        ),
    ] = "",
    quality: Annotated[int, typer.Option(min=1, max=100, help="JPEG quality.")] = 85,
    timeout: Timeout = 15.0,
    max_age: Annotated[float, typer.Option(min=0, help="Maximum age of the picture in seconds.")] = 5.0,
) -> None:
    """Save the newest picture of a stream as JPEG.

    NAME may also be a URL, a file or a device: no node is needed then.
    """
    if Path(file).suffix.lower() in _OTHER_FORMATS:
        raise Invalid(
            f"a snapshot is a JPEG picture, and {file!r:.200} names another format: write {str(Path(file).with_suffix('.jpg'))!r:.200}"
        )
    picture = framecast.snapshot(
        name, quality=quality, size=parse_size(size), timeout_s=timeout, max_age_s=max_age
    )
    if file == "-":
        sys.stdout.buffer.write(picture)
        return
    path = Path(file or f"{check_name(name)}.jpg")
    path.write_bytes(picture)
    print(path)
