"""`framecast token`: credentials of programs, players and screens."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from framecast.cli.database import Config, DataDir, actor, changing, day, opened, print_list, seconds_of
from framecast.cli.parameters import Json
from framecast.model.rights import Scope

if TYPE_CHECKING:
    from framecast.accounts.tokens import TokenInfo

token = typer.Typer(
    name="token",
    help="Credentials of programs, players and screens.",
    no_args_is_help=True,
    suggest_commands=False,
)
Account = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="Name of the account that the token belongs to.")
]


class Kind(StrEnum):
    """What a token is for."""

    API = "api"
    MEDIA = "media"
    SCREEN = "screen"


@token.command("make")
def make(
    account: Account,
    label: Annotated[
        str, typer.Argument(metavar="LABEL", help="What the token is for, such as the program's name.")
    ],
    scope: Annotated[
        list[Scope], typer.Option(help="Right of its account that the token has; may be repeated.")
    ] = [],  # noqa: B006  typer wants a list
    stream: Annotated[
        str, typer.Option(metavar="STREAM", help="Only for this stream.", show_default=False)
    ] = "",
    video: Annotated[
        str, typer.Option(metavar="ID", help="Only for this video, of the kind media.", show_default=False)
    ] = "",
    expires: Annotated[
        str, typer.Option(help="Lifetime: 90d, 12h, 30m; at most three years; or never.")
    ] = "never",
    kind: Annotated[
        Kind,
        typer.Option(
            help="api: a program; media: a player of one stream; screen: a wall. The last two need no scope."
        ),
    ] = Kind.API,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Make a token and print it. It is shown only now."""
    with changing(config, data_dir) as accounts:
        _, secret = accounts.make_token(
            account,
            label,
            scope,
            stream=stream or None,
            video=video or None,
            expires_s=seconds_of(expires),
            kind=str(kind),
            by=actor(),
        )
    print(secret)


@token.command("list")
def list_(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="Only the tokens of this account.", show_default=False)
    ] = "",
    as_json: Json = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """List the tokens that have not expired: id, account, label, scopes, stream, last use, end."""
    with opened(config, data_dir) as accounts:
        found = accounts.tokens(accounts.account(account).id if account else None)
    print_list(found, as_json, _line)


@token.command("end")
def end(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="IDs of the tokens, as `framecast token list` shows them."),
    ],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """End tokens now. What they have opened is closed within a second."""
    with changing(config, data_dir) as accounts:
        for one in ids:
            accounts.end_token(one, by=actor())


def _line(one: TokenInfo) -> str:
    scopes = ",".join(sorted(one.scopes))
    where = f"  stream {one.stream}" if one.stream else ""
    return f"{one.id}  {one.account_name}  {one.name}  {scopes}{where}  used {day(one.used_at)}  expires {day(one.expires_at)}"
