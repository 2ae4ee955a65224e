"""The database of people and access for commands: found as the node finds it, opened with or without a running node.

What a command changes counts at once: the servers of a running node look at the database every half second, and are asked to do it now. The libraries
of the database are imported when it is opened, not for a `--help`.
"""

from __future__ import annotations

import getpass
import json
import os
import pwd
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from framecast.client.node_client import NodeClient
from framecast.errors import FramecastError, Invalid, NotFound
from framecast.servers.access.links import parse_expiry

if TYPE_CHECKING:
    from framecast.accounts import Accounts, Actor


class Row(Protocol):
    """What a command lists."""

    def to_json(self) -> Any:  # noqa: ANN401  JSON
        """Return its values for `--json`."""


Listed = TypeVar("Listed", bound=Row)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="Configuration file of the node (default: `framecast.yaml` in the current folder, if present).",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", metavar="DIR", help="Data folder of the node (default: that of the configuration)."
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]
_MOST_PASSWORD = 4096  # bytes of a line of stdin
_HINT_S = 1.0


@contextmanager
def opened(
    config: Path | None, data_dir: Path | None, *, making: Callable[[bool], None] | None = None
) -> Iterator[Accounts]:
    """Open the accounts of a node: of the running one, unless a file or a folder names another.

    With `making`, a database that does not exist is created. `making` is called first, with whether it has to be created, and may refuse:
    a database without an account would shut everybody out of the node.

    Raises:
        NotFound: the node has no accounts.
        FramecastError: the configuration is invalid, or the database cannot be opened.
    """
    url, folder, exists = _place_of_running(config or data_dir) or _place(config, data_dir)
    if making is None and not exists:
        raise NotFound(
            f"this node has no accounts: there is no database in {folder}; "
            "make the first one with `framecast user add NAME --role admin`, or name the node's --config or --data-dir"
        )
    if making is not None:
        making(not exists)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    from framecast.accounts import open_accounts  # SQLAlchemy: only for commands that use it

    accounts = open_accounts(url)
    try:
        yield accounts
    finally:
        accounts.close()


def _place(config: Path | None, data_dir: Path | None) -> tuple[str, Path, bool]:
    """Return the URL of the database that a configuration says, the data folder, and whether it exists."""
    from framecast.node import database, load_config  # pydantic: not for a `--help`

    settings = load_config(config, **({"data_dir": data_dir} if data_dir else {}))
    return database.place_of(settings), settings.data_dir, database.found(settings) is not None


def _place_of_running(named: Path | None) -> tuple[str, Path, bool] | None:
    """Return the same as the running node says; None if something else was named, or no node of this user runs."""
    if named is not None:
        return None
    with suppress(FramecastError), NodeClient(timeout_s=_HINT_S) as node:
        answer = node.request({"op": "database"})
        return str(answer["database"]), Path(answer["data_dir"]), bool(answer["exists"])
    return None


@contextmanager
def changing(
    config: Path | None, data_dir: Path | None, *, making: Callable[[bool], None] | None = None
) -> Iterator[Accounts]:
    """As `opened`, for a command that changes something: afterwards a running node is asked to look at once."""
    with opened(config, data_dir, making=making) as accounts:
        yield accounts
    # A hint: without it the servers find the change by themselves, and without a node there is nobody to ask.
    with suppress(FramecastError), NodeClient(timeout_s=_HINT_S) as node:
        node.request({"op": "publish_topic", "topic": "accounts", "key": ""})


def actor() -> Actor:
    """Return the user of this machine who runs the command, for the audit log."""
    from framecast.accounts import Actor

    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return Actor(name=f"command line, user {user}")


def read_password(what: str) -> str:
    """Return a new password: asked for twice on a terminal, otherwise the first line of stdin. Never an argument.

    Raises:
        Invalid: the two differ, or stdin has no line.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline(_MOST_PASSWORD).rstrip("\r\n")
        if not line:
            raise Invalid(f"no {what} was given: send one line on stdin, or run the command in a terminal")
        return line
    first = getpass.getpass(f"New {what}: ")
    if getpass.getpass(f"Repeat the {what}: ") != first:
        raise Invalid(f"the two entries of the {what} differ: try again")
    return first


def seconds_of(expires: str) -> float | None:
    """Return the seconds of an option such as 90d; None for `never`."""
    return None if expires == "never" else float(parse_expiry(expires))


def day(at: float | None) -> str:
    """Return a time for a table."""
    return "never" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def print_list(found: Sequence[Listed], as_json: bool, line: Callable[[Listed], str]) -> None:
    """Print what a command has found: as JSON, or a line for each."""
    if as_json:
        print(json.dumps([one.to_json() for one in found], indent=2))
        return
    for one in found:
        print(line(one))


def page_url(server: str, page: str, secret: str) -> str:
    """Return the address of a page that takes a secret behind the `#`: browsers send that part to no server and to no log."""
    if not server:
        try:
            with NodeClient(timeout_s=_HINT_S) as node:
                server = str(node.info()["servers"]["web"]["url"])
        except (FramecastError, KeyError, TypeError):
            server = "http://127.0.0.1:8080"
    return f"{server.rstrip('/')}/{page}#{secret}"


Server = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="Base URL of the web server as people reach it (default: its own address).",
        show_default=False,
    ),
]
