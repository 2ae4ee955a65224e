"""Whether a folder lies on a disk of this machine: SQLite's shared memory and locks do not work over a network.

Reads /proc/self/mountinfo (proc(5)); where that does not exist, every disk counts as local.
"""

from __future__ import annotations

import re
from pathlib import Path

from framecast.model import number

# Types of file systems whose files other machines may write, or whose locks end at this machine.
_NETWORK = re.compile(
    r"nfs\d*|cifs|smb\d*|smbfs|9p|afs|ceph|coda|ncpfs|lustre|gfs2|gpfs|ocfs2|beegfs|orangefs|pvfs2|davfs|acfs"
    r"|fuse\.(sshfs|glusterfs|s3fs|rclone|davfs2?|curlftpfs|ceph|ceph-fuse|juicefs|gcsfuse|mfs|moosefs|grpcfuse|osxfs)"
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def network_disk(path: Path, mounts: str | None = None) -> str | None:
    """Return the type of the network file system that `path` lies on, None for a disk of this machine.

    `mounts` is the text of mountinfo, None for that of this process.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
        except OSError:
            return None
    place = path.resolve()
    found: tuple[int, str] = (-1, "")
    for line in mounts.splitlines():
        mount, kind = _mount(line)
        if mount is not None and place.is_relative_to(mount) and len(mount.parts) >= found[0]:
            found = len(mount.parts), kind  # of two mounts at one place the later one is seen
    return found[1] if _NETWORK.fullmatch(found[1]) else None


def _mount(line: str) -> tuple[Path | None, str]:
    """Return where a line of mountinfo mounts something, and the type of its file system."""
    before, separator, after = line.partition(" - ")
    fields = before.split(" ")
    if not separator or len(fields) < 5:
        return None, ""
    return Path(_ESCAPE.sub(lambda octal: chr(number.integer(octal[1], 0, 511, 8)), fields[4])), after.split(
        " "
    )[0]
