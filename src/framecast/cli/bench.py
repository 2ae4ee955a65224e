"""`framecast bench`: how fast this machine is for Framecast."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from framecast.cli.parameters import Json


def bench(
    pictures: Annotated[
        int, typer.Option(min=10, max=10_000, metavar="N", help="Number of pictures to measure.")
    ] = 60,
    as_json: Json = False,
) -> None:
    """Time this machine: how fast a 1080p picture reaches another process, and what coding costs.

    Takes a few seconds and needs no node. Other load on the machine affects the figures.
    """
    from framecast.doctor.figures import measure  # imports FFmpeg and OpenCV: not for a `--help`

    figures = list(measure(pictures))
    if as_json:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    table = Table("1920 x 1080", box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right")
    table.add_column("")
    for figure in figures:
        table.add_row(
            figure.what, f"{figure.value:.3g}" if figure.value < 100 else f"{figure.value:.0f}", figure.unit
        )
    Console().print(table)
