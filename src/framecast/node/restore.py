"""Restores a backup: checks all of it first, then replaces the files of a node, all or none (`restoring`), and says what this machine lacks.

Nothing is written outside of the data folder but `framecast.yaml` and the files that it names by a relative name, below its folder. Files that it names by
an absolute name are kept in `restored` of the data folder, for a person to put in place. Runs in the command; blocks for the disk.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from framecast.errors import Conflict, FramecastError, Invalid
from framecast.model import Source, number
from framecast.model.missing_file import missing_file
from framecast.model.text import shown
from framecast.node import archive, backup, config, restoring, yaml_document
from framecast.node.database import FILE_NAME
from framecast.node.restored_rooms import renumber
from framecast.node.rooms_given import FOLDER_NAME
from framecast.node.saved import SavedStreams
from framecast.node.settings import Settings

_LONGEST = 300  # characters of a text of the manifest
_PART = re.compile(r"[A-Za-z0-9_@+,=-][A-Za-z0-9_.@+,=-]{0,100}")
_KEPT = "restored"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: the data folder, the configuration if there is one, where old files are kept, and sentences about what is missing."""

    data_dir: Path
    config: Path | None
    members: list[str]
    kept: Path | None
    lacks: list[str] = field(default_factory=list)


def restore(
    path: Path, data_dir: Path, config_path: Path, *, passphrase: Callable[[], str], force: bool = False
) -> Restored:
    """Replace the files of a data folder, and the configuration, by those of a backup. `passphrase` is called if it needs one.

    Raises:
        Invalid, Denied: the backup is refused, damaged, or another passphrase's; nothing has changed.
        Conflict: something would be replaced, and `force` is false. FramecastError: a file cannot be read or written.
    """
    data_dir, config_path = data_dir.absolute(), config_path.absolute()
    try:
        restoring.finish(data_dir)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _archive(path, passphrase) as file, restoring.turn(data_dir):
            reader = archive.Reader(file)
            places, left = _places(reader, config_path)
            old = _old(data_dir)
            if not force:
                _refuse(data_dir, old, places)
            staged = restoring.staging(data_dir)
            _stage(reader, staged)
            has_rooms = renumber(staged / "data" / FILE_NAME)
            aside = time.strftime("before-restore-%Y%m%d-%H%M%S", time.gmtime())
            ways = {name: data_dir / _KEPT / name for name in left} | places
            restoring.commit(data_dir, old, ways, aside)
    except OSError as error:
        raise FramecastError(
            f"the backup could not be restored ({error.strerror or error}{f': {error.filename}' if error.filename else ''}): nothing was changed"
        ) from error
    restoring.finish(data_dir)
    if has_rooms:
        (data_dir / FOLDER_NAME).mkdir(mode=0o700, exist_ok=True)
    yaml = next((place for name, place in places.items() if name == _name(backup.CONFIG_MEMBER)), None)
    kept = data_dir / aside
    return Restored(
        data_dir,
        yaml,
        sorted(reader.members),
        kept if kept.is_dir() else None,
        [*_lacks(yaml, data_dir, left), *_notes(reader.manifest)],
    )


def _archive(path: Path, passphrase: Callable[[], str]) -> BinaryIO:
    """The archive in a file that may be encrypted: then in the clear in a file without a name."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Invalid(f"the backup {path} cannot be read: {error.strerror}") from error
    if not archive.is_encrypted(file):
        return file
    with file:
        clear = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
        try:
            archive.decrypt(file, passphrase(), cast(BinaryIO, clear))
        except BaseException:
            clear.close()
            raise
    clear.seek(0)
    return cast(BinaryIO, clear)


def _stage(reader: archive.Reader, folder: Path) -> None:
    """Unpack everything, or leave nothing."""
    try:
        for member in reader.members:
            reader.extract(member, folder / member)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _name(member: str) -> str:
    return member.partition("/")[2]


def _places(reader: archive.Reader, config_path: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The places of the files of the configuration; and those that are only kept, with the place that they had."""
    given: Any = reader.manifest.get("files")
    where = given if isinstance(given, dict) else {}
    places, left = {}, {}
    # The configuration last: if the process is killed before, the one that is there still leads here.
    for member in sorted(reader.members, key=lambda name: name == backup.CONFIG_MEMBER):
        if not member.startswith("config/"):
            continue
        had = str(where.get(member, ""))
        if member == backup.CONFIG_MEMBER:
            places[_name(member)] = config_path
        elif had and not had.startswith("/") and all(map(_PART.fullmatch, had.split("/"))):
            places[_name(member)] = config_path.parent / had
        else:
            left[_name(member)] = shown(had, _LONGEST)
    return places, left


