"""A partial upload on the disk: one plain file that only grows, for one writer at a time. Any one thread at a time; blocks for the disk.

The truth about how much is there is `durable`: it moves after `fdatasync`, and its caller notes it in the database. What lies behind the
noted offset when the file is opened was never promised to anybody, and is cut off. So a crash, the loss of power and a full disk lose no byte that was
promised to a client, and keep none that may be wrong.

The SHA-256 of the whole runs along. After a restart it is behind, and `catch_up` reads the file again, in steps beside the writer.

The lock is one of the open file (`F_OFD_SETLK`), so it ends with the process that holds it. A second lock, of the byte behind it, says that somebody waits:
the holder looks at `is_wanted` between two blocks and lets go.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from framecast.errors import Conflict, Invalid, NoSpace, NotFound
from framecast.library import writeback
from framecast.private_file import sync_folder

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
# Locks of bytes that no file reaches.
_HELD, _WANTED = 1 << 62, (1 << 62) + 1
_STEP = 4 << 20  # read at once to catch up: a writer waits no longer than for this
_FLOOR_EVERY = 16 << 20  # written between two looks at the free space
# The disk is given so much at once; the writer waits for what lies so far back.
_PUSH = 8 << 20
_BEHIND = 64 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Free = Callable[[Path], int]
# A hash that runs along, and of how many bytes it is.
Running = tuple["hashlib._Hash", int]


def free_bytes(folder: Path) -> int:
    """Return how many bytes a program without privileges can still write to the disk of a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def upload_path(folder: Path, upload_id: str) -> Path:
    """Return where a partial upload lies. Nothing but an id of our own becomes a path.

    Raises:
        NotFound: there can be no upload of this id.
    """
    if not _ID.fullmatch(upload_id):
        raise NotFound("there is no such upload")
    return folder / upload_id


def create_file(path: Path) -> None:
    """Make the empty file of a new upload, and let it survive the loss of power. Its folder is made if needed.

    Raises:
        OSError: it exists, or cannot be written.
    """
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(path.parent.parent)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    sync_folder(path.parent)


def check_room(folder: Path, size: int, floor: int, free: Free = free_bytes) -> None:
    """Return if a disk has room for `size` bytes more and keeps `floor` bytes free.

    Raises:
        NoSpace: it does not.
    """
    found = free(folder)
    if found - size < floor:
        raise NoSpace(
            f"the disk of the library has no room for {size} bytes: {found} bytes are free, and {floor} of them must stay free",
            free=found,
            floor=floor,
        )


