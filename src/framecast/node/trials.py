"""Sources that somebody tries before saving them: streams that nobody else sees, and that end by themselves.

Runs in the node's loop. A trial is a stream like any other under a name that cannot be guessed; it is in no list, is saved
nowhere, and is gone after `TRIAL_S` even where whoever asked for it is gone, too.
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

    def begin(self, spec: StreamSpec) -> str:
        """Make a stream with the source of `spec` and return its name. It dials when somebody reads.

        Raises:
            NotEnoughMemory: too many sources are being tried.
        """
        if len(self._ends) >= MAX_TRIALS:
            raise NotEnoughMemory(f"{MAX_TRIALS} sources are being tried: wait until one of them is done")
        name = PREFIX + secrets.token_hex(8)
        self._directory.try_out(replace(spec, name=name, always=False))
        self._ends[name] = asyncio.get_running_loop().call_later(TRIAL_S, self.end, name)
        return name

    def end(self, name: str) -> None:
        """Remove the stream of a trial and its processes. Idempotent."""
        timer = self._ends.pop(name, None)
        if timer is not None:
            timer.cancel()
            self._directory.end_trial(name)

    def close(self) -> None:
        """End all."""
        for name in tuple(self._ends):
            self.end(name)
