"""The store of objects: originals and what is made of them, by keys (`model.library_layout`). A folder (`FolderObjects`) or S3 (`store.bucket`).

An object is whole or not there: it is written under another name, synced, and gets its key last. Nothing of an object changes afterwards; it is
replaced whole or deleted. Synchronous; any thread, never an event loop. A process that dies leaves at most a file in `FolderObjects`' folder of
unfinished ones, which `sweep` removes.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from framecast.errors import Broken, Denied, Invalid, NoSpace, NotFound
from framecast.model.library_layout import check_key
from framecast.private_file import sync_folder

UNFINISHED = ".unfinished"
# After this time without a write, the writer of an unfinished object is gone.
UNFINISHED_S = 6 * 3600.0
_MODE = 0o600
_FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class Entry:
    """One object in a listing; `changed_at` is in seconds since 1970."""

    key: str
    size: int
    changed_at: float


class Objects(Protocol):
    """A store of objects. Every method may block for the disk or the network.

    All raise Invalid for a key of another form, Denied if the store refuses this user, Broken if it does not work, and NoSpace if
    the disk is full.
    """

    def put(self, key: str, content: bytes) -> None:
        """Store an object; one with this key is replaced. It is durable when this returns."""

    def put_file(self, key: str, path: Path) -> None:
        """Store a copy of a file."""

    def take_file(self, key: str, path: Path) -> None:
        """Store a file, which is gone from its place afterwards; without copying where both are on one disk.

        After a crash the file is at its place, or in the store, or both.
        """

    def fetch(self, key: str, path: Path) -> None:
        """Let the file `path`, which is not there yet, have the content of an object; it must not be written to.

        Raises:
            NotFound: there is no such object.
        """

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes from `start` up to `end`, which may lie behind the last one.

        Raises:
            NotFound: there is no such object.
        """

    def size(self, key: str) -> int:
        """Return the size of an object.

        Raises:
            NotFound: there is no such object.
        """

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Return the objects below a prefix, which is whole parts of a key: `videos/ID` has `videos/ID/original`. In no order."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Return the keys of these objects."""

    def delete(self, prefix: str) -> int:
        """Delete the object with this key and all below it; return how many there were."""

    def local_path(self, key: str) -> Path | None:
        """Return the file of an object for reading, None if the store has no files. It may not exist."""

    def free_bytes(self) -> int | None:
        """Return how much more can be stored, None if the store has no limit that it knows."""

    def sweep(self) -> None:
        """Remove what processes that died have left."""


class FolderObjects:
    """Objects as files below a folder. Only this user may read them."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        with _translated(key), self._fresh(key) as fresh, _open_new(fresh) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def put_file(self, key: str, path: Path) -> None:
        """Store a copy of a file."""
        with _translated(key), self._fresh(key) as fresh, path.open("rb") as source, _open_new(fresh) as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())

    def take_file(self, key: str, path: Path) -> None:
        """Store a file by renaming it; it is copied if it lies on another disk."""
        check_key(key)
        with _translated(key):
            with path.open("rb") as source:
                os.fsync(source.fileno())
            path.chmod(_MODE)
            place = self._placed(key)
            try:
                path.replace(place)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
            else:
                sync_folder(place.parent)
                return
        self.put_file(key, path)
        path.unlink(missing_ok=True)

    def fetch(self, key: str, path: Path) -> None:
        """Link the file of an object; it is copied where links are impossible."""
        place = self.local_path(key)
        with _translated(key):
            try:
                os.link(place, path, follow_symlinks=False)
            except OSError as error:
                if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
                    raise
                shutil.copyfile(place, path)

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Return a part of a file."""
        check_range(start, end)
        with _translated(key), self.local_path(key).open("rb") as file:
            file.seek(start)
            return file.read(-1 if end is None else end - start)

    def size(self, key: str) -> int:
        """Return the size of a file."""
        with _translated(key):
            found = self.local_path(key).stat()
        if not _is_file(found):
            raise missing(key)
        return found.st_size

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Return the files below a folder."""
        place = self._folder / check_key(prefix)
        for folder, _, names in os.walk(place):
            for name in names:
                path = Path(folder, name)
                with suppress(OSError):  # it was deleted meanwhile
                    found = path.stat()
                    yield Entry(path.relative_to(self._folder).as_posix(), found.st_size, found.st_mtime)

    def keys(self, prefix: str) -> Iterator[str]:
        """Return the keys of the files below a folder."""
        return (entry.key for entry in self.entries(prefix))

    def delete(self, prefix: str) -> int:
        """Delete a file, or a folder with all that is in it, and folders that are empty after that."""
        place = self._folder / check_key(prefix)
        with _translated(prefix):
            if place.is_dir():
                count = sum(1 for _ in self.keys(prefix))
                shutil.rmtree(place)
            else:
                try:
                    place.unlink()
                except (FileNotFoundError, NotADirectoryError):
                    return 0
                count = 1
            sync_folder(place.parent)
            self._remove_empty(place.parent)
        return count

    def local_path(self, key: str) -> Path:
        """Return the file of an object."""
        return self._folder / check_key(key)

    def free_bytes(self) -> int | None:
        """Return what is free on the disk."""
        with suppress(OSError):
            return shutil.disk_usage(self._folder).free
        return None

    def sweep(self) -> None:
        """Remove files of writers that are gone."""
        for path in (self._folder / UNFINISHED).glob("*"):
            with suppress(OSError):
                if self._now() - path.stat().st_mtime > UNFINISHED_S:
                    path.unlink()

    def _placed(self, key: str) -> Path:
        """The place of an object, in a folder that exists."""
        place = self._folder / key
        missing = [folder for folder in (place.parent, *place.parent.parents) if not folder.exists()]
        place.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        for folder in missing:
            sync_folder(folder.parent)
        return place

    @contextmanager
    def _fresh(self, key: str) -> Iterator[Path]:
        """A path to write to; what is there at the end becomes the object."""
        check_key(key)
        folder = self._folder / UNFINISHED
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        fresh = folder / secrets.token_hex(16)
        try:
            yield fresh
            place = self._placed(key)
            fresh.replace(place)
        except BaseException:
            with suppress(OSError):
                fresh.unlink()
            raise
        sync_folder(place.parent)

    def _remove_empty(self, folder: Path) -> None:
        while folder != self._folder and folder.is_relative_to(self._folder):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def full_error(what: str) -> NoSpace:
    """Return the error for a store without space."""
    return NoSpace(f"{what} cannot be stored: the disk is full; free some space, then it goes on by itself")


def missing(key: str) -> NotFound:
    """Return the error for an object that is not there."""
    return NotFound(f"there is no object {key!r:.120}")


def check_range(start: int, end: int | None) -> None:
    """Return if these bytes can be read.

    Raises:
        Invalid: they cannot.
    """
    if start < 0 or (end is not None and end < start):
        raise Invalid(f"a range must begin at 0 or later and end behind its beginning, got {start} to {end}")


def _is_file(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode)


def _open_new(path: Path) -> BinaryIO:
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE), "wb")


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Turn errors of the disk into ours."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise missing(key) from error
    except PermissionError as error:
        raise Denied(f"the object {key!r:.120} is refused by the disk: {error.strerror}") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full_error(f"the object {key!r:.120}") from error
        raise Broken(f"the object {key!r:.120} cannot be used: {error.strerror}") from error
