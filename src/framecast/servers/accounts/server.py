"""The loop of the accounts server: questions of the node in, answers out, and a notice after each change of the database.

It has no port: `fd` of its settings is a socket pair with the node. A question is worked on in a thread.
The change number is read every half second, so a change that nobody has announced reaches the node as well. Once an hour what has expired is forgotten.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from functools import partial

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.errors import FramecastError, Invalid
from framecast.servers.access.people import LOOK_S, People
from framecast.servers.accounts.questions import QUESTIONS
from framecast.servers.accounts.settings import AccountsSettings
from framecast.servers.answering import Answering
from framecast.servers.launch import Lifeline

PRUNE_S = 3600.0
_DAY_S = 86400.0

log = logging.getLogger("framecast.accounts")


def serve(settings: AccountsSettings, lifeline: Lifeline) -> None:
    """Serve until the lifeline ends.

    Raises:
        Invalid: the settings name no database.
    """
    if settings.database is None:
        raise Invalid("the settings of the accounts server have no database")
    asyncio.run(_serve(settings, settings.database, lifeline))


async def _serve(settings: AccountsSettings, database: str, lifeline: Lifeline) -> None:
    channel = Channel(socket.socket(fileno=settings.fd))
    server = _Server(People(database), channel, settings.audit_days * _DAY_S)
    tasks = [asyncio.create_task(one, name="keep") for one in (server.keep_looking(), server.keep_pruning())]
    try:
        await lifeline.end()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()


class _Server:
    def __init__(self, people: People, channel: Channel, keep_audit_s: float) -> None:
        self._people = people
        self._keep_audit_s = keep_audit_s
        self._node = Answering(channel, self._find, log.name)
        self._is_away = False
        people.on_changed = partial(self._node.send, {"event": "changed"})

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
                await self._people.call(lambda accounts: accounts.prune(self._keep_audit_s))
            except FramecastError as error:
                log.debug("the database was not pruned: %s", error)
            await asyncio.sleep(PRUNE_S)

    def close(self) -> None:
        """End the connection to the node."""
        self._node.close()
        self._people.close()

    async def _find(self, name: str, fields: Fields) -> Fields:
        question = QUESTIONS.get(name)
        if question is None:
            raise Invalid(f"{name!r:.40} is not a question: use {', '.join(QUESTIONS)}")
        # First: a change between this and the answer is noticed by the next look.
        await self._people.look()
        return await self._people.call(partial(question, fields=fields))
