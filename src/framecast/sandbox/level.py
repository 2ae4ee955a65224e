"""What the kernel of this machine enforces of the sandbox, in words that `framecast doctor` and the facts of a stream show."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.sandbox import landlock, seccomp


@dataclass(frozen=True, slots=True)
class Level:
    """The version of Landlock, 0 for none, and whether seccomp filters system calls."""

    landlock: int
    seccomp: bool

    @property
    def is_full(self) -> bool:
        """True if files and system calls are closed."""
        return bool(self.landlock) and self.seccomp

    def __str__(self) -> str:
        files = (
            "only the files of their source"
            if self.landlock
            else "every file of this user (no Landlock here)"
        )
        calls = "and can start no program" if self.seccomp else "and can start programs (no seccomp here)"
        return f"processes that parse media can read {files}, {calls}"


def level() -> Level:
    """Return what this machine can enforce. Nothing changes."""
    return Level(landlock.version(), seccomp.is_known())
