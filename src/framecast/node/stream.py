"""One stream of the node: its source or program, its renditions, its readers, and which reader meets which publisher.

Every event only marks the stream; `_settle` then does what follows once, in the next turn of the loop: it passes the demand on to the
producers, introduces or refuses waiting readers, and reports changes. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from framecast.bus.channel import Fields
from framecast.errors import Conflict, FramecastError, Invalid, NotFound
from framecast.log import get_logger
from framecast.model import State, StreamSpec, Subscription, TrackName
from framecast.node.connection import Connection
from framecast.node.external_publisher import ExternalPublisher
from framecast.node.forks import Forks
from framecast.node.last_pictures import LastPictures
from framecast.node.producer import Producer
from framecast.node.reader import Reader
from framecast.node.renditions import Renditions
from framecast.node.writer import Writer
from framecast.streams import Made, Maker, SourceJob, Timing, maker

# Fields of a spec that only the node and its servers use: a change of these alone leaves the source connected.
_POLICY_FIELDS = ("always", "idle_s", "retry_max_s", "display_name", "groups")

log = get_logger(__name__)


class Stream:
    """`on_change` is called when its status may have changed."""

    def __init__(
        self,
        name: str,
        forks: Forks,
        node_socket: str,
        on_change: Callable[[Stream], None],
        pictures: LastPictures,
    ) -> None:
        self.name = name
        self.spec: StreamSpec | None = None
        self.configured = "program"
        self.owner: str | None = None  # an account, None: the admins
        self.readers: set[Reader] = set()
        self._renditions = Renditions(name, forks, node_socket, self._mark)
        self._external = ExternalPublisher(self._mark)
        self._source: Producer | None = None
        self._forks = forks
        self._on_change = on_change
        self._pictures = pictures
        self._since = time.time()
        self._reported: tuple[State, str, str] | None = None
        self._newest_at: float | None = None  # of the pictures of the last writer, once that is gone
        self._marked = False
        self._closed = False

    # --- what it is

    @property
    def origin(self) -> Producer | ExternalPublisher:
        """What writes it."""
        return self._source or self._external

    @property
    def is_deserted(self) -> bool:
        """True if nothing needs it: no configuration, no program, no reader."""
        return self.spec is None and not self._external.taken and not self.readers

    @property
    def was_written(self) -> bool:
        """False while readers only wait for a program that has never come."""
        return self.spec is not None or self._external.reconnects >= 0

    def status(self) -> Fields:
        """Return the status, without secrets."""
        state, reason, detail = self.origin.state
        writer = self.origin.writer
        tracks = [info for one in self._writers for info in one.tracks.values()]
        return {
            "name": self.name,
            "display_name": self.spec.display_name if self.spec else "",
            "groups": list(self.spec.groups) if self.spec else [],
            "source": str(self.spec.source) if self.spec else f"program:{self._external.label}",
            "state": str(state),
            "reason": reason,
            "detail": detail,
            "since": self._since,
            "newest_at": self.newest_at,
            "last_picture_at": self._pictures.time_of(self.name),
            "every_s": writer.every_s if writer else None,
            "reconnects": max(0, self._source.life.reconnects if self._source else self._external.reconnects),
            "failures": dict(self._source.life.failures if self._source else self._external.failures),
            "readers": self._demand(),
            "configured": self.configured,
            "options": self.spec.options if self.spec else {},
            "facts": dict(writer.facts) if writer else {},
            "tracks": [_public(info.to_json()) for info in tracks],
            **({"owner": self.owner} if self.owner is not None else {}),
        }

    @property
    def newest_at(self) -> float | None:
        """Arrival of the newest picture (UTC s): from the current writer, or from the last one."""
        writer = self.origin.writer
        if writer is None:
            return self._newest_at
        self._newest_at = writer.newest_at or self._newest_at
        return writer.newest_at

    def processes(self) -> list[Fields]:
        """Return its processes: what each does, for which track, and how often it was restarted."""
        named = {("rendition", track): producer for track, producer in self._renditions.producers.items()}
        if self._source is not None:
            named["source", ""] = self._source
        return [
            {
                "process": kind,
                "stream": self.name,
                "track": track,
                "pid": producer.pid,
                "restarts": producer.life.reconnects,
            }
            for (kind, track), producer in named.items()
        ]

    @property
    def _writers(self) -> list[Writer]:
        origin = self.origin.writer
        return [*([origin] if origin is not None else []), *self._renditions.writers]

    async def stats(self, timeout_s: float) -> list[Fields]:
        """Return the figures of all its tracks; those of a publisher that does not answer in time are missing."""
        answers = await asyncio.gather(*(writer.stats(timeout_s) for writer in self._writers))
        return [track for answer in answers for track in answer]

    # --- what changes it

    def configure(self, spec: StreamSpec, configured: str, owner: str | None = None) -> None:
        """Write it from the source of `spec` from now on; its readers stay.

        Raises:
            Conflict: a program writes it.
        """
        if self._external.taken:
            raise Conflict(f"{self.name} is written by a program: end the program first, or use another name")
        if self.spec is not None and (self.spec.source, self.owner) != (spec.source, owner):
            self._pictures.forget(self.name)  # it is of something else, or somebody else's
        before, self.spec, self.configured, self.owner = self.spec, spec, configured, owner
        timing = Timing(spec.idle_s, spec.retry_max_s)
        if self._source is None:
            self._source = Producer(self.name, self._source_job, timing, self._forks, self._mark)
            self._source.on_picture = partial(self._pictures.keep, self.name)
        elif before != spec:
            self._source.adjust(timing)
            if before is None or _must_reconnect(before, spec):
                self._source.restart()
        self._mark()

    def publish(self, connection: Connection, label: str, owner: str | None = None) -> None:
        """Accept a program as the writer. A stream that nothing has written before belongs to the account `owner` (None: the admins).

        Raises:
            Conflict: it has a writer.
        """
        if self.spec is not None:
            raise Conflict(f"{self.name} has a configured source: publish under another name")
        if self._external.taken:
            raise Conflict(
                f"{self.name} is already written by {self._external.label or 'a program'}: a stream has one writer",
                stream=self.name,
                writer=self._external.label,
            )
        if not self.was_written:
            self.owner = owner
        self._external.take(connection, label, self._demand())

    def subscribe(self, connection: Connection, subscription: Subscription) -> None:
        """Take a new reader.

        Raises:
            Invalid: the stream should wait for it, and this stream does not wait for readers.
            Conflict: this stream waits for another reader.
        """
        self._check_awaited(subscription)
        self.readers.add(Reader(connection, subscription, lambda _: self._mark(), self._left))
        self._settle()

    def restart(self) -> None:
        """Reconnect the source.

        Raises:
            Invalid: a program writes it.
        """
        if self._source is None:
            raise Invalid(f"{self.name} is written by a program: only the program can restart it")
        self._source.restart()

    async def close(self, why: FramecastError | None = None) -> None:
        """End it: readers get `why`, or see that the node is gone; returns when its processes have ended."""
        self._closed = True
        for reader in tuple(self.readers):
            reader.refuse(why) if why is not None else reader.connection.finish()
        self._external.stop()
        producers = [*self._renditions.producers.values(), *([self._source] if self._source else [])]
        await asyncio.gather(*(producer.close() for producer in producers))

    def _check_awaited(self, subscription: Subscription) -> None:
        """Refuse a second reader of a stream that waits: it has one, of one track or of several that it reads in step."""
        pace = self.spec.reading.pace if self.spec is not None else "normal"
        if subscription.awaited and pace == "normal":
            raise Invalid(f"{self.name} does not wait for readers: only the private stream of a file does")
        if not subscription.awaited and pace != "fastest":
            return
        others = [reader.subscription for reader in self.readers if reader.subscription.awaited]
        if not subscription.awaited or any(
            other.awaited != subscription.awaited or other.track == subscription.track for other in others
        ):
            raise Conflict(
                f"this file has one reader, which already reads {', '.join(others[0].awaited) if others else 'it'}: "
                "close that reader first, or open the file again"
            )

    # --- bringing it to rest

    def _mark(self) -> None:
        if not self._marked and not self._closed:
            self._marked = True
            asyncio.get_running_loop().call_soon(self._settle)

    def _settle(self) -> None:
        self._marked = False
        if self._closed:
            return
        self._pass_on_demand()
        self._renditions.revise(self._made)
        self._report()
        for reader in tuple(self.readers):
            if reader.waits:
                reader.cut()
                self._serve(reader)
        self._on_change(self)

    def _serve(self, reader: Reader) -> None:
        """Introduce a waiting reader, or refuse it if its track will never exist."""
        made = self._made(reader.subscription.track)
        if made.by is Maker.NOBODY and not reader.was_served:
            origin = self.origin.writer
            there = ", ".join(sorted(origin.tracks)) if origin else ""
            reader.refuse(
                NotFound(
                    f"stream {self.name} has no track {reader.subscription.track}; it has {there or 'no tracks'}"
                )
            )
            return
        writer = self.origin.writer
        if made.by is Maker.RENDITION:
            writer = self._renditions.obtain(str(reader.subscription.track), made.recipe, self.spec).writer
        if writer is not None and not writer.closed and str(reader.subscription.track) in writer.tracks:
            reader.meet(writer)

    def _made(self, track: TrackName) -> Made:
        """What makes a track. A rendition that runs stays the maker while its source is away."""
        writer = self.origin.writer
        spec = self.spec
        if spec is not None and spec.reading.pace != "normal" and str(track) == spec.reading.pictures:
            is_there = writer is not None and str(track) in writer.tracks
            if not is_there and (writer is None or not writer.ready):
                return Made(Maker.UNKNOWN)  # the source makes it, whatever it is
        made = maker(track, writer.tracks if writer else {}, writer is not None and writer.ready)
        return self._renditions.made(str(track)) if made.by is Maker.UNKNOWN else made

    def _source_job(self, epoch: int) -> SourceJob:
        assert self.spec is not None
        return SourceJob(
            self.spec, epoch, self._forks.folders_of(self.spec), self._forks.networks_of(self.spec)
        )

    def _demand(self) -> int:
        return sum(not reader.subscription.rendition for reader in self.readers)

    def _pass_on_demand(self) -> None:
        readers = self._demand()
        demand = readers > 0
        self._external.count(readers)
        if self._source is not None:
            self._source.want(demand or (self.spec is not None and self.spec.always))
        origin = self.origin.writer
        wanted = {
            str(reader.subscription.track)
            for reader in self.readers
            if reader.writer is not origin or origin is None
        }
        is_over = self.origin.state[0] is State.ENDED
        self._renditions.pass_on_demand(wanted, demand and not is_over)

    def _report(self) -> None:
        state = self.origin.state
        if state != self._reported:
            if self._reported is None or state[0] is not self._reported[0]:
                self._since = time.time()
                self._log(*state)
            self._reported = state
        for reader in tuple(self.readers):
            reader.send_state(*self._state_for(reader))

    def _log(self, state: State, reason: str, detail: str) -> None:
        level = log.warning if state in (State.OFFLINE, State.STALLED) else log.info
        level("stream", name=self.name, state=str(state), reason=reason, detail=detail)

    def _state_for(self, reader: Reader) -> tuple[State, str, str]:
        """The stream's state; while that is live but the reader's rendition fails, the rendition's."""
        rendition = self._renditions.producers.get(str(reader.subscription.track))
        if (
            rendition is not None
            and rendition.state[0] is State.OFFLINE
            and self.origin.state[0] is State.LIVE
        ):
            return rendition.state
        return self.origin.state

    def _left(self, reader: Reader) -> None:
        self.readers.discard(reader)
        self._mark()


def _must_reconnect(before: StreamSpec, after: StreamSpec) -> bool:
    kept = {field: getattr(before, field) for field in _POLICY_FIELDS}
    return replace(after, **kept) != before


def _public(info: dict[str, Any]) -> Fields:
    """The description of a track, without the codec's parameter sets: those are for readers."""
    return {key: value for key, value in info.items() if key != "extradata"}
