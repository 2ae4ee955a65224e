"""`framecast serve`: a node in the foreground, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from framecast.cli.arguments import read_source
from framecast.cli.failure import exit_code
from framecast.errors import FramecastError, Invalid
from framecast.model.stream import check_name

Streams = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME=SOURCE",
        help="Streams to add to those of the configuration. SOURCE `-` is read from stdin, one line each.",
        show_default=False,
    ),
]


def serve(
    streams: Streams = [],  # noqa: B006  typer wants a list, and never changes it
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="Configuration file (default: `framecast.yaml` in the current folder, if present).",
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address of the web server (default: 127.0.0.1).")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the web server; 0 picks a free one (default: 8080)."),
    ] = None,
    grpc_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the gRPC server; 0 picks a free one (default: 50051)."),
    ] = None,
    zmq_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the ZeroMQ server; 0 picks a free one (default: 5556)."),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for data that survives a restart (default: ~/.local/share/framecast)."
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Accept other machines without an access token.")
    ] = False,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error (default: info).")
    ] = None,
    log_format: Annotated[
        str | None,
        typer.Option(help="plain, file (pid - time - level - message) or json (default: plain)."),
    ] = None,
) -> None:
    """Run a node: receive streams and serve them to programs and browsers.

    Without any stream there is a test pattern named `demo`. Flags stand above the environment, that above the file.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the node takes it: nothing has begun yet
    from framecast.node import Config, load_config  # imports pydantic and asyncio: not for a `--help`
    from framecast.node import serve as serve_node

    log = {key: value for key, value in (("level", log_level), ("format", log_format)) if value is not None}

    grpc = None if grpc_port is None else {"port": grpc_port}
    zmq = None if zmq_port is None else {"port": zmq_port}

    def load() -> Config:
        return load_config(
            config,
            host=host,
            port=port,
            grpc=grpc,
            zmq=zmq,
            data_dir=data_dir,
            insecure=insecure or None,
            log=log or None,
        )

    failure = serve_node(load, dict(map(parse_stream, streams)), _welcome if sys.stdout.isatty() else None)
    if failure is not None:  # it has been logged
        raise typer.Exit(exit_code(failure))


def _welcome(url: str, streams: Sequence[Mapping[str, Any]]) -> None:
    """Say on a terminal what a person wants to know first; the log has it for everybody else."""
    shown = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
    for stream in streams:
        shown.add_row(f"  {stream['name']}", escape(str(stream["source"])))
    Console().print(f"\n[bold]{url}[/]  (Ctrl-C ends it)\n", shown, "")


def parse_stream(text: str) -> tuple[str, str]:
    """Return the name and the source of `NAME=SOURCE`.

    Raises:
        Invalid: it is not of that form, or the name cannot be.
    """
    name, equals, source = text.partition("=")
    try:
        return check_name(name if equals else ""), read_source(source)
    except FramecastError as error:
        raise Invalid(
            f"stream {text!r} cannot be: write it as NAME=SOURCE, such as door=rtsp://camera/1"
        ) from error
