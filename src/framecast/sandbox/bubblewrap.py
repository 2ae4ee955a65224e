"""bubblewrap (`bwrap`), if it is installed and may make namespaces: a program sees a file system of its own with only what is named, and has no network and no other processes.

A second wall around what gives up its own rights by Landlock and seccomp. Many containers forbid it; everything works without it. Any thread.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache

import framecast

_TRIAL_S = 10
_ALONE = ("--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev")
# What an interpreter and its libraries need.
_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/nix/store", "/gnu/store")
# How a shell, and bubblewrap, report that a program was ended by a signal.
_SIGNALLED = 128


@cache
def find() -> str | None:
    """Return the path of a `bwrap` that works here; asked once, by running a program in it."""
    path = shutil.which("bwrap")
    if path is None:
        return None
    command = wrapped(path, [sys.executable, "-I", "-c", ""])
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TRIAL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else path


def wrapped(
    path: str, command: Sequence[str], inputs: Iterable[str] = (), output: str | None = None
) -> list[str]:
    """Return the command that runs `command` alone with its program's files, `inputs` (readable) and the folder `output` (writable)."""
    arguments = [path, *_ALONE]
    for folder in (*_SYSTEM, *_program_folders()):
        arguments += ["--ro-bind-try", folder, folder]
    for one in inputs:
        arguments += ["--ro-bind", one, one]
    if output is not None:
        arguments += ["--bind", output, output]
    return [*arguments, "--chdir", "/", "--", *command]


def status_of(status: int) -> int:
    """Return how a wrapped program ended, as `subprocess` says it: below 0 for a signal."""
    return _SIGNALLED - status if status > _SIGNALLED else status


def _program_folders() -> list[str]:
    """Return where modules and libraries are; the current folder is no such place."""
    here = os.getcwd()
    prefixes = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *framecast.__path__)
    searched = (path for path in sys.path if path and os.path.realpath(path) != here)
    # A path may lead through links, so the path and where it leads are both there; outer folders first.
    return sorted(
        {
            place
            for path in (*prefixes, *searched)
            for place in (os.path.abspath(path), os.path.realpath(path))
        }
    )
