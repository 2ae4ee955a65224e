"""The node's streams as they are: every change is noted, and `catch_up` returns when everything until now was. Event loop only.

Changes and the answer of `catch_up` come on one channel, in order. So a list made of what was noted is as new as one that is asked for,
and costs the node nothing for each stream but the time of its newest picture, which is no change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from framecast.control.aio import RETRY_S, WATCH, AsyncChannel, AsyncNodeClient, Fields, change_of
from framecast.control.changes import Change
from framecast.errors import FramecastError

log = logging.getLogger("framecast.control")


class Following:
    """Calls `on_change` with every stream of the node at `path` as it is, and with each change.

    After a connection that was lost, streams that the node no longer has are reported as removed.
    """

    def __init__(self, path: Path, on_change: Callable[[Change], None]) -> None:
        self._node = AsyncNodeClient(path, self._begin, self._hear)
        self._on_change = on_change
        self._names: set[str] = set()
        self._unconfirmed: set[str] = set()  # known from before this connection
        self._asking = asyncio.Lock()
        self._next: asyncio.Task[Mapping[str, float]] | None = None  # its question was not sent yet

    async def run(self) -> None:
        """Follow for ever: again after the node was gone."""
        try:
            while True:
                try:
                    await self.catch_up()
                    await self._node.ended()
                except FramecastError as error:
                    log.debug("the node is followed again: %s", error)
                await asyncio.sleep(RETRY_S)
        finally:
            await self._node.close()

    async def catch_up(self) -> Mapping[str, float]:
        """Return after all changes before this call, with the time of the newest picture of each stream that has one (UTC s).

        Callers that wait at the same time share one question.

        Raises:
            NodeUnavailable: the node is gone. WouldBlock: it did not answer in time.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._ask(), name="catch up")
            self._next.add_done_callback(_note_failure)
        return await asyncio.shield(self._next)

    async def _ask(self) -> Mapping[str, float]:
        async with self._asking:
            self._next = None  # a change after this moment may be missing in the answer
            answer = await self._node.request("newest")
        for name in self._unconfirmed & self._names:
            self._note(Change(name, None))
        self._unconfirmed.clear()
        return dict(answer["newest"])

    def _begin(self, channel: AsyncChannel) -> None:
        self._unconfirmed = set(self._names)
        channel.send(WATCH)

    def _hear(self, fields: Fields) -> None:
        change = change_of(fields)
        if change is not None:
            self._note(change)

    def _note(self, change: Change) -> None:
        self._unconfirmed.discard(change.name)
        (self._names.discard if change.status is None else self._names.add)(change.name)
        self._on_change(change)


def _note_failure(task: asyncio.Task[Mapping[str, float]]) -> None:
    """Look at the result: nobody may wait for it any more."""
    if not task.cancelled():
        task.exception()
