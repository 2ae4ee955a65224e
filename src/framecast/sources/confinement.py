"""What a process that parses media may do: FFmpeg reads untrusted input, so a mistake in it must end the process and not the machine, and give nobody a key.

Called once, at the start of the process, before its second thread and the first byte of media. The kernel enforces everything here; nothing of it can be taken back.
Limits of memory, descriptors and files hold everywhere. Landlock closes all files but those that are needed (`permitted`), and seccomp the way to other
programs and processes. If the kernel lacks one of them, the process runs without it, and its stream says so.
"""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterable, Sequence

from framecast.errors import Invalid
from framecast.model import StreamSpec
from framecast.sandbox import landlock, seccomp
from framecast.sandbox.level import Level
from framecast.sandbox.rlimits import lower
from framecast.sources import dial, permitted, reach

_GiB = 1 << 30
# Programs, libraries, stacks and decoders: a 4K decoder needs less than half a gigabyte.
_OWN_BYTES = 4 * _GiB
# How many tracks may each fill `memory_limit_mb`.
_TRACKS = 4
_FILES = 4096

log = logging.getLogger(__name__)


def limit(spec: StreamSpec) -> None:
    """Limit this process: memory, descriptors, size of files; no core dumps (they hold passwords)."""
    pools = _TRACKS * (spec.memory_limit_mb << 20)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, _FILES)
    lower(resource.RLIMIT_FSIZE, max(_GiB, pools))  # memfd segments count as files
    if not spec.hwaccel:  # hardware drivers reserve unlimited address space
        lower(resource.RLIMIT_AS, _OWN_BYTES + pools)


def confine(
    spec: StreamSpec, kind: str, folders: reach.Folders, withheld: Sequence[str], *, asks_services: bool
) -> Level:
    """Limit the process of a source, and close everything that its source does not need. `withheld`: folders of which nothing is needed.

    `asks_services`: a name that only services of this machine know (`camera.local`) may be asked for, which takes a UNIX socket.
    """
    limit(spec)
    rules = [*permitted.of_program(withheld), *permitted.of_source(spec, kind, folders, withheld)]
    return _close(rules, unix_sockets=asks_services and has_local_name(spec))


def confine_rendition(withheld: Sequence[str] = ()) -> Level:
    """Close everything that a rendition does not need. It asks the node for tracks, and may ask it for nothing else."""
    lower(resource.RLIMIT_CORE, 0)
    return _close(permitted.of_program(withheld), unix_sockets=True)


def confine_check(withheld: Sequence[str] = ()) -> Level:
    """Close everything that the check of an address does not need."""
    return _close(permitted.of_program(withheld), unix_sockets=False)


def has_local_name(spec: StreamSpec) -> bool:
    """Return whether an address has a host whose name is not in DNS: `camera.local` (mDNS), `nas`."""
    if spec.source.scheme not in dial.PORTS:
        return False
    try:
        host, _ = dial.address_of(spec.source)
    except Invalid:
        return False
    return ":" not in host and ("." not in host or host.rstrip(".").lower().endswith(".local"))


def _close(rules: Iterable[tuple[str, int]], *, unix_sockets: bool) -> Level:
    try:
        files = landlock.restrict(rules)
    except OSError as error:
        log.warning("files cannot be closed to this process: %s", error)
        files = 0
    return Level(files, seccomp.restrict(unix_sockets=unix_sockets))
