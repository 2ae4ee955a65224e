"""What a wall says on `/api/ws/wall`: many streams over one socket, opened and closed one by one.

Runs on the event loop. Binary messages begin with the number of the live MP4 (4 bytes, big endian), so they are the very same
bytes for all its viewers; messages about a stream name it as `src`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from framecast.errors import FramecastError, Invalid, NotEnoughMemory
from framecast.fanout.coding import Wanted
from framecast.model import check_name
from framecast.servers.access.finding import find_stream
from framecast.servers.access.policy import Sight, Verdict, may, unknown_stream
from framecast.servers.access.principal import Principal, Requirement
from framecast.servers.web.context import WebContext
from framecast.servers.web.http.socket import Socket
from framecast.servers.web.live.mp4_messages import NumberedMessages
from framecast.servers.web.live.mp4_session import Mp4Session
from framecast.servers.web.viewers.messages import WALL
from framecast.servers.web.viewers.player_session import parse_object

MAX_TILES = 64

log = logging.getLogger("framecast.web")


class Tile:
    """One stream of a wall, from `start` until `close`."""

    def __init__(self, web: WebContext, sight: Sight, stream: str, socket: Socket) -> None:
        self._web = web
        self._sight = sight
        self._stream = stream
        self._socket = socket
        self._end_states: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None
        self.mp4_session = Mp4Session(
            web.live_mp4s, stream, NumberedMessages(stream, socket.tell), self.say_error
        )

    @property
    def is_open(self) -> bool:
        """True from the moment when the stream was found."""
        return self._end_states is not None

    def start(self, wanted: Wanted) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._open(wanted), name=f"tile {self._stream}")

    def close(self) -> None:
        """Watch no more. Idempotent."""
        if self._task is not None:
            self._task.cancel()
        if self._end_states is not None:
            self._end_states()
        self._end_states = self._task = None
        self.mp4_session.close()

    def say_error(self, error: FramecastError) -> None:
        """Say what is wrong with this stream."""
        self._socket.tell(type="error", src=self._stream, value=f"mse: {error}")

    async def _open(self, wanted: Wanted) -> None:
        try:
            await find_stream(self._web.node, self._sight, self._stream, WALL["open"])
        except FramecastError as error:
            self.say_error(error)
            return
        self._end_states = self._web.states.listen(self._stream, self._tell_state)
        self.mp4_session.start(self._socket.queue, wanted)

    def _tell_state(self, state: dict[str, Any]) -> None:
        self._socket.tell(type="framecast/state", src=self._stream, value=state)


class WallSession:
    """One wall."""

    def __init__(self, web: WebContext, sight: Sight) -> None:
        self._web = web
        self._sight = sight
        self._socket: Socket | None = None
        self._tiles: dict[str, Tile] = {}

    def on_open(self, socket: Socket) -> None:
        """Wait for wishes."""
        self._socket = socket

    def on_text(self, text: str) -> None:
        """Obey one message."""
        assert self._socket is not None
        src: object = None
        try:
            fields = parse_object(text)
            src = fields.get("src")
            kind = fields.get("type")
            if kind not in WALL:
                raise Invalid("a message's 'type' must be 'open' or 'close'")
            if kind == "open":
                self._open(check_name(src), fields.get("value", ""))
            else:
                self._close(check_name(src))
        except FramecastError as error:
            self._socket.tell(type="error", src=src if isinstance(src, str) else "", value=f"mse: {error}")

    def on_writable(self) -> None:
        """Nothing waits here."""

    def on_cut(self) -> None:
        """Count it for each stream."""
        for tile in self._tiles.values():
            tile.mp4_session.cut()

    def on_closed(self) -> None:
        """Let go of everything."""
        for tile in self._tiles.values():
            tile.close()
        self._tiles.clear()

    def on_judged(self, principal: Principal) -> bool:
        """Close the tiles that this client may not watch any more, and return whether it may keep the wall."""
        self._sight.principal = principal
        for name, tile in tuple(self._tiles.items()):
            if tile.is_open and self._sight.verdict(WALL["open"], name) is not Verdict.ALLOWED:
                self._close(name)
                tile.say_error(unknown_stream(name))
        return may(principal, Requirement.READ)

    def _open(self, src: str, value: object) -> None:
        """Begin to watch a stream, or begin again."""
        assert self._socket is not None
        wanted = Wanted.parse(value)
        self._close(src)
        if len(self._tiles) >= MAX_TILES:
            raise NotEnoughMemory(
                f"{MAX_TILES} streams are open on this connection, which is the limit: close one first"
            )
        tile = self._tiles[src] = Tile(self._web, self._sight, src, self._socket)
        tile.start(wanted)

    def _close(self, src: str) -> None:
        tile = self._tiles.pop(src, None)
        if tile is not None:
            tile.close()
