"""All streams of a node, and the connections that ask for them.

The first message of a connection says what it is: a reader, a publisher or control. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

import structlog

from framecast.bus.channel import Fields
from framecast.errors import Conflict, Ended, FramecastError, NotFound
from framecast.model import StreamSpec, Subscription, check_name
from framecast.model.text import LONGEST_LABEL, shown
from framecast.node.connection import Connection
from framecast.node.forks import Forks
from framecast.node.stream import Stream

# A connection that does not say what it is within this time is cut.
INTRODUCE_YOURSELF_S = 10.0

log = structlog.get_logger(__name__)


class Configured(NamedTuple):
    """A stream that somebody wants to exist, and who: command, file or api."""

    spec: StreamSpec
    by: str


class Switchboard:
    """`control` takes over connections that are neither readers nor publishers, with their first message."""

    def __init__(self, forks: Forks, node_socket: str, control: Callable[[Connection, Fields], None]) -> None:
        self.streams: dict[str, Stream] = {}
        # Hear of every stream that changes: (name, its status), None where it was removed.
        self.observers: set[Callable[[str, Fields | None], None]] = set()
        self._forks = forks
        self._node_socket = node_socket
        self._control = control
        self._closing: set[asyncio.Task[None]] = set()
        self._hidden: set[str] = set()  # streams that are in no list: see `trials`

    def accept(self, connection: Connection) -> None:
        """Take a new connection of node.sock."""
        loop = asyncio.get_running_loop()
        patience = loop.call_later(INTRODUCE_YOURSELF_S, connection.close)

        def first(fields: Fields) -> None:
            patience.cancel()
            self._answer_first(connection, fields)

        connection.on_message = first
        connection.on_close = patience.cancel

    def status(self, name: str) -> Fields:
        """Return what is known about a stream.

        Raises:
            NotFound: there is none of that name.
        """
        stream = self.streams.get(name)
        if stream is None or not stream.was_written:
            raise NotFound(self._unknown(name))
        return stream.status()

    def statuses(self) -> list[Fields]:
        """Return what is known about all streams, by name."""
        return [stream.status() for stream in self._listed()]

    def processes(self) -> list[Fields]:
        """Return the processes of all streams."""
        return [process for stream in self._listed() for process in stream.processes()]

    async def stats(self, timeout_s: float) -> dict[str, Fields]:
        """Return the figures of every stream; what does not answer in time has no tracks."""
        streams = self._listed()
        answers = await asyncio.gather(*(stream.stats(timeout_s) for stream in streams))
        return {stream.name: {"tracks": tracks} for stream, tracks in zip(streams, answers, strict=True)}

    def restart(self, name: str) -> None:
        """Dial a stream anew.

        Raises:
            NotFound: there is none of that name.
        """
        if name not in self.streams:
            raise NotFound(self._unknown(name))
        self.streams[name].restart()

    def apply(self, wanted: Mapping[str, Configured]) -> None:
        """Make the configured streams be exactly these. One that a program writes under the same name stays its own."""
        for name, stream in tuple(self.streams.items()):
            if stream.spec is not None and name not in wanted and name not in self._hidden:
                self._remove(stream)
        for name, (spec, by) in wanted.items():
            try:
                self._stream(name).configure(spec, by)
            except Conflict as error:
                log.error("a configured stream is not there", name=name, why=str(error))

    def try_out(self, spec: StreamSpec) -> None:
        """Make a stream that is in no list."""
        self._hidden.add(spec.name)
        self._stream(spec.name).configure(spec, "trial")

    def end_trial(self, name: str) -> None:
        """Remove such a stream."""
        if name in self._hidden and name in self.streams:
            self._remove(self.streams[name])
        self._hidden.discard(name)

    def is_published(self, name: str) -> bool:
        """True while a program writes the stream."""
        stream = self.streams.get(name)
        return stream is not None and stream.spec is None and stream.origin.writer is not None

    async def close(self) -> None:
        """End every stream and wait for its processes."""
        streams, self.streams = list(self.streams.values()), {}
        await asyncio.gather(*(stream.close() for stream in streams), *self._closing)

    # --- the first message

    def _answer_first(self, connection: Connection, fields: Fields) -> None:
        try:
            if fields.get("op") == "subscribe":
                self._subscribe(connection, fields)
            elif fields.get("op") == "publish":
                self._publish(connection, fields)
            else:
                self._control(connection, fields)
        except FramecastError as error:
            connection.refuse(error)

    def _subscribe(self, connection: Connection, fields: Fields) -> None:
        subscription = Subscription.from_json(fields)
        if subscription.stream not in self.streams and not subscription.wait:
            raise NotFound(self._unknown(subscription.stream))
        self._stream(subscription.stream).subscribe(connection, subscription)

    def _publish(self, connection: Connection, fields: Fields) -> None:
        name = check_name(fields.get("stream"))
        label = shown(str(fields.get("label", "")), LONGEST_LABEL)
        try:
            self._stream(name).publish(connection, label)
        finally:
            self._forget_deserted(name)

    def _unknown(self, name: str) -> str:
        known = ", ".join([stream.name for stream in self._listed()][:20])
        return f"there is no stream {name!r:.80}; there is {known or 'none'}"

    # --- streams

    def _listed(self) -> list[Stream]:
        """All streams that people may see, by name."""
        return [
            stream
            for name, stream in sorted(self.streams.items())
            if stream.was_written and name not in self._hidden
        ]

    def _stream(self, name: str) -> Stream:
        if name not in self.streams:
            self.streams[name] = Stream(name, self._forks, self._node_socket, self._changed)
        return self.streams[name]

    def _changed(self, stream: Stream) -> None:
        if self.streams.get(stream.name) is not stream:
            return
        if self.observers and stream.was_written and stream.name not in self._hidden:
            self._announce(stream.name, stream.status())
        self._forget_deserted(stream.name)

    def _forget_deserted(self, name: str) -> None:
        stream = self.streams.get(name)
        if stream is not None and stream.is_deserted:
            self._remove(stream)

    def _remove(self, stream: Stream) -> None:
        del self.streams[stream.name]
        task = asyncio.get_running_loop().create_task(
            stream.close(Ended(f"stream {stream.name} was removed")), name=f"close {stream.name}"
        )
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        if stream.was_written and stream.name not in self._hidden:
            self._announce(stream.name, None)

    def _announce(self, name: str, status: Fields | None) -> None:
        for observer in tuple(self.observers):
            observer(name, status)
