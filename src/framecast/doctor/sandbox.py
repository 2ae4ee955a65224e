"""What the kernel keeps processes from that parse media of strangers."""

from __future__ import annotations

from collections.abc import Iterator

from framecast.doctor.finding import Finding, Level
from framecast.sandbox import level as levels

_NO_LANDLOCK = "uname -r   # Linux 5.13 or newer, with landlock in CONFIG_LSM or the boot option lsm="
_NO_SECCOMP = "grep Seccomp /proc/self/status   # CONFIG_SECCOMP_FILTER, on x86-64 or AArch64"


def check_sandbox() -> Iterator[Finding]:
    """Whether a mistake in a decoder opens this user's files or starts a program."""
    level = levels.level()
    if level.is_full:
        yield Finding("sandbox", Level.OK, f"{level} (Landlock {level.landlock}, seccomp)")
    else:
        yield Finding("sandbox", Level.NOTE, str(level), _NO_SECCOMP if level.landlock else _NO_LANDLOCK)
