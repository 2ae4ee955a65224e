"""A publisher as the node sees it: which tracks it has announced, and how readers are introduced to it.

The node never sees a frame: it sends one end of a socket pair to each side. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

from framecast.bus.channel import Fields
from framecast.clock import NS
from framecast.errors import FramecastError, Invalid
from framecast.model import State, Subscription, TrackInfo
from framecast.model.cadence import PICTURES, Cadence
from framecast.model.last_picture import LastPicture
from framecast.model.text import shown
from framecast.node.connection import Connection

MAX_TRACKS = 64
MAX_FACTS = 64
_MAX_NAME = 40
_MAX_FACT = 200
_MAX_DETAIL = 500


def first_epoch() -> int:
    """Return a stream's first epoch number: seconds since 1970, so that a restarted node does not repeat any.

    Readers survive the restart of a node, and a new epoch shows them that times and parameters begin again.
    """
    return int(time.time())


class Writer:
    """The accepted connection of one publisher."""

    def __init__(
        self,
        connection: Connection,
        on_state: Callable[[State, str, str], None],
        on_change: Callable[[], None],
        on_close: Callable[[], None],
        readers: int = 0,
    ) -> None:
        self.connection = connection
        self.on_picture: Callable[[LastPicture], None] = lambda _: None  # it ends, and this was its last one
        self.tracks: dict[str, TrackInfo] = {}
        self.facts: dict[str, str] = {}
        self.ready = False
        self.newest_at: float | None = (
            None  # of its pictures, UTC s, by its last answer; None before the first
        )
        self._cadences: dict[str, Cadence] = {}  # of each track
        self.every_s: float | None = None  # between pictures, if that is a second or more
        self._on_state = on_state
        self._on_change = on_change
        self._counted = readers  # readers, as they were last sent to the publisher
        self._answers: dict[int, asyncio.Future[list[Fields]]] = {}
        self._asked = 0
        self._on_close = on_close
        connection.on_message = self._hear
        connection.on_close = self._end

    @property
    def closed(self) -> bool:
        """True once the publisher is gone."""
        return self.connection.closed

    @property
    def newest_epoch(self) -> int:
        """The highest epoch number that it has announced, -1 before the first."""
        return max((info.epoch for info in self.tracks.values()), default=-1)

    def introduce(self, subscription: Subscription) -> socket.socket:
        """Give the publisher a new reader and return the reader's end; the caller closes it."""
        theirs, readers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.connection.send(
                {"op": "introduce", "subscription": subscription.to_json()}, [theirs.fileno()]
            )
        return readers

    async def stats(self, timeout_s: float) -> list[Fields]:
        """Return the publisher's figures of every track; empty if it does not answer in time."""
        return await self._ask(timeout_s) or []

    async def answer(self) -> None:
        """Ask the publisher and return when it has answered; a publisher that is suspended or hangs does not answer."""
        await self._ask(None)

    async def _ask(self, timeout_s: float | None) -> list[Fields] | None:
        self._asked += 1
        number, answer = self._asked, _future()
        self._answers[number] = answer
        self.connection.send({"op": "stats", "id": number})
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            return None
        finally:
            self._answers.pop(number, None)

    def count(self, readers: int) -> None:
        """Send the publisher the number of readers of its stream, including waiting ones, if it has changed."""
        if readers != self._counted:
            self._counted = readers
            self.connection.send({"op": "demand", "readers": readers})

    def stop(self) -> None:
        """Ask the publisher to end."""
        self.connection.send({"op": "stop"})

    def _hear(self, fields: Fields) -> None:
        obey = _OPS.get(str(fields.get("op")))
        try:
            if obey is None:
                raise Invalid(f"a publisher may send {', '.join(_OPS)}, got {fields.get('op')!r:.40}")
            obey(self, fields)
        except FramecastError as error:
            self.connection.refuse(error)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.connection.refuse(Invalid(f"a publisher's message is malformed: {error!r:.200}"))

    def _on_track(self, fields: Fields) -> None:
        info = TrackInfo.from_json(fields["info"])
        if info.name not in self.tracks and len(self.tracks) >= MAX_TRACKS:
            raise Invalid(f"a stream has at most {MAX_TRACKS} tracks")
        self.tracks[info.name] = info
        self._on_change()

    def _on_ready(self, _fields: Fields) -> None:
        self.ready = True
        self._on_change()

    def _on_report(self, fields: Fields) -> None:
        detail = shown(str(fields.get("detail", "")), _MAX_DETAIL)
        self._on_state(State(str(fields["state"])), shown(str(fields.get("reason", "")), 40), detail)

    def _on_facts(self, fields: Fields) -> None:
        for key, value in dict(fields["facts"]).items():
            name = shown(str(key), _MAX_NAME)
            if name in self.facts or len(self.facts) < MAX_FACTS:
                self.facts[name] = shown(str(value), _MAX_FACT)
        self._on_change()

    def _on_last_picture(self, fields: Fields) -> None:
        self.on_picture(LastPicture.from_json(fields))

    def _on_stats(self, fields: Fields) -> None:
        self._note_newest(fields["tracks"])
        answer = self._answers.get(fields["id"])
        if answer is not None and not answer.done():
            answer.set_result([dict(track) for track in fields["tracks"]])

    def _note_newest(self, tracks: list[Fields]) -> None:
        known = {str(track["name"]): track for track in tracks if track.get("age_ns") is not None}
        known = {name: known[name] for name in PICTURES if name in known} or known
        if not known:
            return
        now = time.monotonic()
        for name, track in known.items():
            cadence = self._cadences.setdefault(name, Cadence())
            cadence.note(track.get("records", 0), now - track["age_ns"] / NS, now)
        newest = min(known, key=lambda name: known[name]["age_ns"])
        self.newest_at = time.time() - known[newest]["age_ns"] / NS
        before, self.every_s = self.every_s, self._cadences[newest].every_s
        if before != self.every_s:
            self._on_change()

    def _end(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result([])
        self._on_close()


_OPS: dict[str, Callable[[Writer, Fields], None]] = {
    "track": Writer._on_track,
    "ready": Writer._on_ready,
    "state": Writer._on_report,
    "facts": Writer._on_facts,
    "last_picture": Writer._on_last_picture,
    "stats": Writer._on_stats,
}


def _future() -> asyncio.Future[list[Fields]]:
    return asyncio.get_running_loop().create_future()
