"""How a process of the forkserver ended: a value that code compares, and its words for logs and pages. Pure."""

from __future__ import annotations

import signal
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto


class Cause(Enum):
    """Why there is no process any more."""

    EXITED = auto()  # it ended by itself or by a signal: see `status`
    NOT_STARTED = auto()  # it could not be started: see `detail`
    NO_FORKSERVER = auto()  # there is none now
    FORKSERVER_DIED = auto()  # and the process with it
    NOT_SEEN = auto()  # it ended after the process that forked it, which alone gets its status


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """`status` is the exit code, or the negative number of the signal that killed it."""

    cause: Cause = Cause.EXITED
    status: int = 0
    detail: str = ""

    @property
    def lost_forkserver(self) -> bool:
        """True if the process failed with the forkserver, which is being replaced."""
        return self.cause in (Cause.NO_FORKSERVER, Cause.FORKSERVER_DIED)

    def was_killed_by(self, *signals: signal.Signals) -> bool:
        """True if one of these signals ended it."""
        return self.cause is Cause.EXITED and -self.status in signals

    def __str__(self) -> str:
        """Return how it ended, '' for a clean end."""
        if self.cause is not Cause.EXITED:
            return self.detail or _WORDS[self.cause]
        if self.status >= 0:
            return f"exit code {self.status}" if self.status else ""
        with suppress(ValueError):
            return f"killed by {signal.Signals(-self.status).name}"
        return f"killed by signal {-self.status}"


_WORDS = {
    Cause.NOT_STARTED: "it could not be started",
    Cause.NO_FORKSERVER: "no forkserver",
    Cause.FORKSERVER_DIED: "the forkserver died",
    Cause.NOT_SEEN: "with a status that nobody has seen",
}
