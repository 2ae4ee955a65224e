"""`framecast worker`: works on the stored videos of another node, on this machine."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from framecast import log as logs
from framecast.cli.parameters import read_token
from framecast.errors import Invalid
from framecast.model import Source
from framecast.peer.address import PeerAddress, check_token


def worker(
    node: Annotated[str, typer.Argument(metavar="URL", help="The node: grpc://host:50051 or grpcs://host.")],
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File with a token of the scope 'work', so that it is not on the command line.",
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            min=1, max=64, help="Jobs at the same time (default: half of the processors).", show_default=False
        ),
    ] = max(1, len(os.sched_getaffinity(0)) // 2),
    name: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="Name in the list of jobs (default: this machine's).", show_default=False
        ),
    ] = "",
    work_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for the files of jobs (default: a temporary one).", show_default=False
        ),
    ] = None,
) -> None:
    """Work on the stored videos of another node until Ctrl-C: check, publish and encode.

    Jobs that are not done then go back to the node at once.
    """
    address = PeerAddress.parse(Source(node))
    if address.stream:
        raise Invalid(
            f"a node's address is only {replace(address, stream='').url}: leave out the name of the stream"
        )
    if token_file is not None:
        address = replace(address, token=check_token(read_token(token_file)))

    def on_ready() -> None:
        print(f"Working for {address.url}, {jobs} jobs at the same time. Press Ctrl-C to stop.", flush=True)

    logs.configure(logs.LogSettings())
    with ExitStack() as stack:
        if work_dir is None:
            work_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="framecast-worker-")))
        work_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Here, because gRPC and the tasks take a second to import, which --help must not.
        from framecast.servers.library.remote_worker import work_for

        work_for(address, name or socket.gethostname(), jobs, work_dir, on_ready)
