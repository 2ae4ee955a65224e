"""`framecast grant`: what people may do with which streams, beyond their roles and what they own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from framecast.cli.database import Config, DataDir, actor, changing, opened, print_list
from framecast.cli.parameters import Json
from framecast.errors import Invalid
from framecast.model import rights
from framecast.model.rights import Right

if TYPE_CHECKING:
    from framecast.accounts.grants import GrantInfo

grant = typer.Typer(
    name="grant",
    help="Rights of people on streams.",
    no_args_is_help=True,
    suggest_commands=False,
)


@grant.command("make")
def make(
    right: Annotated[
        Right, typer.Argument(metavar="RIGHT", help="The right: see, publish, control, record or talk.")
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="NAME", help="Account that gets it.", show_default=False)
    ] = "",
    to_group: Annotated[
        str,
        typer.Option("--to-group", metavar="GROUP", help="Group of people that gets it.", show_default=False),
    ] = "",
    to_everybody: Annotated[bool, typer.Option("--to-everybody", help="Every account gets it.")] = False,
    stream: Annotated[
        str, typer.Option("--stream", metavar="STREAM", help="On this stream.", show_default=False)
    ] = "",
    stream_group: Annotated[
        str,
        typer.Option(
            "--stream-group", metavar="GROUP", help="On each stream of this group.", show_default=False
        ),
    ] = "",
    all_streams: Annotated[bool, typer.Option("--all-streams", help="On every stream.")] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Grant a right. Each one allows to see the stream, too; otherwise none implies another."""
    if sum((bool(to), bool(to_group), to_everybody)) != 1:
        raise Invalid("say who gets the right: one of --to, --to-group and --to-everybody")
    if sum((bool(stream), bool(stream_group), all_streams)) != 1:
        raise Invalid("say on which streams: one of --stream, --stream-group and --all-streams")
    kind = "account" if to else "group" if to_group else "everybody"
    what = rights.Grant(right, stream or None, stream_group or None)
    with changing(config, data_dir) as accounts:
        made = accounts.grant(kind, to or to_group, what, actor())
    print(made.id)


@grant.command("list")
def list_(as_json: Json = False, config: Config = None, data_dir: DataDir = None) -> None:
    """List the grants: id, who, right, streams."""
    with opened(config, data_dir) as accounts:
        found = accounts.grants()
    print_list(found, as_json, _line)


@grant.command("end")
def end(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="IDs of the grants, as `framecast grant list` shows them."),
    ],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """End grants now. What they have opened is closed within a second."""
    with changing(config, data_dir) as accounts:
        for one in ids:
            accounts.revoke(one, by=actor())


def _line(one: GrantInfo) -> str:
    subject = f"group {one.subject_name}" if one.subject_kind == "group" else one.subject_name
    on = f"stream {one.grant.stream}" if one.grant.stream else "all streams"
    on = f"streams of {one.grant.group}" if one.grant.group else on
    return f"{one.id}  {subject}  {one.grant.right}  {on}"
