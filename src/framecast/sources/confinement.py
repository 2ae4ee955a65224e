"""Limits of a source process: FFmpeg reads untrusted input, so a runaway must end the process and not the machine.

Called once, at the start of the process, before the first byte is read. The kernel enforces the limits; they cannot be raised again.
"""

from __future__ import annotations

import ctypes
import resource

from framecast.model import StreamSpec

_GiB = 1 << 30
# Programs, libraries, stacks and decoders: a 4K decoder needs less than half a gigabyte.
_OWN_BYTES = 4 * _GiB
# How many tracks may each fill `memory_limit_mb`.
_TRACKS = 4
_FILES = 4096
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h


def confine(spec: StreamSpec) -> None:
    """Limit this process: memory, descriptors, size of files; no core dumps (they hold passwords), no new privileges."""
    pools = _TRACKS * (spec.memory_limit_mb << 20)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _FILES)
    _limit(resource.RLIMIT_FSIZE, max(_GiB, pools))  # memfd segments count as files
    if not spec.hwaccel:  # hardware drivers reserve unlimited address space
        _limit(resource.RLIMIT_AS, _OWN_BYTES + pools)
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _limit(what: int, wanted: int) -> None:
    """Lower a limit, never raise it."""
    _, hard = resource.getrlimit(what)
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(what, (value, value))
