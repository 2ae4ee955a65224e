"""Changes of the node's streams for all clients that follow them: one connection to the node, while there is such a client.

Each client has the newest of each stream that it has not had, so a slow one holds no more than there are streams. Loop only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from framecast.control.aio import watch
from framecast.control.changes import Change, Changes, NewestOfEach
from framecast.errors import Closed, FramecastError
from framecast.model.status import Status
from framecast.protocols.grpc import stream_to
from framecast.servers.access.policy import Verdict
from framecast.servers.rpc.caller import Caller
from framecast.v1 import streams_pb2

# What a client gets: the bytes of a StreamEvent.
Event = bytes


class SharedChanges:
    """Follows the node at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changes = Changes()
        self._clients: set[NewestOfEach[Event]] = set()
        self._encoded: dict[str, tuple[Status, Event]] = {}  # the newest of each stream, once for all
        self._task: asyncio.Task[None] | None = None
        self._draining = False

    @contextmanager
    def follow(self, name: str, wake: Callable[[], None], caller: Caller) -> Iterator[NewestOfEach[Event]]:
        """Give the changes of one stream, or of all (''), from how they are now on; `wake` is called when there are some.

        A stream that the caller must not know is not there for it; one that is hidden from it later counts as removed.

        Raises:
            Closed: the server is stopping.
        """
        if self._draining:
            raise _stopping()
        client: NewestOfEach[Event] = NewestOfEach(wake)
        shown: set[str] = set()

        def on_change(change: Change) -> None:
            status = change.status
            if status is not None and caller.sight.verdict_of(status, None) is not Verdict.ALLOWED:
                if change.name not in shown:
                    return
                change, status = Change(change.name, None), None
            (shown.add if status is not None else shown.discard)(change.name)
            client.put(change.name, self._event(change))

        def on_judged() -> None:
            for status in self._changes.newest.values():
                is_known = caller.sight.verdict_of(status, None) is Verdict.ALLOWED
                if name in ("", status.name) and is_known != (status.name in shown):
                    on_change(Change(status.name, status))

        end = self._changes.listen(name, on_change)
        caller.on_judged = on_judged
        self._clients.add(client)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="changes")
        try:
            yield client
        finally:
            end()
            self._clients.discard(client)
            if not self._clients and self._task is not None:
                self._task.cancel()
                self._forget()

    def drain(self) -> None:
        """End all clients."""
        self._draining = True
        self._fail(_stopping())

    async def _run(self) -> None:
        try:
            await watch(self._path, self._changes.note)
        except FramecastError as error:
            self._fail(error)
            self._forget()

    def _fail(self, error: FramecastError) -> None:
        for client in tuple(self._clients):
            client.fail(error)

    def _forget(self) -> None:
        self._task = None
        self._changes.clear()
        self._encoded.clear()

    def _event(self, change: Change) -> Event:
        known = self._encoded.get(change.name)
        if known is not None and known[0] is change.status:
            return known[1]
        event = streams_pb2.StreamEvent(name=change.name)
        if change.status is not None:
            event.stream.CopyFrom(stream_to(change.status))
        data = event.SerializeToString()
        if change.status is None:
            self._encoded.pop(change.name, None)
        else:
            self._encoded[change.name] = change.status, data
        return data


def _stopping() -> Closed:
    return Closed("the server is stopping: call again, it may come back")
