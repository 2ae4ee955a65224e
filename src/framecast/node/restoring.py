"""The end of a restore: staged files take the places of the old ones, whatever kills the process in between.

A restore stages everything in `.restore.tmp` of the data folder and renames that to `.restore`: from then on it holds. `finish` moves each file to its place
and may be repeated; `framecast serve` calls it before it reads anything else, so a node sees all of the old files or all of the new ones. Old files are kept in
`before-restore-DATE` of the data folder. Blocks for the disk; nothing but the standard library is imported, because each start of a node looks here.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from framecast.errors import FramecastError
from framecast.private_file import sync_folder

STAGED = ".restore"
STAGING = ".restore.tmp"
_PLAN = "plan.json"
_LOCK = "restore.lock"


@contextmanager
def turn(data_dir: Path) -> Iterator[None]:
    """One restore of a data folder at a time."""
    with (data_dir / _LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def staging(data_dir: Path) -> Path:
    """Return an empty folder for the files of a restore; what an earlier one left there is removed."""
    folder = data_dir / STAGING
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    for part in ("data", "config"):
        (folder / part).mkdir(mode=0o700)
    return folder


def commit(data_dir: Path, old: list[str], places: Mapping[str, Path], aside: str) -> None:
    """Let the restore hold. `old` are the files of the data folder that it replaces, `places` where staged files of `config` go, in this order."""
    folder = data_dir / STAGING
    new = sorted(entry.name for entry in os.scandir(folder / "data"))
    plan = {
        "old": old,
        "new": new,
        "places": {name: str(path) for name, path in places.items()},
        "aside": aside,
    }
    with (folder / _PLAN).open("w", encoding="utf-8") as file:
        json.dump(plan, file)
        file.flush()
        os.fsync(file.fileno())
    for part in (folder / "data", folder / "config", folder):
        sync_folder(part)
    folder.rename(data_dir / STAGED)
    sync_folder(data_dir)


def finish(data_dir: Path) -> bool:
    """Finish a restore that holds; return whether there was one.

    Raises:
        FramecastError: a file cannot be moved; the next call goes on.
    """
    if not (data_dir / STAGED).is_dir():
        return False
    try:
        with turn(data_dir):
            if (data_dir / STAGED).is_dir():
                _move(data_dir, data_dir / STAGED)
    except (OSError, ValueError, KeyError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise FramecastError(
            f"the restore in {data_dir / STAGED} could not be finished ({why}): make its folder and {data_dir} writable, then run the command again"
        ) from error
    return True


def _move(data_dir: Path, staged: Path) -> None:
    plan: dict[str, Any] = json.loads((staged / _PLAN).read_text(encoding="utf-8"))
    aside = data_dir / plan["aside"]
    aside.mkdir(mode=0o700, exist_ok=True)
    left = {entry.name for entry in os.scandir(staged / "data")}
    for name in plan["old"]:
        # A file whose successor is no longer staged is the successor itself.
        is_old = name in left or name not in plan["new"]
        if is_old and os.path.lexists(data_dir / name):
            (data_dir / name).rename(aside / name)
    for name in sorted(left):
        (staged / "data" / name).rename(data_dir / name)
    for name, place in plan["places"].items():
        if (staged / "config" / name).exists():
            _put(staged / "config" / name, Path(place), aside)
    sync_folder(data_dir)
    with suppress(OSError):
        aside.rmdir()  # if nothing was replaced
    gone = data_dir / STAGING
    staged.rename(gone)
    shutil.rmtree(gone)


def _put(staged: Path, place: Path, aside: Path) -> None:
    """Copy a file to its place, which may be on another disk, and keep what was there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    kept = aside / staged.name
    if place.exists() and not kept.exists():
        shutil.copy2(place, kept.with_suffix(".part"))
        kept.with_suffix(".part").rename(kept)
    fresh = place.with_name(f".{place.name}.new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(fd, "wb") as out, staged.open("rb") as content:
        shutil.copyfileobj(content, out)
        out.flush()
        os.fsync(fd)
    fresh.replace(place)
    sync_folder(place.parent)
    staged.unlink()
