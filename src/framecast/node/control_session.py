"""One control connection: its requests, in which order they are answered, and the topics and changes that it follows.

A request with an `id` begins at once, and its answer carries the id; requests without one are answered in order. A slow one
delays neither another connection nor a request with an id on its own. A connection with too many unanswered requests is
not read until some are answered, so a flood waits in the sender. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Awaitable
from functools import cached_property
from typing import Protocol

from framecast.bus.channel import Fields
from framecast.control.topics import check_notice, check_topics
from framecast.errors import Denied, FramecastError, error_to_json
from framecast.node.connection import Connection
from framecast.node.directory import LocalDirectory
from framecast.node.tickets import Tickets
from framecast.node.topics import Topics
from framecast.node.user_requests import admit, knows, seen, shown
from framecast.node.users import Users

# Of one connection: so many requests are worked on at once, and with so many unanswered ones nothing is read from it.
MAX_AT_ONCE = 32
# What servers write into `from`: somebody else asks, through them.
NETWORK = "network"


class Answers(Protocol):
    """What answers the requests."""

    topics: Topics
    directory: LocalDirectory
    users: Users
    tickets: Tickets

    def answer(self, fields: Fields) -> Awaitable[Fields]:
        """Return the answer to one request; an error is an answer."""


class Session:
    """One control connection."""

    def __init__(self, control: Answers, peer: Connection) -> None:
        self._control = control
        self._peer = peer
        self._unanswered = 0
        self._in_order: deque[Fields] = deque()  # without an id
        self._ordered: asyncio.Task[None] | None = None
        self._at_once: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(MAX_AT_ONCE)
        self._shown: dict[str, Fields] = {}
        # A socket that lets a group in lets in others than the owner, whose files these are not.
        self._is_owner = peer.credentials()[1] in (os.getuid(), 0)
        peer.on_message = self.hear
        peer.on_close = self._end
        peer.on_rights = self._show_again

    def hear(self, fields: Fields) -> None:
        """Take a request."""
        self._unanswered += 1
        if self._unanswered >= MAX_AT_ONCE:
            self._peer.pause()
        loop = asyncio.get_running_loop()
        if "id" in fields:
            task = loop.create_task(self._work_at_once(fields), name="control")
            self._at_once.add(task)
            task.add_done_callback(self._at_once.discard)
            return
        self._in_order.append(fields)
        if self._ordered is None:
            self._ordered = loop.create_task(self._work_in_order(), name="control in order")

    async def _work_at_once(self, fields: Fields) -> None:
        async with self._free:
            await self._work_on(fields)

    async def _work_in_order(self) -> None:
        try:
            while self._in_order:
                await self._work_on(self._in_order.popleft())
        finally:
            self._ordered = None

    async def _work_on(self, fields: Fields) -> None:
        if self._peer.closed:
            return
        if not self._is_owner:
            fields = {**fields, "from": NETWORK}
        answer = await self._answer(fields)
        if answer is not None:
            self._peer.send({**answer, "id": fields["id"]} if "id" in fields else answer)
        self._unanswered -= 1
        if self._unanswered < MAX_AT_ONCE:
            self._peer.resume()

    async def _answer(self, fields: Fields) -> Fields | None:
        """Return the answer to a request, None for one that is answered by events."""
        user, users = self._peer.user, self._control.users
        if user is not None:
            try:
                fields = admit(users, user, fields)
            except FramecastError as error:
                return error_to_json(error)
        if fields.get("op") == "watch":
            self._watch()
            return None
        answer = self._use_topics(fields) or self._use_tickets(fields) or await self._control.answer(fields)
        return answer if user is None else shown(users, user, str(fields.get("op")), answer)

    def _use_topics(self, fields: Fields) -> Fields | None:
        """Return the answer to a request about topics, None for any other one."""
        topics, op = self._control.topics, fields.get("op")
        if op not in ("publish_topic", "follow"):
            return None
        try:
            if not self._may_use_topics:
                raise Denied(
                    "only programs of the node's own user may use topics, sources and renditions may not"
                )
            if op == "follow":
                topics.follow(self._peer, check_topics(fields.get("topics")))
            else:
                topics.publish(check_notice(fields.get("topic"), fields.get("key", "")))
        except FramecastError as error:
            return error_to_json(error)
        return {"ok": True}

    def _use_tickets(self, fields: Fields) -> Fields | None:
        """Return the answer to a request about tickets, None for any other one."""
        op, tickets = fields.get("op"), self._control.tickets
        if op not in ("ticket", "ticket_of"):
            return None
        try:
            if op == "ticket_of":
                if not self._may_use_topics:
                    raise Denied("only programs of the node's own user may ask whose ticket it is")
                return tickets.find(fields.get("ticket"))
            if self._is_owner and not self._may_use_topics:
                raise Denied("sources and renditions get no tickets")
            return tickets.issue(self._peer.credentials()[1], self._is_owner)
        except FramecastError as error:
            return error_to_json(error)

    @cached_property
    def _may_use_topics(self) -> bool:
        """False for others than the owner, and for children that read what strangers send (they have a connection of another kind)."""
        pid = self._peer.credentials()[0]
        return self._is_owner and all(one["pid"] != pid for one in self._control.directory.processes())

    def _watch(self) -> None:
        board = self._control.directory
        board.observers.add(self._show)
        for status in board.statuses():
            self._show(status["name"], status)

    def _show_again(self) -> None:
        """Show a user what it may know now, if it watches."""
        if self._show in self._control.directory.observers:
            for status in self._control.directory.statuses():
                self._show(status["name"], status)

    def _show(self, name: str, status: Fields | None) -> None:
        user = self._peer.user
        if user is not None and status is not None:
            status = seen(user, status) if knows(user, status) else None
        if status is None:
            if self._shown.pop(name, None) is not None or user is None:
                self._peer.send({"event": "removed", "name": name})
        elif self._shown.get(name) != status:
            self._shown[name] = status
            self._peer.send({"event": "stream", **status})

    def _end(self) -> None:
        self._in_order.clear()
        self._control.directory.observers.discard(self._show)
        self._control.topics.leave(self._peer)
