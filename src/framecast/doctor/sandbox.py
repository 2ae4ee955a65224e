"""What the kernel keeps processes from that parse media of strangers."""

from __future__ import annotations

from collections.abc import Iterator

from framecast.doctor.finding import Finding, Level
from framecast.errors import FramecastError
from framecast.processing import trial
from framecast.sandbox import bubblewrap
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


def check_uploads() -> Iterator[Finding]:
    """Whether the process that parses an uploaded file reaches more than that file: it is started, and tries."""
    level = levels.level()
    try:
        reached = trial.reached()
    except FramecastError as error:
        yield Finding(
            "uploaded files", Level.WARNING, f"the process that checks them does not start: {error}"
        )
        return
    walls = [f"Landlock {level.landlock}"] * bool(level.landlock) + ["seccomp"] * level.seccomp
    by = ", ".join([*walls, *["bubblewrap"] * bool(bubblewrap.find())]) or "limits only"
    if not reached:
        found = f"the process that checks them reaches no other file, no network and no program, as it has just tried ({by})"
        yield Finding("uploaded files", Level.OK, found)
        return
    found = f"the process that checks them reaches {' and '.join(reached)} ({by})"
    yield Finding("uploaded files", Level.WARNING, found, _NO_SECCOMP if level.landlock else _NO_LANDLOCK)