def _old(data_dir: Path) -> list[str]:
    """The files that make up the state of the data folder now, with what SQLite keeps beside its databases."""
    return sorted(
        entry.name
        for entry in os.scandir(data_dir)
        if not entry.is_dir(follow_symlinks=False)
        and not entry.name.endswith((".lock", ".new"))
        and ".broken-" not in entry.name
    )


def _refuse(data_dir: Path, old: list[str], places: dict[str, Path]) -> None:
    """Refuse to replace anything.

    Raises:
        Conflict: names what is there.
    """
    there = [str(data_dir / name) for name in old] + [
        str(place) for place in places.values() if os.path.lexists(place)
    ]
    if there:
        raise Conflict(
            f"{there[0]} exists{f', and {len(there) - 1} other files' if len(there) > 1 else ''}: restore into an empty data folder "
            "(--data-dir) and to another --config, or write --force; the old files are then kept in a folder beside the new ones"
        )


def _lacks(yaml: Path | None, data_dir: Path, left: dict[str, str]) -> Iterator[str]:
    """What the restored node needs and this machine does not have."""
    for name, had in left.items():
        if not had.startswith("/") or not _same(Path(had), data_dir / _KEPT / name):
            yield f"{had or name}: its content is in {data_dir / _KEPT / name}; put it there, or change the configuration"
    specs = dict(SavedStreams(data_dir).load())
    try:
        found = config.load(yaml) if yaml is not None else None
    except FramecastError as error:
        yield f"the configuration: {error}"
        found = None
    if found is not None:
        specs |= found.specs
        yield from (f"{path}: a folder of media_dirs" for path in found.media_dirs if not path.is_dir())
        yield from (
            f"{path}: {key}"
            for key, path in backup.file_keys(found)
            if backup.is_certificate(key) and not path.exists()
        )
        if found.data_dir.absolute() != data_dir.absolute():
            yield f"{yaml} says data_dir: {found.data_dir}: change it, or start the node with --data-dir {data_dir}"
    for name, spec in sorted(specs.items()):
        if why := missing_file(spec.source) or _missing_device(spec.source):
            yield f"stream {name}: {why}"


def _missing_device(source: Source) -> str:
    text = source.reveal().removeprefix("v4l2:").partition("?")[0]
    path = f"/dev/video{text}" if number.is_digits(text) else text
    is_device = path.startswith("/dev/") and source.scheme in ("", "v4l2")
    return f"there is no device {path}" if is_device and not os.path.exists(path) else ""


def _same(path: Path, other: Path) -> bool:
    try:
        return path.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _notes(manifest: dict[str, Any]) -> Iterator[str]:
    """What the backup itself says that it does not have."""
    given = manifest.get("left_out")
    for one in given[:100] if isinstance(given, list) else ():
        yield f"not in the backup: {shown(str(one), _LONGEST)}"


def default_data_dir(path: Path, config_path: Path, passphrase: Callable[[], str]) -> Path:
    """Return the data folder that the configuration in a backup names, else the usual one.

    Raises:
        Invalid, Denied: as `restore`.
    """
    with _archive(path, passphrase) as file, tempfile.TemporaryDirectory() as folder:
        reader = archive.Reader(file)
        if backup.CONFIG_MEMBER in reader.members:
            reader.extract(backup.CONFIG_MEMBER, Path(folder) / "framecast.yaml")
            given = yaml_document.read(Path(folder) / "framecast.yaml").get("data_dir")
            if isinstance(given, str) and given:
                return config_path.parent / Path(given).expanduser()
    return Settings().data_dir
