"""A large file goes to the disk while it is written, by Linux' `sync_file_range`: then the last `fdatasync` is short, and little waits in memory.

It makes nothing durable: neither the size of the file nor the cache of the disk. If the system or the file cannot do it, nothing happens. Any thread; blocks for the disk.
"""

from __future__ import annotations

import ctypes
import errno
import os

_WAIT_BEFORE, _WRITE, _WAIT_AFTER = 1, 2, 4
_LOST = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.ENOMEM)

_libc = ctypes.CDLL(None, use_errno=True)
_sync_file_range = getattr(_libc, "sync_file_range", None)
if _sync_file_range is not None:
    _sync_file_range.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)


def begin(fd: int, offset: int, count: int) -> None:
    """Let the disk begin to write these bytes.

    Raises:
        OSError: some are lost; `fdatasync` may not say so again.
    """
    _call(fd, offset, count, _WRITE)


def finish(fd: int, offset: int, count: int) -> None:
    """Return when the disk has got these bytes. Raises as `begin`."""
    _call(fd, offset, count, _WAIT_BEFORE | _WRITE | _WAIT_AFTER)


def _call(fd: int, offset: int, count: int, flags: int) -> None:
    if _sync_file_range is not None and _sync_file_range(fd, offset, count, flags):
        number = ctypes.get_errno()
        if number in _LOST:
            raise OSError(number, os.strerror(number))
