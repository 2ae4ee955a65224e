"""`framecast backup` and `restore`: everything of a node that is not media, in one private file."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framecast.cli.serve import ConfigFile
from framecast.client.node_client import NodeClient
from framecast.errors import Conflict, FramecastError, Invalid

if TYPE_CHECKING:
    from framecast.node import Config

_SHORTEST = 8  # characters of a passphrase
DataDir = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Data folder (default: that of the running node, else that of the configuration)."
    ),
]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write; it must not exist.")],
    config: ConfigFile = None,
    data_dir: DataDir = None,
    passphrase: Annotated[
        bool,
        typer.Option(
            "--passphrase", help="Encrypt the backup with a passphrase: asked for, or a line of stdin."
        ),
    ] = False,
) -> None:
    """Save everything of a node that is not media: streams, accounts, links, keys, configuration.

    The node may run meanwhile. The file contains the key of the saved passwords: keep it secret, or use --passphrase.
    """
    from framecast.node import backup as backups  # imports pydantic and PyNaCl: not for a `--help`

    target = file.absolute()
    secret = _new_passphrase() if passphrase else None
    with _configuration(config, data_dir) as (found, folder):
        done = backups.write(target, found, folder, secret)
    print(
        f"{file}: {len(done.members)} files of {found.data_dir}{' and the configuration' if found.path else ''}"
    )
    for one in done.left_out:
        print(f"not in it: {one}")
    if secret is None and done.has_key:
        print(
            f"{file} contains passwords and the key that opens them: keep it secret, or make it with --passphrase"
        )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Backup to read.")],
    config: Annotated[
        Path,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="Where the configuration goes (default: `framecast.yaml` in the current folder).",
        ),
    ] = Path("framecast.yaml"),
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Data folder (default: that of the configuration in the backup, else the usual one).",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Replace what is there; the old files are kept in a folder of the data folder."
        ),
    ] = False,
) -> None:
    """Restore a backup, all of it or nothing, and list what this machine lacks.

    End the node first. Restore only backups that you trust: a configuration decides what a node opens and to whom.
    """
    from framecast.node import restore as restores  # as above

    ask = cache(_passphrase)
    place = data_dir or restores.default_data_dir(file, config.absolute(), ask)
    _refuse_running(place)
    done = restores.restore(file, place, config, passphrase=ask, force=force)
    print(
        f"restored {len(done.members)} files to {done.data_dir}{f' and {done.config}' if done.config else ''}"
    )
    if done.kept is not None:
        print(f"the old files are in {done.kept}")
    for one in done.lacks:
        print(f"missing: {one}")


@contextmanager
def _configuration(path: Path | None, data_dir: Path | None) -> Iterator[tuple[Config, Path]]:
    """The configuration of the running node, if neither a file nor a folder is given, else that of this folder."""
    from framecast.node import load_config  # as above

    info = _info() if path is None and data_dir is None else {}
    folder = Path.cwd()
    if info.get("pid"):
        try:
            folder = Path(os.readlink(f"/proc/{info['pid']}/cwd"))
        except OSError as error:
            raise FramecastError(
                f"the running node belongs to another user ({error.strerror}): run this command as that user, or write --config and --data-dir"
            ) from error
    where = path.absolute() if path else Path(info["config"]) if info.get("config") else None
    with chdir(folder):
        yield load_config(where, data_dir=data_dir or info.get("data_dir")), folder


def _info() -> Mapping[str, Any]:
    try:
        with NodeClient(timeout_s=5.0) as node:
            return node.info()
    except FramecastError:
        return {}


def _refuse_running(data_dir: Path) -> None:
    info = _info()
    if info.get("data_dir") == str(data_dir.absolute()):
        raise Conflict(f"the node {info.get('pid')} uses {data_dir}: end it first, then restore")


def _new_passphrase() -> str:
    first = _passphrase()
    if len(first) < _SHORTEST:
        raise Invalid(f"a passphrase must have at least {_SHORTEST} characters, got {len(first)}")
    if sys.stdin.isatty() and getpass.getpass("Again: ") != first:
        raise Invalid("the two passphrases differ: nothing was written")
    return first


def _passphrase() -> str:
    """The passphrase, typed in or as a line of stdin; on the command line others could read it."""
    text = getpass.getpass("Passphrase: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not text:
        raise Invalid("no passphrase was given: type it, or send it as a line on stdin")
    return text
