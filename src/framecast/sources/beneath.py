"""Files inside folders: where a path really leads, and how it is opened so that it still leads there.

A path is resolved (symbolic links, `..`), compared, and then opened from the folder part by part without following any link: the kernel refuses a link that
was created in between. No state.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from framecast.errors import SourceError
from framecast.model import REASONS

_STEP = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """A place inside of `folder`, both without links in them."""

    folder: str
    parts: tuple[str, ...]

    @property
    def path(self) -> str:
        """The whole path."""
        return os.path.join(self.folder, *self.parts)


def find(path: Path, folders: Sequence[str]) -> Found | None:
    """Return where `path` leads, None if that is outside the folders. A relative path is one below a folder.

    A path that does not exist is accepted if its folder is inside.
    """
    found = [one for folder in folders if (one := _inside(path, folder)) is not None]
    return next((one for one in found if os.path.lexists(one.path)), found[0] if found else None)


@contextmanager
def hold(found: Found, called: str) -> Iterator[int]:
    """Provide a descriptor of the file itself (O_PATH) while the block runs. `called` is its name in errors.

    Raises:
        SourceError: not-found; forbidden if a link stands in the way, or it may not be read; unsupported if it is not a regular file.
    """
    with ExitStack() as stack:
        try:
            here = os.open(found.folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, here)
            for part in found.parts[:-1]:
                here = os.open(part, _STEP | os.O_DIRECTORY, dir_fd=here)
                stack.callback(os.close, here)
            here = os.open(found.parts[-1], _STEP, dir_fd=here)
            stack.callback(os.close, here)
        except OSError as error:
            raise _failure(called, error) from error
        mode = os.fstat(here).st_mode
        if stat.S_ISLNK(mode):
            raise SourceError("forbidden", f"{called} has become a link while it was opened")
        if not stat.S_ISREG(mode):
            raise SourceError("unsupported", f"{called} is not a media file")
        yield here


def _inside(path: Path, folder: str) -> Found | None:
    try:
        root = os.path.realpath(folder)
        target = os.path.realpath(os.path.join(root, path))  # an absolute path stays what it is
        if os.path.commonpath((root, target)) != root or target == root:
            return None
    except (OSError, ValueError):  # a zero in it, or it is no text that a file system has
        return None
    return Found(root, tuple(os.path.relpath(target, root).split(os.sep)))


def _failure(called: str, error: OSError) -> SourceError:
    if error.errno == errno.ENOENT:
        return SourceError("not-found", f"there is no file {called}")
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return SourceError("forbidden", f"{called} has become a link while it was opened")
    if error.errno in (errno.EACCES, errno.EPERM):
        return SourceError("forbidden", f"{called} may not be read by this user")
    return SourceError("failed", f"{REASONS['failed']}: {called}: {error.strerror}")
