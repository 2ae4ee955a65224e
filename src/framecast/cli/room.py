"""`framecast room`: the rooms of the account, private rooms, invitations, exports. By gRPC, as everything of rooms outside of a page."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framecast.cli.chat_text import safe
from framecast.cli.identity import identity_of, own_name
from framecast.cli.parameters import Json, read_token, stream_names
from framecast.client.node_client import NodeClient
from framecast.errors import FramecastError
from framecast.servers.access.links import parse_expiry

if TYPE_CHECKING:
    from framecast.client.room_node import RoomNode

room = typer.Typer(
    name="room",
    help="Rooms: talk around a stream, a video or a thing of your own.",
    no_args_is_help=True,
    suggest_commands=False,
)
RoomName = Annotated[
    str,
    typer.Argument(
        metavar="ROOM", help="Name of a stream, video:ID or room:ID.", autocompletion=stream_names
    ),
]
NodeAddress = Annotated[
    str | None,
    typer.Option("--node", metavar="ADDRESS", help="Another node, grpc://host:50051.", show_default=False),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="File with the access token for another node; - is stdin.",
        show_default=False,
    ),
]


@room.command("list")
def list_(as_json: Json = False, node: NodeAddress = None, token_file: TokenFile = None) -> None:
    """List the rooms that you are a member of or have written in."""
    with _rooms(node, token_file) as rooms:
        found = rooms.rooms()
    if as_json:
        print(json.dumps([{key: getattr(one, key) for key in one.__slots__} for one in found], indent=2))
        return
    for one in found:
        unread = f"  {one.unread} unread" if one.unread else ""
        print(f"{one.key}  {safe(one.title)}{unread}".rstrip())


@room.command("add")
def add(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Title of the room.")],
    node: NodeAddress = None,
    token_file: TokenFile = None,
) -> None:
    """Make a private room, and print its key."""
    with _rooms(node, token_file) as rooms:
        print(rooms.make(title).key)


@room.command("invite")
def invite(
    name: RoomName,
    expires: Annotated[str, typer.Option(help="Lifetime: 7d, 12h, 30m; at most 90 days.")] = "7d",
    uses: Annotated[int, typer.Option(min=0, help="So many people may use it; 0: any number.")] = 0,
    server: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Base URL of the web server as people reach it (default: its own address).",
            show_default=False,
        ),
    ] = "",
    node: NodeAddress = None,
    token_file: TokenFile = None,
) -> None:
    """Print a link that makes people members of a private room."""
    seconds = parse_expiry(expires)
    with _rooms(node, token_file) as rooms:
        path = rooms.invite(name, seconds, uses)
    base = server or ("" if node else _web_server())
    print(base.rstrip("/") + path)


@room.command("join")
def join(
    link: Annotated[
        str,
        typer.Argument(
            metavar="LINK",
            help="Link of the invitation; - reads it from stdin, where other users of the machine do not see it.",
        ),
    ],
    node: NodeAddress = None,
    token_file: TokenFile = None,
) -> None:
    """Accept an invitation to a private room, and print its key."""
    invitation = sys.stdin.readline() if link == "-" else link
    with _rooms(node, token_file) as rooms:
        found = rooms.accept(invitation)
    print(f"{found.key}  {safe(found.title)}".rstrip())


@room.command("members")
def members(
    name: RoomName, as_json: Json = False, node: NodeAddress = None, token_file: TokenFile = None
) -> None:
    """List the members of a room, and the people with a role in it."""
    with _rooms(node, token_file) as rooms:
        found = rooms.members(name)
    rows: list[dict[str, Any]] = [{"id": one.id, "name": one.name, "role": one.role} for one in found]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(f"{row['role']}  {safe(row['name'])}  {row['id']}")


@room.command("export")
def export(
    name: RoomName,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write there, and not to stdout.", show_default=False
        ),
    ] = None,
    node: NodeAddress = None,
    token_file: TokenFile = None,
) -> None:
    """Write everything that was said in a room as lines of JSON. For its moderators."""
    with _rooms(node, token_file) as rooms:
        lines = rooms.export(name)
        first = next(lines, "")  # an error comes before the file is made
        with nullcontext(sys.stdout) if output is None else output.open("w", encoding="utf-8") as stream:
            stream.write(first)
            stream.writelines(lines)


@room.command("remove")
def remove(name: RoomName, node: NodeAddress = None, token_file: TokenFile = None) -> None:
    """Remove a room with everything that was said in it. For its owner."""
    with _rooms(node, token_file) as rooms:
        rooms.remove(name)


def _rooms(node: str | None, token_file: Path | None) -> RoomNode:
    from framecast.client.room_node import RoomNode  # gRPC: not for a `--help`

    name = own_name()
    return RoomNode(node, read_token(token_file), name=name, identity=identity_of(name))


def _web_server() -> str:
    """Return the address of the web server of this machine's node; '' if no node answers."""
    with NodeClient() as client:
        try:
            return str(client.info()["servers"]["web"]["url"])
        except (FramecastError, KeyError):
            return ""
