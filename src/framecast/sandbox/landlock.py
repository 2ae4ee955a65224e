"""Landlock: a process gives up the rights to every file that it has not named. Called once, before the process has a second thread.

System calls by number, because the C library has none of these (linux/landlock.h; the numbers are the same on every architecture). The kernel enforces the rules for the
process, its threads and children; they cannot be taken back. Descriptors that are open already keep their rights.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable
from contextlib import suppress

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1  # flag: return the version of the interface
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h

# Rights to files (LANDLOCK_ACCESS_FS_*), and from which version of the interface they exist.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_REG = 1 << 5, 1 << 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_FIRST = (1 << 13) - 1  # of version 1
_LATER = ((2, 1 << 13), (3, _TRUNCATE), (5, _IOCTL_DEV))
_NETWORK_FROM = 4
_NETWORK = 0b11  # bind and connect by TCP
_SCOPE_FROM = 6
_SCOPES = 0b11  # abstract UNIX sockets and signals only within the process's own domain

READ = _READ_FILE | _READ_DIR
USE = READ | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV  # of a device
FILL = (
    READ | _WRITE_FILE | _TRUNCATE | _MAKE_REG | _REMOVE_FILE
)  # of a folder: plain files in it, no folders, links or sockets
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV  # the others are rights to folders

_libc = ctypes.CDLL(None, use_errno=True)


class _Attributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version() -> int:
    """Return the version of the kernel's interface, 0 if it has no Landlock or a container forbids it."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)))


def restrict(rules: Iterable[tuple[str, int]], *, network: bool = True) -> int:
    """Give up all files but those at or beneath these paths, each with its rights. What does not exist is left out.

    `network` False: also all TCP, if the kernel's Landlock knows TCP.

    Returns the version of the interface; 0: nothing is restricted.

    Raises:
        OSError: the kernel refuses.
    """
    found = version()
    if not found:
        return 0
    handled = _FIRST | sum(right for since, right in _LATER if found >= since)
    scoped = _SCOPES if found >= _SCOPE_FROM else 0
    closed = 0 if network or found < _NETWORK_FROM else _NETWORK
    attributes = _Attributes(handled, closed, scoped)
    size = (
        24 if scoped else 16 if closed else 8
    )  # a longer structure is refused by a kernel that does not know all of it
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0)
    try:
        for path, rights in rules:
            with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                _allow(ruleset, path, rights & handled)
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return found


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _OF_FILES
        rule = _PathBeneath(rights, fd)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(fd)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
