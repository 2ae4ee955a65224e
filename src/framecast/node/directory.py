"""Which streams exist, and where each one is. Runs in the node's event loop.

`Directory` is what readers and control connections ask; another implementation may know the streams of other nodes. `LocalDirectory` is the
simplest one: it holds the streams of this node, makes one when it is first needed, and removes one that nothing needs any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from framecast.bus.channel import Fields
from framecast.errors import Conflict, Ended, NotFound
from framecast.log import get_logger
from framecast.model import StreamSpec
from framecast.model.suggestion import did_you_mean
from framecast.node.forks import Forks
from framecast.node.last_pictures import LastPictures
from framecast.node.stream import Stream

log = get_logger(__name__)

# Called for every stream that changes with its name and status; None if it was removed.
Observer = Callable[[str, Fields | None], None]


class Directory(Protocol):
    """Answers which streams exist and where they are."""

    observers: set[Observer]

    def find(self, name: str) -> Stream:
        """Return the stream that readers of `name` join.

        Raises:
            NotFound: there is none; the message names the streams that exist.
        """

    def obtain(self, name: str) -> Stream:
        """Return the stream for somebody who writes `name` or waits for it; made if there is none."""

    def status(self, name: str) -> Fields:
        """Return what is known about a stream.

        Raises:
            NotFound: as `find`, and for a stream that readers wait for although nothing has ever written it.
        """

    def statuses(self) -> list[Fields]:
        """Return what is known about all streams, by name."""


class Configured(NamedTuple):
    """A stream that should exist, where it is configured (command, file or api), and the account that it belongs to (None: the admins)."""

    spec: StreamSpec
    by: str
    owner: str | None = None


class LocalDirectory:
    """The streams of this node."""

    def __init__(self, forks: Forks, node_socket: str) -> None:
        self.observers: set[Observer] = set()
        self.pictures = LastPictures()
        self._streams: dict[str, Stream] = {}
        self._forks = forks
        self._node_socket = node_socket
        self._closing: set[asyncio.Task[None]] = set()
        # Streams that are in no list (see `trials`), and the account that has given the address of each.
        self._hidden: dict[str, str | None] = {}

    # --- what it is asked

    def find(self, name: str) -> Stream:
        """Return a stream; see `Directory`."""
        if name not in self._streams:
            raise self.unknown(name)
        return self._streams[name]

    def obtain(self, name: str) -> Stream:
        """Return a stream, made if there is none; it is removed again if nobody uses it by the next turn of the loop."""
        if name not in self._streams:
            self._streams[name] = Stream(name, self._forks, self._node_socket, self._changed, self.pictures)
            asyncio.get_running_loop().call_soon(self._forget_deserted, name)
        return self._streams[name]

    def status(self, name: str) -> Fields:
        """Return the status of a stream; see `Directory`."""
        stream = self.find(name)
        if not stream.was_written:
            raise self.unknown(name)
        return stream.status()

    def statuses(self) -> list[Fields]:
        """Return what is known about all streams, by name."""
        return [stream.status() for stream in self._listed()]

    def newest(self) -> dict[str, float]:
        """Return when the newest picture of each stream came (UTC s), of those that had one. It changes without a call of observers."""
        found = ((stream.name, stream.newest_at) for stream in self._listed())
        return {name: newest_at for name, newest_at in found if newest_at is not None}

    def processes(self) -> list[Fields]:
        """Return the processes of all streams."""
        return [process for stream in self._listed() for process in stream.processes()]

    async def stats(self, timeout_s: float) -> dict[str, Fields]:
        """Return the figures of every stream; what does not answer in time has no tracks."""
        streams = self._listed()
        answers = await asyncio.gather(*(stream.stats(timeout_s) for stream in streams))
        return {stream.name: {"tracks": tracks} for stream, tracks in zip(streams, answers, strict=True)}

    def facts(self, name: str) -> tuple[tuple[str, ...], str | None] | None:
        """Return the groups and the owner of a stream, None if there is none; a trial belongs to the account that tries it."""
        stream = self._streams.get(name)
        if stream is None or not stream.was_written:
            return None
        return (tuple(stream.spec.groups) if stream.spec else ()), stream.owner

    def is_published(self, name: str) -> bool:
        """True while a program writes the stream."""
        stream = self._streams.get(name)
        return stream is not None and stream.spec is None and stream.origin.writer is not None

    # --- what changes it

    def apply(self, wanted: Mapping[str, Configured]) -> None:
        """Let exactly these streams be configured. A stream of the same name that a program writes stays the program's."""
        for name, stream in tuple(self._streams.items()):
            if stream.spec is not None and name not in wanted and name not in self._hidden:
                self._remove(stream)
        for name, (spec, by, owner) in wanted.items():
            try:
                self.obtain(name).configure(spec, by, owner)
            except Conflict as error:
                log.error("a configured stream is missing", name=name, why=str(error))

    def try_out(self, spec: StreamSpec, giver: str | None = None) -> None:
        """Make a stream that is in no list; `giver` is the account that has given its address."""
        self._hidden[spec.name] = giver
        self.obtain(spec.name).configure(spec, "trial", giver)

    def giver_of_trial(self, name: str) -> str | None:
        """Return the account that has given the address of such a stream."""
        return self._hidden.get(name)

    def end_trial(self, name: str) -> None:
        """Remove such a stream."""
        if name in self._hidden and name in self._streams:
            self._remove(self._streams[name])
        self._hidden.pop(name, None)

    async def close(self) -> None:
        """End every stream and wait for its processes."""
        streams, self._streams = list(self._streams.values()), {}
        await asyncio.gather(*(stream.close() for stream in streams), *self._closing)

    def unknown(self, name: str) -> NotFound:
        """Return the error for a name that no stream has, with the names that exist."""
        known = [stream.name for stream in self._listed()]
        near = did_you_mean(name, known)
        existing = f"existing streams: {', '.join(known[:20]) or 'none'}{', ...' if len(known) > 20 else ''}"
        return NotFound(f"there is no stream {name!r:.80}; {f'{near} ' if near else ''}{existing}")

    def _listed(self) -> list[Stream]:
        """All streams that people may see, by name."""
        return [
            stream
            for name, stream in sorted(self._streams.items())
            if stream.was_written and name not in self._hidden
        ]

    def _changed(self, stream: Stream) -> None:
        if self._streams.get(stream.name) is not stream:
            return
        if self.observers and stream.was_written and stream.name not in self._hidden:
            self._announce(stream.name, stream.status())
        self._forget_deserted(stream.name)

    def _forget_deserted(self, name: str) -> None:
        """Remove a stream that has neither configuration nor program nor reader."""
        stream = self._streams.get(name)
        if stream is not None and stream.is_deserted:
            self._remove(stream)

    def _remove(self, stream: Stream) -> None:
        del self._streams[stream.name]
        self.pictures.forget(stream.name)
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
