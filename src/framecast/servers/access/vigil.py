"""Ends what clients may no longer have open: after a session, token, grant, account, key or share link was ended, changed or has expired.

While a client with an account has something open, the change number of the database is read every `LOOK_S`, and at once at a hint. If it
has changed, everybody is judged again. Share links are looked after every `LINKS_S`. While no such client is there, it does nothing.
Event loop; the database and the file of links are read on threads.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

from framecast.errors import FramecastError
from framecast.servers.access.gate import Gate
from framecast.servers.access.people import LOOK_S, People
from framecast.servers.access.policy import Statuses
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.access.registry import Registry

LINKS_S = 2.0
# What was used lately is looked after as well, so that the next request finds fresh answers.
USED_S = 10.0

log = logging.getLogger("framecast.access")


class Vigil:
    """Looks after what stands in `registries`. `statuses` are the newest of each stream."""

    def __init__(self, gate: Gate, registries: list[Registry], statuses: Statuses) -> None:
        self.registries = registries
        self.statuses = statuses
        self._gate = gate
        self._shapes: dict[str, tuple[tuple[str, ...], str | None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._hint = asyncio.Event()
        self._is_due = False  # the rights of somebody, or of some stream, have changed
        self._links_at = 0.0
        self._used_at = 0.0
        if gate.people is not None:
            gate.people.on_changed = self._on_changed

    def start(self) -> None:
        """Look from now on: a client with an account or a share link has come. Idempotent."""
        self._used_at = time.monotonic()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="access")

    def hint(self) -> None:
        """Look now: something may have changed."""
        self._hint.set()

    def on_stream(self, name: str) -> None:
        """Note the status of a stream that has changed: another group or owner gives other rights."""
        status = self.statuses.get(name)
        shape = (status.groups, status.owner) if status is not None else None
        before = self._shapes.get(name)
        if shape is None:
            self._shapes.pop(name, None)
        else:
            self._shapes[name] = shape
        if before is not None and shape is not None and before != shape:
            self._on_changed()

    def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()

    def _on_changed(self) -> None:
        self._is_due = True
        self._hint.set()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if self._gate.people is not None else LINKS_S):
                    await self._hint.wait()
            self._hint.clear()
            principals = self._principals()
            if not principals and time.monotonic() - self._used_at > USED_S:
                return
            await self._look_after_links([one for one in principals if one.kind is Kind.LINK])
            if self._gate.people is not None:
                await self._look_after_accounts(self._gate.people)

    def _principals(self) -> list[Principal]:
        """Everybody whose access can end."""
        found = {one for registry in self.registries for one in registry.principals()}
        return [one for one in found if one.account is not None or one.kind is Kind.LINK]

    async def _look_after_links(self, by_link: list[Principal]) -> None:
        links = self._gate.links
        now = time.monotonic()
        if links is None or not by_link or now - self._links_at < LINKS_S:
            return
        self._links_at = now
        await asyncio.to_thread(links.refresh)
        for principal in by_link:
            if not self._gate.still_admits(principal):
                self._end(principal)

    async def _look_after_accounts(self, people: People) -> None:
        try:
            await people.look()  # calls `_on_changed` if something has changed
            is_due, self._is_due = self._is_due, False
            for principal in self._principals():
                if principal.account is not None and (is_due or people.has_expired(principal)):
                    await self._judge(principal, people)
        except FramecastError as error:  # it is looked again
            self._is_due = True
            log.warning("whether clients may stay cannot be checked now: %s", error)

    async def _judge(self, principal: Principal, people: People) -> None:
        found = people.known(principal.credential) or await people.identify(principal.credential)
        if not isinstance(found, Principal):
            self._end(principal)
            return
        for registry in self.registries:
            registry.judge(principal, found)

    def _end(self, principal: Principal) -> None:
        for registry in self.registries:
            registry.end(principal)
