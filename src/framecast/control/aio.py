"""A server's connection to the node on its event loop: requests with ids, changes of streams, topics. Loop only.

`control` meets asyncio here and in `following`. Requests share a channel, which is opened again by the next request after it broke;
while no node answers, every request fails with NodeUnavailable. `watch` and `follow` have channels of their own (see also `following`).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from framecast.bus import Channel
from framecast.control.changes import Change, change_from_json
from framecast.control.topics import Notice, notice_from_json
from framecast.errors import Broken, FramecastError, Invalid, NodeUnavailable, WouldBlock, raise_if_error
from framecast.model.status import Status

ANSWER_S = 10.0
RETRY_S = 0.5
# The node answers requests from the network as those of a stranger: only its owner may name files of this machine.
NETWORK = "network"

WATCH = {"op": "watch"}

Fields = dict[str, Any]
Pending: TypeAlias = "dict[int, asyncio.Future[Fields]]"

log = logging.getLogger("framecast.control")


class AsyncChannel:
    """A channel on the loop: `on_message` gets what comes, in order; `ended` is done when there will be no more.

    `on_descriptors` gets the messages that have descriptors, which are its own from then on; without it they are closed.
    """

    def __init__(
        self,
        channel: Channel,
        on_message: Callable[[Fields], None],
        on_descriptors: Callable[[Fields, tuple[int, ...]], None] | None = None,
    ) -> None:
        self._channel = channel
        self._on_message = on_message
        self._on_descriptors = on_descriptors
        self._fd = channel.fileno()
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[FramecastError] = self._loop.create_future()
        self._loop.add_reader(self._fd, self._read)

    def send(self, fields: Fields, fds: Sequence[int] = ()) -> None:
        """Send, or queue what the socket does not take now. The caller keeps its descriptors.

        Raises:
            Broken, Closed: the node is gone.
        """
        self._channel.send(fields, fds)
        if self._channel.wants_write:
            self._loop.add_writer(self._fd, self._flush)

    def close(self) -> None:
        """End the connection. Idempotent."""
        self._end(NodeUnavailable("the connection to the node was closed"))

    def _read(self) -> None:
        try:
            messages = self._channel.receive()
        except FramecastError as error:
            self._end(error)
            return
        for message in messages:
            if message.fds and self._on_descriptors is not None and not self.ended.done():
                self._on_descriptors(*message)
                continue
            for fd in message.fds:
                os.close(fd)
            if not self.ended.done():
                self._on_message(message.fields)

    def _flush(self) -> None:
        try:
            self._channel.flush()
        except Broken as error:
            self._end(error)
            return
        if not self._channel.wants_write:
            self._loop.remove_writer(self._fd)

    def _end(self, error: FramecastError) -> None:
        if not self.ended.done():
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self._channel.close()
            self.ended.set_result(error)


class AsyncNodeClient:
    """Requests to the node at `path`; the sibling of `framecast.NodeClient`.

    `on_open` gets each new channel before the first request on it; `on_event` gets what answers no request, in order with the answers.
    """

    def __init__(
        self,
        path: Path,
        on_open: Callable[[AsyncChannel], None] = lambda _: None,
        on_event: Callable[[Fields], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._on_open = on_open
        self._on_event = on_event
        self._channel: AsyncChannel | None = None
        self._pending: Pending = {}
        self._numbers = count(1)

    async def streams(self) -> list[Status]:
        """Return the status of every stream.

        Raises:
            NodeUnavailable, WouldBlock: as `request`.
        """
        return [Status.from_json(fields) for fields in (await self.request("streams"))["streams"]]

    async def stream(self, name: str) -> Status:
        """Return the status of one stream.

        Raises:
            NotFound: the node has none of this name.
        """
        return Status.from_json(await self.request("stream", name=name))

    async def request(self, op: str, **fields: object) -> Fields:
        """Return the node's answer.

        Raises:
            FramecastError: what the node answered.
            NodeUnavailable: it is gone.
            WouldBlock: it did not answer in time.
        """
        return await self._ask({"op": op, **fields, "from": NETWORK})

    async def report(self, server: str, figures: list[Fields]) -> None:
        """Give the node this server's figures for /metrics, in place of its last ones (see `control.metrics`)."""
        await self.request("report", server=server, figures=figures)

    async def publish(self, notice: Notice) -> None:
        """Publish a notice.

        Raises:
            NotFound, Invalid: there is no such topic, or the key is not allowed.
        """
        await self._ask({"op": "publish_topic", "topic": notice.topic, "key": notice.key})

    async def ended(self) -> None:
        """Wait until the current channel ends. Return at once if there is none."""
        if self._channel is not None:
            await asyncio.shield(self._channel.ended)

    async def close(self) -> None:
        """End the connection; requests that wait fail."""
        if self._channel is not None:
            self._channel.close()

    async def _ask(self, fields: Fields) -> Fields:
        channel, number = self._open(), next(self._numbers)
        waiting: asyncio.Future[Fields] = asyncio.get_running_loop().create_future()
        pending = self._pending
        pending[number] = waiting
        try:
            channel.send({"id": number, **fields})
            async with asyncio.timeout(ANSWER_S):
                answer = await waiting
        except TimeoutError as error:
            raise WouldBlock(f"the node did not answer within {ANSWER_S:g} s") from error
        except Broken as error:
            raise NodeUnavailable(f"the node is gone: {error}") from error
        finally:
            pending.pop(number, None)
        return raise_if_error(answer)

    def _open(self) -> AsyncChannel:
        """Return the channel; requests that wait on an earlier one end with it."""
        if self._channel is None or self._channel.ended.done():
            pending = self._pending = {}
            self._channel = AsyncChannel(Channel.connect(self._path), partial(self._hear, pending))
            self._channel.ended.add_done_callback(partial(_lost, pending))
            try:
                self._on_open(self._channel)
            except Broken as error:
                raise NodeUnavailable(f"the node is gone: {error}") from error
        return self._channel

    def _hear(self, pending: Pending, fields: Fields) -> None:
        if "id" not in fields:
            self._on_event(fields)
            return
        answer = pending.get(fields["id"])
        if answer is not None and not answer.done():
            answer.set_result(fields)


