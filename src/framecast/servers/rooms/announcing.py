"""Notices of the topic `rooms`: a few a second for each room, however much is said in it. Event loop."""

from __future__ import annotations

import asyncio
import logging

from framecast.control.aio import AsyncNodeClient
from framecast.control.topics import Notice
from framecast.errors import FramecastError

# Notices of one room are gathered for this time. Followers look once a second without them.
GATHER_S = 0.05
TOPIC = "rooms"

log = logging.getLogger("framecast.rooms")


class Announcer:
    """Tells the other servers of `node` that rooms have changed."""

    def __init__(self, node: AsyncNodeClient) -> None:
        self._node = node
        self._changed: dict[str, None] = {}
        self._own: dict[str, int] = {}  # notices that come back to this process
        self._task: asyncio.Task[None] | None = None

    def announce(self, key: str) -> None:
        """Publish a notice soon."""
        self._changed[key] = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._publish(), name="notices of rooms")

    def is_own(self, key: str) -> bool:
        """Return whether a notice is one of this process; each is asked for once."""
        count = self._own.get(key, 0)
        if count > 1:
            self._own[key] = count - 1
        else:
            self._own.pop(key, None)
        return count > 0

    def forget(self) -> None:
        """Take no notice for an own one any more: some may have been lost."""
        self._own.clear()

    def close(self) -> None:
        """Publish nothing any more."""
        if self._task is not None:
            self._task.cancel()

    async def _publish(self) -> None:
        while self._changed:
            changed, self._changed = self._changed, {}
            for key in changed:
                self._own[key] = self._own.get(key, 0) + 1
                try:
                    await self._node.publish(Notice(TOPIC, key))
                except FramecastError as error:
                    log.debug("a change of a room was not announced: %s", error)
            await asyncio.sleep(GATHER_S)
