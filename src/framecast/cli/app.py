"""The command `framecast`: its commands, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from framecast.cli.arguments import hide_secrets
from framecast.cli.audit import audit
from framecast.cli.backup import backup, restore
from framecast.cli.bench import bench
from framecast.cli.chat import chat
from framecast.cli.control import add, remove, restart
from framecast.cli.doctor import doctor
from framecast.cli.failure import INTERRUPTED, MISUSED, flushed, report
from framecast.cli.grant import grant
from framecast.cli.group import group
from framecast.cli.health import health
from framecast.cli.key import key
from framecast.cli.link import link, links, unlink
from framecast.cli.misuse import sentence
from framecast.cli.publish import publish
from framecast.cli.record import record
from framecast.cli.room import room
from framecast.cli.sample import sample
from framecast.cli.serve import serve
from framecast.cli.setup import setup
from framecast.cli.share import share
from framecast.cli.snapshot import snapshot
from framecast.cli.streams import streams
from framecast.cli.token import token
from framecast.cli.upload import upload
from framecast.cli.user import user
from framecast.cli.version import version
from framecast.cli.view import view
from framecast.cli.worker import worker
from framecast.errors import FramecastError
from framecast.model.source import mask
from framecast.model.text import shown

# In the order in which a user meets them, which is the order of `--help`.
COMMANDS: tuple[Callable[..., None], ...] = (
    serve,
    streams,
    add,
    remove,
    restart,
    setup,
    snapshot,
    view,
    link,
    links,
    unlink,
    record,
    sample,
    publish,
    upload,
    worker,
    chat,
    health,
    doctor,
    audit,
    backup,
    restore,
    bench,
    version,
)
# Commands with commands of their own: people and access, rooms.
GROUPS: tuple[typer.Typer, ...] = (user, group, grant, token, key, share, room)

_LONGEST = 1000  # characters of a sentence about the command line

app = typer.Typer(
    name="framecast",
    help="Live video from any source to Python programs and browsers.",
    no_args_is_help=True,
    suggest_commands=False,  # `misuse` does, as for everything that has a name
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="FRAMECAST_RUNTIME_DIR names the node that all commands talk to, if more than one runs.",
)


def _say_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error too.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Live video from any source to Python programs and browsers."""
    context.obj = debug


for _command in COMMANDS:
    app.command(_command.__name__)(_command)
for _group in GROUPS:
    app.add_typer(_group)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `arguments` are without the program's name; None is `sys.argv`."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    hide_secrets()
    return flushed(_run(given))


def _run(given: list[str]) -> int:
    try:
        code = typer.main.get_command(app).main(given, prog_name="framecast", standalone_mode=False)
    except (FramecastError, OSError, KeyboardInterrupt) as error:
        return report(error, "--debug" in given)
    except typer.Abort:
        return INTERRUPTED
    except typer.TyperException as error:
        return _misused(error)
    return code if isinstance(code, int) else 0


def _misused(error: typer.TyperException) -> int:
    """Print what was wrong with the command line; if the error has no message, the help was shown already."""
    if message := sentence(error):
        print(f"framecast: {shown(mask(message), _LONGEST)}", file=sys.stderr)
    return MISUSED
