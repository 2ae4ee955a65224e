"""Asking the node: which streams there are, adding and removing them, what happens to them.

For programs, the command line and the web server. Synchronous; one request at a time, guarded by a lock, so any
number of threads may share a client. A connection that the node has dropped is made anew at the next request.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Self

from framecast.bus import Channel
from framecast.bus.forked import close_in_child
from framecast.bus.runtime import node_socket
from framecast.client.remote_control import RemoteControl
from framecast.errors import Broken, Closed, ForkedView, Invalid, NodeUnavailable, WouldBlock, raise_if_error
from framecast.model import State, TrackInfo
from framecast.model.text import as_source
from framecast.peer.address import remote_address

_CLOSED = "this connection to the node was closed"
# JSON as it came: figures of the node that no type here freezes.
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Status:
    """What the node knows about one stream. `source` is masked; `since` is UTC seconds of the newest state."""

    name: str
    source: str = ""
    state: State = State.IDLE
    reason: str = ""  # a code of `framecast.model.REASONS`, '' where nothing is wrong
    detail: str = ""  # the same for people
    since: float = 0.0
    reconnects: int = 0
    readers: int = 0
    configured: str = ""  # who said that it exists: file, api, command, program
    facts: dict[str, str] = field(default_factory=dict)
    tracks: tuple[TrackInfo, ...] = ()
    newest_at: float | None = None  # UTC seconds of its newest picture, as it was known 4 seconds ago at most
    every_s: float | None = None  # between its pictures, where that is a second or more

    @classmethod
    def from_json(cls, fields: Figures) -> Status:
        """Return the status that the node sent.

        Raises:
            Invalid: it is not one.
        """
        try:
            return cls(
                name=str(fields["name"]),
                source=str(fields.get("source", "")),
                state=State(fields.get("state", State.IDLE)),
                reason=str(fields.get("reason", "")),
                detail=str(fields.get("detail", "")),
                since=float(fields.get("since", 0.0)),
                reconnects=int(fields.get("reconnects", 0)),
                readers=int(fields.get("readers", 0)),
                configured=str(fields.get("configured", "")),
                facts={str(key): str(value) for key, value in dict(fields.get("facts", {})).items()},
                tracks=tuple(TrackInfo.from_json(track) for track in fields.get("tracks", ())),
                newest_at=fields.get("newest_at"),
                every_s=fields.get("every_s"),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"the status of a stream cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Change:
    """One event of `NodeClient.watch`: `status` is None where the stream was removed."""

    name: str
    status: Status | None


class NodeClient:
    """A connection to the node for questions. `folder` is its runtime folder, None the usual one.

    Instead of the folder it may be another node, "grpc://host:50051"; `token` is its access token. `socket` names the socket
    of a node of this host itself. Nothing is opened before the first request.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        socket: Path | None = None,
        token: str = "",
        timeout_s: float = 10.0,
    ) -> None:
        options = {"token": token} if token else {}
        address = remote_address(folder, options) if isinstance(folder, str) else None
        if token and address is None:
            raise Invalid(
                "a token is for another node, grpc://host: the file's mode guards a node of this host"
            )
        self._remote = RemoteControl(address) if address else None
        self.socket = socket or node_socket(None if folder is None or address else Path(folder))
        self._timeout_s = timeout_s
        self._lock = threading.RLock()  # re-entrant: a signal handler may close in the middle of a request
        self._channel: Channel | None = None
        self._watching: set[Channel] = set()
        self._closed = False
        close_in_child(self)

    def streams(self) -> list[Status]:
        """Return every stream of the node.

        Raises:
            NodeUnavailable: no node answers. So does every other request.
        """
        return [Status.from_json(fields) for fields in self.request({"op": "streams"})["streams"]]

    def stream(self, name: str) -> Status:
        """Return one stream.

        Raises:
            NotFound: the node has none of this name.
        """
        return Status.from_json(self.request({"op": "stream", "name": name}))

    def put(self, name: str, source: str, **options: str | float | bool) -> None:
        """Add a stream or change it. `options` are the keys that `framecast.yaml` allows under a stream.

        Raises:
            Invalid: a name or an option that cannot be.
            Conflict: the name belongs to a stream that a program publishes.
        """
        self.request({"op": "put", "name": name, "stream": {"source": as_source(source), **options}})

    def delete(self, name: str) -> None:
        """Remove a stream; its readers end.

        Raises:
            NotFound: the node has none of this name.
        """
        self.request({"op": "delete", "name": name})

    def restart(self, name: str) -> None:
        """Have the stream's source dialled again now.

        Raises:
            NotFound: the node has none of this name.
        """
        self.request({"op": "restart", "name": name})

    def stats(self) -> dict[str, Figures]:
        """Return counters of every stream that runs, by name: {"tracks": [track...]}, as in bus-protocol.md."""
        return dict(self.request({"op": "stats"})["streams"])

    def info(self) -> Figures:
        """Return facts about the node itself: version, pid, uptime, servers."""
        return self.request({"op": "info"})

    def watch(self, timeout_s: float | None = None) -> Iterator[Change]:
        """Yield what happens to streams, on a connection of its own, until the node ends or this client is closed.

        With `timeout_s` it also ends when nothing happened for so long.

        Raises:
            NodeUnavailable: no node answers.
        """
        if self._remote is not None:
            for name, fields in self._remote.watch(timeout_s):
                yield Change(name, Status.from_json(fields) if fields is not None else None)
            return
        with closing(Channel.connect(self.socket)) as channel:
            self._watching.add(channel)
            try:
                yield from self._changes(channel, timeout_s)
            finally:
                self._watching.discard(channel)

    def _changes(self, channel: Channel, timeout_s: float | None) -> Iterator[Change]:
        pid = os.getpid()
        try:
            if self._closed:
                raise Closed(_CLOSED)
            channel.send({"op": "watch"})
            while True:
                fields = raise_if_error(channel.wait(timeout_s).fields)
                if fields.get("event") == "stream":
                    yield Change(str(fields["name"]), Status.from_json(fields))
                elif fields.get("event") == "removed":
                    yield Change(str(fields["name"]), None)
        except (Broken, WouldBlock):
            if os.getpid() != pid:
                raise ForkedView("watch") from None

    def wait(self, name: str, state: State = State.LIVE, timeout_s: float = 30.0) -> Status:
        """Return the stream's status as soon as it is in `state`.

        Raises:
            WouldBlock: it did not come to that in time.
        """
        deadline = monotonic() + timeout_s
        while True:
            found = [status for status in self.streams() if status.name == name and status.state is state]
            if found:
                return found[0]
            left = deadline - monotonic()
            if left <= 0:
                raise WouldBlock(f"stream {name} was not {state} within {timeout_s} s")
            # Something that happens between the question and the watch is seen by the next question.
            next((change for change in self.watch(min(left, 0.2)) if change.name == name), None)

    def request(self, fields: Figures) -> Figures:
        """Send one control message and return the answer: for requests that have no method here.

        Raises:
            FramecastError: what the node answered.
            NodeUnavailable: no node answers.
        """
        if self._remote is not None:
            return self._remote.request(fields, self._timeout_s)
        with self._lock:
            if self._closed:
                raise Closed(_CLOSED)
            kept = self._channel is not None
            try:
                return self._ask(fields)
            except Broken as error:
                if self._closed:
                    raise Closed(_CLOSED) from error
                if not kept:
                    raise NodeUnavailable(f"the node at {self.socket} left without an answer") from error
            try:  # the connection was an old one, and the node may have been started anew
                return self._ask(fields)
            except Broken as error:
                raise NodeUnavailable(f"the node at {self.socket} left without an answer") from error

    def close(self) -> None:
        """Close the connection; a `watch` ends. Idempotent, from any thread and signal handler."""
        if self._remote is not None:
            self._remote.close()
        self._closed = True
        for channel in tuple(self._watching):
            channel.hang_up()
        with self._lock:
            self._drop()

    def after_fork(self) -> None:
        """In a forked child: leave the parent's connections alone; the next request makes a new one."""
        self._lock = threading.RLock()
        self._drop()
        for channel in tuple(self._watching):
            channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _ask(self, fields: Figures) -> Figures:
        if self._channel is None:
            self._channel = Channel.connect(self.socket)
        try:
            return self._channel.call(fields, self._timeout_s)
        except (Broken, WouldBlock):
            self._drop()  # after a timeout the late answer would be taken for the next one
            raise

    def _drop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None


def list_streams(node: str | os.PathLike[str] | None = None) -> list[Status]:
    """Return every stream of the running node; `node` is its runtime folder, None the usual one, or "grpc://host:50051".

    Raises:
        NodeUnavailable: no node answers.
    """
    with NodeClient(node) as client:
        return client.streams()
