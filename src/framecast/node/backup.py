"""What a backup has: everything of a node that is not media, while the node runs.

The files of the data folder are replaced by rename, so each is read whole; databases of SQLite are copied by SQLite itself. The key file is read last: keys are
only added, so it has every key that the other files need. Of the configuration come `framecast.yaml` and the files with keys and tokens that it names; certificates
and folders of media are in the manifest by name. Runs in the command; blocks for the disk.
"""

from __future__ import annotations

import io
import os
import platform
import re
import sqlite3
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from framecast import keyfile
from framecast.errors import FramecastError, Invalid
from framecast.model.setting import rows, value_of
from framecast.node import archive, small_file
from framecast.node.config import Config
from framecast.node.misconfiguration import ENV_PREFIX
from framecast.node.rooms_given import FOLDER_NAME
from framecast.node.settings import Settings

# A file of the data folder that is larger, and no database, is no state of a node.
MAX_FILE_BYTES = 64 << 20
_SQLITE = b"SQLite format 3\0"
# Locks, unfinished files, and what SQLite keeps beside a database: `framecast.db-wal`.
_PASSING = (".lock", ".new", "-wal", "-shm", "-journal")
CONFIG_MEMBER = "config/framecast.yaml"


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: the files, and sentences about what is not in it."""

    members: list[str]
    left_out: list[str] = field(default_factory=list)
    has_key: bool = False


def write(path: Path, config: Config, folder: Path, passphrase: str | None = None) -> Backup:
    """Write a backup of the node with this configuration. `folder` is the one that relative names of the configuration begin at.

    Raises:
        Conflict: there is something at `path`. FramecastError: something cannot be read or written; then nothing is there.
    """
    names, left_out = material(config.data_dir)
    members: list[str] = []
    with archive.created(path, passphrase) as out, archive.Writer(out) as writer:
        with tempfile.TemporaryDirectory(prefix=".framecast-", dir=path.absolute().parent) as beside:
            for name in names:
                members.append(f"data/{name}")
                with closing(_opened(config.data_dir / name, Path(beside))) as content:
                    writer.add(members[-1], content)
        files = dict(_config_files(config, folder))
        for member, (_, text) in files.items():
            writer.add(member, io.BytesIO(text))
        left_out += _named_only(config)
        writer.finish(_manifest(config, {member: where for member, (where, _) in files.items()}, left_out))
    return Backup([*members, *files], left_out, keyfile.FILE_NAME in names)


def material(data_dir: Path) -> tuple[list[str], list[str]]:
    """Return the names of the files of a data folder that make up its state, the key file last; and what is there besides, in words."""
    found, other = [], []
    for entry in sorted(os.scandir(data_dir), key=lambda one: one.name) if data_dir.is_dir() else ():
        if entry.name.endswith(_PASSING) or ".broken-" in entry.name or entry.name.startswith("."):
            continue
        if entry.name == FOLDER_NAME and entry.is_dir(follow_symlinks=False):
            continue  # an empty folder that a restore makes again; what was said is in the database
        if entry.is_symlink() or not entry.is_file() or not archive.MEMBER.fullmatch(f"data/{entry.name}"):
            other.append(f"{entry.path}: not a plain file")
        elif entry.stat().st_size > MAX_FILE_BYTES and not _is_database(Path(entry.path)):
            other.append(f"{entry.path}: larger than {MAX_FILE_BYTES >> 20} MiB")
        else:
            found.append(entry.name)
    return sorted(found, key=lambda name: name == keyfile.FILE_NAME), other


def _opened(path: Path, beside: Path) -> io.BufferedReader:
    """One file of the data folder; a database as a copy of one moment."""
    try:
        if not _is_database(path):
            file = path.open("rb")
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Invalid(f"{path} is not a file")
            return file
        copy = beside / path.name
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            (state,) = target.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise FramecastError(f"the database {path} is damaged ({state}): no backup was written")
        return copy.open("rb")
    except (OSError, sqlite3.Error) as error:
        raise FramecastError(f"{path} cannot be read ({error}): no backup was written") from error


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def file_keys(config: Config) -> Iterator[tuple[str, Path]]:
    """The files that a configuration names, by their keys."""
    for row in rows(Settings):
        value = value_of(config, row.key)
        if row.key.endswith("_file") and value is not None:
            yield row.key, Path(value)
    for path in config.source_files:
        yield "source_file", path


def is_certificate(key: str) -> bool:
    """True for a key that names a certificate or its private key: backed up by name only, because another program renews it."""
    return "tls" in key


def _config_files(config: Config, folder: Path) -> Iterator[tuple[str, tuple[Path, bytes]]]:
    """The configuration and the files with secrets that it names: member, place, content."""
    if config.path is not None:
        path = folder / config.path
        yield CONFIG_MEMBER, (path, small_file.read(path, 1 << 20))
    for number, (key, path) in enumerate(file_keys(config)):
        if not is_certificate(key):
            name = re.sub(r"[^A-Za-z0-9_.-]", "_", path.name)[-100:]
            yield f"config/{number}-{name}", (path, small_file.read(folder / path, 1 << 20))


def _named_only(config: Config) -> Iterator[str]:
    for key, path in file_keys(config):
        if is_certificate(key):
            yield f"{path}: {key}, by name only"
    if config.database is not None:
        yield f"the database at {urlsplit(config.database).hostname or 'its server'}: back it up with pg_dump, and restore it with pg_restore"
    for name in sorted(os.environ):
        if name.upper().startswith(ENV_PREFIX):
            yield f"the variable {name} of the environment"


def _manifest(config: Config, files: Mapping[str, Path], left_out: list[str]) -> dict[str, Any]:
    return {
        "framecast": version("framecast"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node(),
        "data_dir": str(config.data_dir),
        "files": {member: str(path) for member, path in files.items()},
        "left_out": left_out,
    }
