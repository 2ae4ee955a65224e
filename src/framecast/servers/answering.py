"""A server without a port: it answers the node's questions over the socket that it has from it, and sends it events.

Questions are worked on at the same time, at most `MAX_AT_ONCE`; an error is an answer. Runs on the server's event loop.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.control.aio import AsyncChannel
from framecast.errors import Broken, Closed, FramecastError, error_to_json

MAX_AT_ONCE = 16

Answer = Callable[[str, Fields], Awaitable[Fields]]


class Answering:
    """`answer` gets the name of a question and its fields; `name` is that of the server's log, `framecast.accounts`."""

    def __init__(self, channel: Channel, answer: Answer, name: str) -> None:
        self._answer = answer
        self._name = name.rpartition(".")[2]
        self._log = logging.getLogger(name)
        self._free = asyncio.Semaphore(MAX_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._channel = AsyncChannel(channel, self._hear)

    @classmethod
    def on(cls, fd: int, answer: Answer, name: str) -> Answering:
        """Answer what comes over a socket that the node has given."""
        return cls(Channel(socket.socket(fileno=fd)), answer, name)

    def send(self, fields: Fields) -> None:
        """Send the node an event."""
        with suppress(Broken, Closed):  # the node is gone, which ends this process
            self._channel.send(fields)

    def close(self) -> None:
        """End the connection to the node."""
        self._channel.close()

    def _hear(self, fields: Fields) -> None:
        task = asyncio.get_running_loop().create_task(self._work(fields), name="question")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, fields: Fields) -> None:
        async with self._free:
            self.send({**await self._find(fields), "id": fields.get("id")})

    async def _find(self, fields: Fields) -> Fields:
        name = str(fields.get("op"))
        try:
            return await self._answer(name, fields)
        except FramecastError as error:
            return error_to_json(error)
        except Exception:  # noqa: BLE001  the edge of the process: logged with its traceback
            self._log.exception("a question failed: %s", name)
            return error_to_json(
                FramecastError(f"the {self._name} server failed at {name}: its log says why")
            )
