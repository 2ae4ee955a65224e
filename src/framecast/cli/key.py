"""`framecast key`: CURVE keys of ZeroMQ clients, each of which stands for an account."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framecast.cli.database import Config, DataDir, actor, changing, day, opened, print_list
from framecast.cli.parameters import Json
from framecast.errors import Invalid
from framecast.model import curvekeys
from framecast.model.rights import Scope

if TYPE_CHECKING:
    from framecast.accounts.keys import KeyInfo

key = typer.Typer(
    name="key",
    help="CURVE keys of ZeroMQ clients.",
    no_args_is_help=True,
    suggest_commands=False,
)


@key.command("add")
def add(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="Name of the account that the key stands for.")
    ],
    public_key: Annotated[
        str,
        typer.Argument(
            metavar="KEY", help="The public key, 40 characters, or a file with it, such as `client.key.pub`."
        ),
    ],
    label: Annotated[
        str, typer.Argument(metavar="LABEL", help="Whose key it is, such as the program's name.")
    ],
    scope: Annotated[
        list[Scope],
        typer.Option(
            help="Right of its account that the key has; may be repeated; default: all.", show_default=False
        ),
    ] = [],  # noqa: B006  typer wants a list
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Let a CURVE key stand for an account: its subscribers get the streams that the account may see."""
    with changing(config, data_dir) as accounts:
        accounts.add_key(account, _public(public_key), label, scope, by=actor())


@key.command("list")
def list_(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="Only the keys of this account.", show_default=False)
    ] = "",
    as_json: Json = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """List the keys: public key, account, label, scopes, when it was added."""
    with opened(config, data_dir) as accounts:
        found = accounts.keys(accounts.account(account).id if account else None)
    print_list(found, as_json, _line)


@key.command("remove")
def remove(
    public_keys: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY", help="Public keys, as `framecast key list` shows them, or files with them."
        ),
    ],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Remove keys now. What they have opened is closed within a second."""
    with changing(config, data_dir) as accounts:
        for one in public_keys:
            accounts.remove_key(_public(one), by=actor())


def _public(given: str) -> str:
    """Return a public key that is given as text or by its file.

    Raises:
        Invalid: it is neither.
    """
    with suppress(Invalid):
        return curvekeys.encode(curvekeys.decode(given))
    path = Path(given)
    if not path.is_file():
        raise Invalid(
            f"a public CURVE key must be 40 characters of Z85 or a file with them, got {len(given)} characters"
        )
    return curvekeys.encode(curvekeys.read_public(path))


def _line(one: KeyInfo) -> str:
    scopes = "all" if one.scopes is None else ",".join(sorted(one.scopes))
    return f"{one.public_key}  {one.account_name}  {one.name}  {scopes}  added {day(one.created_at)}"
