"""`framecast publish`: a file becomes a stream of the running node, or of another one, read and paced by this process."""

from __future__ import annotations

import signal
from contextlib import closing
from types import FrameType
from typing import Annotated

import typer

from framecast.bus.runtime import node_socket
from framecast.cli.arguments import read_source
from framecast.errors import Closed
from framecast.model import Source, StreamSpec
from framecast.peer.address import remote_address


def publish(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="File or any other source; `-` reads it from stdin.",
        ),
    ],
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Name of the stream; grpc://TOKEN@host:50051/NAME publishes at another node.",
        ),
    ],
    loop: Annotated[bool, typer.Option("--loop/--once", help="Loop the file, or play it once.")] = True,
) -> None:
    """Publish a file as a stream of the running node, at its own frame rate.

    Its packets are sent as they are. This command decodes them only while somebody reads pictures. The stream ends with it.
    """
    from framecast import sources  # imports FFmpeg and NumPy: not for a `--help`, and not for a node
    from framecast.client.publication import Publication
    from framecast.client.remote_publication import RemotePublication

    address = remote_address(name, {})
    spec = StreamSpec(address.stream if address else name, Source(read_source(file)), loop=loop, always=True)
    with closing(RemotePublication(address) if address else Publication(name, node_socket())) as publication:

        def stop(_number: int, _frame: FrameType | None) -> None:
            publication.stopped.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        print(f"{Source(name)}: {spec.source} (Ctrl-C stops it)", flush=True)
        try:
            sources.run(publication.publisher, spec, publication.stopped)
            publication.check()
        except Closed:
            return  # the node has removed the stream