class UploadFile:
    """The open file of one upload of `size` bytes, of which `noted` are known to be durable. It is locked until `close`."""

    def __init__(
        self,
        path: Path,
        size: int,
        noted: int,
        *,
        running: Running | None = None,
        floor: int = 0,
        free: Free = free_bytes,
    ) -> None:
        """Open and lock the file, and cut off what was never promised. `running` is that of the `UploadFile` before, if it is still known.

        Raises:
            NotFound: there is no such file.
            Conflict: another process writes it; it has been asked to let go.
        """
        self._path, self.size = path, size
        self._floor, self._free = floor, free
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise NotFound("the data of this upload is gone: begin it again") from None
        try:
            self._lock()
            self.offset = self.durable = min(noted, size, os.fstat(self._fd).st_size)
            os.ftruncate(self._fd, self.offset)
        except BaseException:
            os.close(self._fd)
            raise
        has_run = running is not None and running[1] <= self.offset
        self._hash, self._hashed = running if running is not None and has_run else (hashlib.sha256(), 0)
        self._marked = (self.offset, self._hash.copy(), self._hashed)
        self._mutex = threading.Lock()  # of the hash: the writer and `catch_up` use it
        self._pushed = self.offset  # up to where the disk was asked to write
        self._unlooked = _FLOOR_EVERY  # bytes since the last look at the free space
        self._lost: OSError | None = None  # why the disk does not have what was written
        self._is_open = True

    @property
    def is_complete(self) -> bool:
        """True if all bytes are here and durable."""
        return self.durable == self.size

    @property
    def is_wanted(self) -> bool:
        """True if another process waits for this file."""
        return _is_locked(self._fd, _WANTED)

    @property
    def is_behind(self) -> bool:
        """True if not all bytes that are here were hashed."""
        return self._hashed < self.offset

    @property
    def running(self) -> Running | None:
        """The hash so far, for the next one that opens this file; None if it has seen what is not durable."""
        with self._mutex:
            return (self._hash.copy(), self._hashed) if self._hashed <= self.durable else None

    def append(self, data: bytes | memoryview) -> None:
        """Write at the offset. With an error, what was written before it stays.

        Raises:
            Invalid: that is more than the upload has; nothing was written.
            NoSpace: the disk is full, or would be fuller than its floor allows. OSError: another failure of the disk.
        """
        if self.offset + len(data) > self.size:
            raise Invalid(
                f"an upload of {self.size} bytes cannot get {len(data)} bytes at offset {self.offset}"
            )
        self._look(len(data))
        rest = memoryview(data)
        while rest:
            written = self._write(rest)
            self._note_written(rest[:written])
            rest = rest[written:]
        self._push()

    def sync(self) -> int:
        """Make durable what was written before this call, and return that offset. It may run beside `append`.

        Raises:
            NoSpace, OSError: it is not durable. What was durable before still is. So does every later call: Linux forgets what it could not
                write, and a second `fdatasync` would say that all is well.
        """
        offset = self.offset
        if self._lost is not None:
            raise self._lost
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            self._lost = error
            raise _translated(error, self._path.parent, self._free) from error
        self.durable = max(self.durable, offset)
        return offset

    def mark(self) -> None:
        """Remember this offset as the one to which `roll_back` goes."""
        with self._mutex:
            self._marked = (self.offset, self._hash.copy(), self._hashed)

    def roll_back(self) -> None:
        """Drop what came behind the mark, of which nothing may be durable yet: a checksum was wrong, or never came."""
        offset, running, hashed = self._marked
        if offset < self.durable:
            raise Invalid(f"offset {offset} is durable up to {self.durable} already")
        with self._mutex:
            os.ftruncate(self._fd, offset)
            self.offset, self._hash, self._hashed = offset, running, hashed
            self._pushed = min(self._pushed, offset)

    def catch_up(self) -> bool:
        """Hash a step of what was not hashed yet, and return whether something is left. It may run beside `append`."""
        with self._mutex:
            if not self._is_open or self._hashed >= self.offset:
                return False
            block = os.pread(self._fd, min(_STEP, self.offset - self._hashed), self._hashed)
            if not block:
                raise OSError(errno.EIO, "a partial upload is shorter than it was", str(self._path))
            self._hash.update(block)
            self._hashed += len(block)
            return self._hashed < self.offset

    def digest(self) -> str:
        """Return the SHA-256 of all bytes that are here, in hexadecimal digits; what was not hashed yet is read."""
        while self.catch_up():
            pass
        with self._mutex:
            return self._hash.hexdigest()

    def close(self) -> None:
        """Close and unlock. What was not synced is not promised. Idempotent."""
        with self._mutex:
            if self._is_open:
                self._is_open = False
                os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _lock(self) -> None:
        if _set_lock(self._fd, _HELD, fcntl.F_WRLCK):
            return
        raise Conflict("this upload is being written by another process")

    def _look(self, coming: int) -> None:
        self._unlooked += coming
        if self._unlooked >= _FLOOR_EVERY:
            check_room(self._path.parent, coming, self._floor, self._free)
            self._unlooked = 0

    def _write(self, rest: memoryview) -> int:
        try:
            return os.pwrite(self._fd, rest, self.offset)
        except OSError as error:
            raise _translated(error, self._path.parent, self._free) from error

    def _push(self) -> None:
        """Let the disk write beside the network, and wait for it when too much is on its way."""
        while self.offset - self._pushed >= _PUSH and self._lost is None:
            try:
                writeback.begin(self._fd, self._pushed, _PUSH)
                if self._pushed >= _BEHIND:
                    writeback.finish(self._fd, self._pushed - _BEHIND, _PUSH)
            except OSError as error:
                self._lost = error
                raise _translated(error, self._path.parent, self._free) from error
            self._pushed += _PUSH

    def _note_written(self, data: memoryview) -> None:
        with self._mutex:
            if self._hashed == self.offset:
                self._hash.update(data)
                self._hashed += len(data)
            self.offset += len(data)


class Waiting:
    """Says to the process that holds an upload's file that another one wants it, until it is closed."""

    def __init__(self, path: Path) -> None:
        """Begin to say so.

        Raises:
            NotFound: there is no such file.
        """
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise NotFound("the data of this upload is gone: begin it again") from None
        _set_lock(self._fd, _WANTED, fcntl.F_RDLCK)

    def close(self) -> None:
        """Wait no longer. Idempotent."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def remove_file(path: Path) -> None:
    """Remove the file of an upload, if it is there."""
    with suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)


def _translated(error: OSError, folder: Path, free: Free) -> Exception:
    """Return the error that says what to do: of a full disk another one than of a broken one."""
    if error.errno not in _FULL:
        return error
    return NoSpace(
        "the disk of the library is full: make room, then continue the upload, of which nothing is lost",
        free=free(folder),
    )


def _set_lock(fd: int, start: int, kind: int) -> bool:
    """Lock one byte for the open file, and return whether nobody else has it."""
    try:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, _flock(kind, start))
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_locked(fd: int, start: int) -> bool:
    """Return whether another open file has locked this byte."""
    found = fcntl.fcntl(fd, fcntl.F_OFD_GETLK, _flock(fcntl.F_WRLCK, start))
    kind: int = struct.unpack_from("@h", found)[0]
    return kind != fcntl.F_UNLCK


def _flock(kind: int, start: int) -> bytes:
    """`struct flock`: type, whence, start, length, process (0 for locks of open files)."""
    return struct.pack("@hhqqi4x", kind, os.SEEK_SET, start, 1, 0)
