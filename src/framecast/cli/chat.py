"""`framecast chat`: a room in a terminal, or between pipes: lines in, lines out."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from framecast.cli.identity import identity_of, own_name
from framecast.cli.parameters import Json, read_token, stream_names
from framecast.cli.room import NodeAddress, TokenFile


def chat(
    name_of_room: Annotated[
        str,
        typer.Argument(
            metavar="ROOM",
            help="Name of a stream, video:ID, room:ID, or grpc://host/ROOM at another node.",
            autocompletion=stream_names,
        ),
    ],
    name: Annotated[
        str, typer.Option(help="Your name where there are no accounts.", show_default="your user")
    ] = "",
    history: Annotated[
        int | None,
        typer.Option(
            min=0, max=200, help="Show the newest messages: 50 on a terminal, else 0.", show_default=False
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Read on when stdin has ended.")] = False,
    as_json: Json = False,
    node: NodeAddress = None,
    token_file: TokenFile = None,
) -> None:
    """Talk in a room. On a terminal, `/help` lists the commands.

    Without a terminal, each line of stdin is said, and each message is a line of stdout; it ends with stdin.
    """
    from framecast.cli.chat_pipe import ChatPipe  # gRPC: not for a `--help`
    from framecast.cli.chat_terminal import ChatTerminal  # as above
    from framecast.client.room import room  # as above

    is_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    most = (50 if is_terminal else 0) if history is None else history
    asked, token = name or own_name(), read_token(token_file)
    with room(
        name_of_room, name=asked or None, since="now", node=node, token=token, identity=identity_of(asked)
    ) as entered:
        before = entered.messages(most=most) if most else []
        if is_terminal:
            ChatTerminal(entered).run(before)
            return
        if not ChatPipe(entered, as_json).run(before, follow):
            raise typer.Exit(1)
