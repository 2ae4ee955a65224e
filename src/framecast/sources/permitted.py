"""Which files a process that parses media may open: its programs and libraries, what the system needs to resolve names and check certificates, and its own source.

Everything else stays closed, above all the node's data folder, its configuration and the folders of people. Used by `confinement`, in the process itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from glob import glob
from pathlib import Path
from urllib.parse import parse_qsl

import framecast
from framecast.model import StreamSpec
from framecast.model.data_file import file_pair
from framecast.model.kinds import KINDS, Use
from framecast.sandbox import landlock
from framecast.sources import beneath, reach, tls

Rule = tuple[str, int]

# Drivers of graphics cards look for their parts in /opt; the whole of /etc may hold keys of other programs.
_SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/sys",
    "/opt/intel",
    "/opt/rocm",
    "/opt/vc",
)
_PROC = ("self", "cpuinfo", "meminfo", "stat", "filesystems", "devices", "modules", "driver", "sys", "net")
_ETC = (
    *("resolv.conf", "hosts", "nsswitch.conf", "host.conf", "gai.conf", "services", "protocols", "networks"),
    *("passwd", "group", "localtime", "timezone", "machine-id", "os-release", "mime.types", "ssl", "pki"),
    *(
        "ca-certificates",
        "ca-certificates.conf",
        "crypto-policies",
        "ld.so.cache",
        "ld.so.conf",
        "ld.so.conf.d",
    ),
    *(
        "alternatives",
        "glvnd",
        "vulkan",
        "OpenCL",
        "drirc",
        "amdgpu",
        "nvidia",
        "vdpau_wrapper.cfg",
        "libva.conf",
    ),
)
# The parts of name services that change; /etc/resolv.conf is often a link to one of them.
_RUN = (
    "/run/systemd/resolve",
    "/run/NetworkManager",
    "/run/resolvconf",
    "/run/connman",
    "/run/opengl-driver",
)
_TRUSTED = ("SSL_CERT_FILE", "SSL_CERT_DIR", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH")
_READ_DEVICES = ("/dev/zero", "/dev/random", "/dev/urandom", "/dev/full")
_GRAPHICS = (
    "/dev/dri",
    "/dev/nvidia*",
    "/dev/kfd",
    "/dev/dma_heap",
    "/dev/udmabuf",
    "/dev/video*",
    "/dev/media*",
)
_TEMPORARY = 0o1000  # a folder that everybody may write to


def of_program(withheld: Sequence[str]) -> Iterator[Rule]:
    """Yield what every such process needs. Nothing in the folders `withheld` is in it, even where they lie beneath a folder that is needed."""
    for path in program_folders():
        for part in _without(path, withheld):
            yield part, landlock.READ
    named = filter(None, map(os.environ.get, _TRUSTED))
    others = (
        *(f"/proc/{one}" for one in _PROC),
        *(f"/etc/{one}" for one in _ETC),
        *_RUN,
        *_READ_DEVICES,
        *named,
    )
    for path in (*others, tls.authorities() or "/etc/ssl"):
        yield path, landlock.READ
    yield "/dev/null", landlock.USE


def of_source(spec: StreamSpec, kind: str, folders: reach.Folders, withheld: Sequence[str]) -> Iterator[Rule]:
    """Yield what the source of `spec` needs beyond that: its file or device, files with its keys, devices that decode."""
    if spec.hwaccel:
        yield from ((path, landlock.USE) for pattern in _GRAPHICS for path in glob(pattern))
    path = reach.local_path(spec.source, kind)
    if path is not None and folders is not None:
        found = beneath.find(path, folders)
        path = None if found is None else Path(found.path)
    if path is not None and KINDS[kind].path is Use.DEVICE:
        yield str(path), landlock.USE
    elif path is not None:
        yield str(path), landlock.READ
        yield from _beside(path, withheld) if folders is None else ()
    yield from ((file, landlock.READ) for file in _keys(spec, kind))
    yield from ((str(file), landlock.READ) for one in spec.reading.data for file in file_pair(one))


def can_resolve() -> bool:
    """Return whether names can still be looked up here: a list of name servers that was replaced since is another file, which is closed to this process."""
    try:
        os.close(os.open("/etc/resolv.conf", os.O_RDONLY | os.O_CLOEXEC))
    except PermissionError:
        return False
    except OSError:
        return True
    return True


@cache
def program_folders() -> tuple[str, ...]:
    """Return where this process finds modules and libraries; the current folder is no such place, even if Python looks there.

    Looked up once, by the process that the others are forked from.
    """
    here = os.getcwd()
    searched = (path for path in sys.path if path and os.path.realpath(path) != here)
    prefixes = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    found = {os.path.realpath(path) for path in (*framecast.__path__, *prefixes, *searched, *_SYSTEM)}
    is_inside = {one for one in found for other in found if one != other and _is_in(one, other)}
    return tuple(sorted(path for path in found - is_inside if os.path.exists(path)))


def _beside(path: Path, withheld: Sequence[str]) -> Iterator[Rule]:
    """Yield the folder of a file, because the file may be replaced while it plays; not where the folder is one of many things: a home, /tmp."""
    folder = os.path.realpath(path.parent)
    home = os.path.realpath(os.path.expanduser("~"))
    try:
        is_shared = bool(os.stat(folder).st_mode & _TEMPORARY)
    except OSError:
        return
    if (
        not is_shared
        and not _is_in(home, folder)
        and not any(_is_in(one, folder) or _is_in(folder, one) for one in withheld)
    ):
        yield folder, landlock.READ


def _keys(spec: StreamSpec, kind: str) -> Iterator[str]:
    """Yield the files with keys and tokens that an address names; `reach.check` has refused them to strangers."""
    query = spec.source.reveal().partition("?")[2]
    options = KINDS[kind].options or {}
    for name, value in parse_qsl(query):
        if options.get(name) is Use.CREDENTIAL:
            yield os.path.expanduser(value)


def _without(path: str, withheld: Iterable[str]) -> Iterator[str]:
    """Yield a folder, or where a withheld one lies beneath it, all parts of it but that one."""
    inside = [one for one in withheld if _is_in(one, path)]
    if any(_is_in(path, one) for one in withheld):
        return
    if not inside:
        yield path
        return
    try:
        parts = [entry.path for entry in os.scandir(path) if not entry.is_symlink()]
    except OSError:
        return
    for part in parts:
        yield from _without(part, inside)


def _is_in(path: str, folder: str) -> bool:
    """Return whether a path is a folder itself, or beneath it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
