"""`framecast share`: links that show one stream or video to people without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from framecast.cli.database import (
    Config,
    DataDir,
    Server,
    actor,
    changing,
    day,
    opened,
    page_url,
    print_list,
    read_password,
    seconds_of,
)
from framecast.cli.parameters import Json

if TYPE_CHECKING:
    from framecast.accounts.shares import ShareInfo

share = typer.Typer(
    name="share",
    help="Links that show one stream or video.",
    no_args_is_help=True,
    suggest_commands=False,
)


@share.command("make")
def make(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="Name of the account whose rights the link has.")
    ],
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What the link is for, to find it again.")],
    stream: Annotated[str, typer.Option(metavar="STREAM", help="Show this stream.", show_default=False)] = "",
    video: Annotated[str, typer.Option(metavar="ID", help="Show this video.", show_default=False)] = "",
    expires: Annotated[
        str, typer.Option(help="Lifetime: 90d, 12h, 30m; at most three years; or never.")
    ] = "7d",
    password: Annotated[
        bool,
        typer.Option(
            "--password", help="Ask visitors for a password, which is read from the terminal or stdin."
        ),
    ] = False,
    server: Server = "",
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Print a link to a page with one stream or one video. It is shown only now."""
    word = read_password("password of the link") if password else None
    with changing(config, data_dir) as accounts:
        _, secret = accounts.make_share(
            account,
            label,
            stream=stream or None,
            video=video or None,
            expires_s=seconds_of(expires),
            password=word,
            by=actor(),
        )
    print(page_url(server, "share", secret))


@share.command("list")
def list_(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="Only the links of this account.", show_default=False)
    ] = "",
    as_json: Json = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """List the links that have not expired: id, account, label, what they show, password, last use, end."""
    with opened(config, data_dir) as accounts:
        found = accounts.shares(accounts.account(account).id if account else None)
    print_list(found, as_json, _line)


@share.command("end")
def end(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="IDs of the links, as `framecast share list` shows them."),
    ],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """End links now. What they have opened is closed within a second."""
    with changing(config, data_dir) as accounts:
        for one in ids:
            accounts.end_share(one, by=actor())


def _line(one: ShareInfo) -> str:
    where = f"stream {one.stream}" if one.stream else f"video {one.video}"
    word = "  password" if one.has_password else ""
    return f"{one.id}  {one.account_name}  {one.name}  {where}{word}  used {day(one.used_at)}  expires {day(one.expires_at)}"
