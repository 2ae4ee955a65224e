"""The loop of the accounts server: questions of the node in, answers out, and a notice after each change of the database.

It has no port: `fd` of its settings is a socket pair with the node. A question is worked on in a thread, at most `MAX_AT_ONCE` at a time.
The change number is read every half second, so a change that nobody has announced reaches the node as well. Once an hour what has expired is forgotten.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from functools import partial

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.control.aio import AsyncChannel
from framecast.errors import Broken, Closed, FramecastError, Invalid, error_to_json
from framecast.servers.access.people import LOOK_S, People
from framecast.servers.accounts.questions import QUESTIONS
from framecast.servers.launch import Lifeline
from framecast.servers.settings import Settings

MAX_AT_ONCE = 16
PRUNE_S = 3600.0

log = logging.getLogger("framecast.accounts")


def serve(settings: Settings, lifeline: Lifeline) -> None:
    """Serve until the lifeline ends.

    Raises:
        Invalid: the settings name no database.
    """
    if settings.database is None:
        raise Invalid("the settings of the accounts server have no database")
    asyncio.run(_serve(settings.fd, settings.database, lifeline))


async def _serve(fd: int, database: str, lifeline: Lifeline) -> None:
    server = _Server(People(database), Channel(socket.socket(fileno=fd)))
    tasks = [asyncio.create_task(one, name="keep") for one in (server.keep_looking(), server.keep_pruning())]
    try:
        await lifeline.end()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()


class _Server:
    def __init__(self, people: People, channel: Channel) -> None:
        self._people = people
        self._free = asyncio.Semaphore(MAX_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._channel = AsyncChannel(channel, self._hear)
        self._is_away = False
        people.on_changed = partial(self._send, {"event": "changed"})

    async def keep_looking(self) -> None:
        """Look for changes until it is cancelled."""
        while True:
            try:
                await self._people.look()
                self._is_away = False
            except FramecastError as error:
                if not self._is_away:
                    log.error("the database cannot be read: %s", error)
                self._is_away = True
            await asyncio.sleep(LOOK_S)

    async def keep_pruning(self) -> None:
        """Let the database forget what has expired, and old rows of the audit log, until it is cancelled."""
        while True:
            try:
                await self._people.call(lambda accounts: accounts.prune())
            except FramecastError as error:
                log.debug("the database was not pruned: %s", error)
            await asyncio.sleep(PRUNE_S)

    def close(self) -> None:
        """End the connection to the node."""
        self._channel.close()
        self._people.close()

    def _hear(self, fields: Fields) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(fields), name="question")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, fields: Fields) -> None:
        async with self._free:
            self._send({**await self._find(fields), "id": fields.get("id")})

    async def _find(self, fields: Fields) -> Fields:
        name = str(fields.get("op"))
        question = QUESTIONS.get(name)
        try:
            if question is None:
                raise Invalid(f"{name!r:.40} is not a question: use {', '.join(QUESTIONS)}")
            await (
                self._people.look()
            )  # first: a change between this and the answer is noticed by the next look
            return await self._people.call(partial(question, fields=fields))
        except FramecastError as error:
            return error_to_json(error)
        except Exception:
            log.exception("a question failed: %s", name)
            return error_to_json(FramecastError(f"the accounts server failed at {name}: its log says why"))

    def _send(self, fields: Fields) -> None:
        with suppress(Broken, Closed):  # the node is gone, which ends this process
            self._channel.send(fields)
