"""Sources that a person tries before saving them: streams that nobody else sees, and that end by themselves.

Runs in the node's loop. A trial is an ordinary stream with a name that cannot be guessed; it is in no list, is not saved,
and is removed after `TRIAL_S`, even if the client that began it is gone.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

from framecast.errors import NotEnoughMemory
from framecast.model import StreamSpec
from framecast.node.directory import LocalDirectory

TRIAL_S = 20.0
MAX_TRIALS = 4
PREFIX = "trial-"


class Trials:
    """The trials of a node."""

    def __init__(self, directory: LocalDirectory) -> None:
        self._directory = directory
        self._ends: dict[str, asyncio.TimerHandle] = {}

    def begin(self, spec: StreamSpec, giver: str | None = None) -> str:
        """Make a stream with the source of `spec`, which the account `giver` tries, and return its name. It connects when somebody reads it.

        Raises:
            NotEnoughMemory: too many sources are being tried.
        """
        if len(self._ends) >= MAX_TRIALS:
            raise NotEnoughMemory(
                f"at most {MAX_TRIALS} sources can be tried at the same time: wait until one has ended"
            )
        name = PREFIX + secrets.token_hex(8)
        self._directory.try_out(replace(spec, name=name, always=False), giver)
        self._ends[name] = asyncio.get_running_loop().call_later(TRIAL_S, self.end, name)
        return name

    def end(self, name: str) -> None:
        """Remove the stream of a trial and its processes. Idempotent."""
        timer = self._ends.pop(name, None)
        if timer is not None:
            timer.cancel()
            self._directory.end_trial(name)

    def close(self) -> None:
        """End all trials."""
        for name in tuple(self._ends):
            self.end(name)
