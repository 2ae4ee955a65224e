"""Warns of files that streams of the configuration name and that do not exist: the node starts, and serves such a stream when its file is there.

Looks in a thread, because a network disk may not answer. Runs in the node's loop; each warning is logged once as long as it holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from framecast.log import get_logger
from framecast.model import StreamSpec
from framecast.model.missing_file import missing_file

log = get_logger(__name__)


class MissingFiles:
    """The files of the configured streams."""

    def __init__(self) -> None:
        self._warned: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, specs: Mapping[str, StreamSpec]) -> None:
        """Look for the files of these streams, and of no others, in the background."""
        task = asyncio.get_running_loop().create_task(self._look(dict(specs)), name="missing files")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look(self, specs: Mapping[str, StreamSpec]) -> None:
        found = await asyncio.to_thread(_missing, specs)
        for name, why in found.items():
            if self._warned.get(name) != why:
                log.warning("the file of a stream is missing", name=name, why=why)
        self._warned = found


def _missing(specs: Mapping[str, StreamSpec]) -> dict[str, str]:
    looked_at = {name: missing_file(spec.source) for name, spec in specs.items()}
    return {name: why for name, why in looked_at.items() if why}
