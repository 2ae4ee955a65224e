"""`framecast group`: groups of people, to which rights are granted together."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from framecast.cli.database import Config, DataDir, actor, changing, opened
from framecast.cli.parameters import Json

group = typer.Typer(name="group", help="Groups of people.", no_args_is_help=True, suggest_commands=False)
Group = Annotated[str, typer.Argument(metavar="GROUP", help="Name of the group.")]
Names = Annotated[list[str], typer.Argument(metavar="NAME", help="Names of accounts.")]


@group.command("make")
def make(name: Group, config: Config = None, data_dir: DataDir = None) -> None:
    """Make a group of people."""
    with changing(config, data_dir) as accounts:
        accounts.make_group(name, by=actor())


@group.command("list")
def list_(as_json: Json = False, config: Config = None, data_dir: DataDir = None) -> None:
    """List the groups with their members."""
    with opened(config, data_dir) as accounts:
        found = [(one, [member.name for member in accounts.members(one.id)]) for one in accounts.groups()]
    if as_json:
        print(json.dumps([one.to_json() | {"names": names} for one, names in found], indent=2))
        return
    for one, names in found:
        print(f"{one.name}: {', '.join(names) or 'nobody'}")


@group.command("add")
def add(name: Group, names: Names, config: Config = None, data_dir: DataDir = None) -> None:
    """Add accounts to a group."""
    with changing(config, data_dir) as accounts:
        for one in names:
            accounts.add_to_group(one, name, by=actor())


@group.command("drop")
def drop(name: Group, names: Names, config: Config = None, data_dir: DataDir = None) -> None:
    """Take accounts out of a group."""
    with changing(config, data_dir) as accounts:
        for one in names:
            accounts.remove_from_group(one, name, by=actor())


@group.command("remove")
def remove(name: Group, config: Config = None, data_dir: DataDir = None) -> None:
    """Remove a group, and what was granted to it."""
    with changing(config, data_dir) as accounts:
        accounts.delete_group(name, by=actor())
