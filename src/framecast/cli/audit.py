"""`framecast audit`: the audit log, from the database itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from framecast.cli.database import Config, DataDir, opened, print_list, seconds_of
from framecast.cli.parameters import Json

if TYPE_CHECKING:
    from framecast.accounts.audit import Entry

_MOST = 10_000
_PAGE = 1000


def audit(
    who: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Only rows whose name contains this text.", show_default=False),
    ] = "",
    what: Annotated[
        str,
        typer.Option(
            metavar="ACTION",
            help="Only this action, such as token.make, or this kind of action, such as token.",
            show_default=False,
        ),
    ] = "",
    address: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Only from this address.", show_default=False)
    ] = "",
    since: Annotated[
        str,
        typer.Option(metavar="AGE", help="Only rows that are not older: 90d, 12h, 30m.", show_default=False),
    ] = "",
    limit: Annotated[int, typer.Option(help="At most this many rows.", min=1, max=_MOST)] = 100,
    as_json: Json = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Show the audit log, the newest row first: when, who, from where, what, on what, with which result."""
    earliest = time.time() - (seconds_of(since) or 0.0) if since not in ("", "never") else None
    found: list[Entry] = []
    before: int | None = None
    with opened(config, data_dir) as accounts:
        while len(found) < limit:
            page = accounts.audit(
                before=before,
                most=min(_PAGE, limit - len(found)),
                who=who,
                what=what or None,
                address=address or None,
                since=earliest,
            )
            if not page:
                break
            found += page
            before = page[-1].id
    print_list(found, as_json, _line)


def _line(one: Entry) -> str:
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(one.at))
    return "  ".join((at, one.who or "-", one.address or "-", one.what, one.target or "-", one.result))