def _lost(pending: Pending, ended: asyncio.Future[FramecastError]) -> None:
    for answer in pending.values():
        if not answer.done():
            answer.set_exception(NodeUnavailable(f"the node is gone: {ended.result()}"))


async def keep_reporting(
    node: AsyncNodeClient, server: str, figures: Callable[[], list[Fields]], every_s: float
) -> None:
    """Report a server's figures for ever, each time that they have changed; a node that is away gets them later."""
    reported: list[Fields] = []
    while True:
        found = figures()
        if found != reported:
            try:
                await node.report(server, found)
                reported = found
            except FramecastError as error:
                log.debug("figures were not reported: %s", error)
        await asyncio.sleep(every_s)


async def watch(path: Path, on_change: Callable[[Change], None]) -> None:
    """Call `on_change` with every stream as it is and with each change, until the node is gone.

    Raises:
        NodeUnavailable: it is gone, or no node answers.
    """

    def on_message(fields: Fields) -> None:
        change = change_of(fields)
        if change is not None:
            on_change(change)

    await _converse(path, WATCH, on_message)


def change_of(fields: Fields) -> Change | None:
    """Return the change of a stream that a message holds. Return None if the message is something else or is not valid."""
    try:
        return change_from_json(fields)
    except Invalid as error:
        log.warning("a change of a stream is left out: %s", error)
        return None


async def keep_following(path: Path, topics: Iterable[str], on_notice: Callable[[Notice], None]) -> None:
    """Call `on_notice` for each notice of `topics`, for ever; each time that the node accepts it, every topic counts as missed.

    Raises:
        NotFound, Denied: there is no such topic, or this process may not follow it.
    """
    wanted = list(topics)

    def on_message(fields: Fields) -> None:
        notice = notice_from_json(fields)
        if notice is not None:
            on_notice(notice)
        elif fields.get("ok"):
            for topic in wanted:
                on_notice(Notice(topic, missed=True))

    while True:
        try:
            await _converse(path, {"op": "follow", "topics": wanted}, on_message)
        except NodeUnavailable:
            await asyncio.sleep(RETRY_S)


async def _converse(path: Path, order: Fields, on_message: Callable[[Fields], None]) -> None:
    """Send `order` on a channel of its own, and hand out what comes until the node is gone.

    Raises:
        NodeUnavailable: it is gone.
        FramecastError: what it answered.
    """
    refused: list[Fields] = []

    def hear(fields: Fields) -> None:
        if "error" in fields:
            refused.append(fields)
            channel.close()
        else:
            on_message(fields)

    channel = AsyncChannel(Channel.connect(path), hear)
    try:
        channel.send(order)
        error = await asyncio.shield(channel.ended)
    except Broken as broken:
        error = broken
    finally:
        channel.close()
    for fields in refused:
        raise_if_error(fields)
    raise NodeUnavailable(f"the node is gone: {error}")
