"""A room in the program's hand: what was said there and what is said, as values; and what the program says and does.

    with framecast.room("demo", name="bot") as room:
        for message in room:
            if message.text == "!time":
                room.send(time.ctime(), reply_to=message)

One thread reads; any thread may send; `close` comes from any. It reconnects by itself; each event comes once and in order.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Awaitable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotAnswered
from time import monotonic
from typing import Self, TypeVar

from framecast.bus.forked import close_in_child
from framecast.client import aio
from framecast.client.readable import Readable
from framecast.client.room_acts import Acts
from framecast.client.room_connection import RoomConnection
from framecast.client.room_log import RoomLog, position_from
from framecast.client.room_node import RoomNode
from framecast.client.room_place import find_room
from framecast.client.room_values import (
    Done,
    Playback,
    RoomEvent,
    RoomInfo,
    RoomMessage,
    RoomPresence,
    RoomSelf,
    message_from,
    playback_from,
)
from framecast.errors import Closed, ForkedView, WouldBlock
from framecast.v1.rooms_pb2 import GetMessagesRequest, Guest, JoinRequest

T = TypeVar("T")

ANSWER_S = 15.0


class Room(Readable[RoomMessage], Acts[Done]):
    """A room. Made by `framecast.room`. A context manager and an iterator of messages, sync and async.

    Iteration gives the messages that are kept, then those that come; `events` gives everything that happens. Both go on through reconnections, and
    end when this is closed. `aio` has the acts for asyncio: `await room.aio.send("text")`.
    """

    def __init__(
        self, connection: RoomConnection, key: str, timeout_s: float | None, answer_s: float = ANSWER_S
    ) -> None:
        self.key = key
        self.timeout_s = timeout_s
        self.aio = AsyncActs(self)
        self._connection = connection
        self._answer_s = answer_s
        self._pid = os.getpid()
        self._event_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._is_closed = False
        close_in_child(self)

    # --- reading

    def read(self, timeout_s: float | None = None) -> RoomMessage:
        """Return the next message; see `Readable.read`.

        Raises:
            NotFound: there is no such room, or it cannot be seen any more. Denied: this program was banned.
        """
        wait_s = self.timeout_s if timeout_s is None else timeout_s
        until = None if wait_s is None else monotonic() + wait_s
        while True:
            event = self.read_event(None if until is None else max(0.0, until - monotonic()))
            if event.kind == "message" and event.message is not None and not event.message.is_deleted:
                return event.message

    def read_event(self, timeout_s: float | None = None) -> RoomEvent:
        """Return what happens next: messages, and also edits, reactions, playback, ...; raises as `read`."""
        connection = self._open()
        with connection.changed:
            if timeout_s is None or timeout_s > 0:
                connection.changed.wait_for(
                    lambda: len(connection.log) or connection.error is not None, timeout_s
                )
            event = connection.log.take()
            connection.refresh()
            self._show_ready()
        if event is not None:
            return event
        if connection.error is not None:
            raise connection.error
        raise WouldBlock(f"nothing happened in {self.key} within {timeout_s or 0:g} s")

    def events(self) -> Iterator[RoomEvent]:
        """Yield everything that happens, until this is closed."""
        while True:
            try:
                yield self.read_event(self.timeout_s)
            except Closed:
                return

    @property
    def position(self) -> str:
        """Behind the newest event that the program has, as `since` takes it: to continue there after a restart of the program."""
        with self._connection.changed:
            return str(self._connection.log.taken)

    def messages(
        self,
        *,
        before: int | None = None,
        after: int | None = None,
        most: int = 50,
        query: str = "",
        from_s: float | None = None,
        to_s: float | None = None,
    ) -> list[RoomMessage]:
        """Return messages of the past, the oldest first: the newest, those around a number, with words, or of a part of the media.

        Raises:
            FramecastError: what the server answers.
        """
        request = GetMessagesRequest(
            before=before, after=after, most=most, query=query, from_s=from_s, to_s=to_s
        )
        return [message_from(one) for one in self._open().messages(request).messages]

    # --- what is known of the room

    @property
    def info(self) -> RoomInfo:
        """The room itself: its title, its kind."""
        return self._connection.info

    @property
    def me(self) -> RoomSelf:
        """This program as others in the room see it, and what it may do."""
        return self._connection.me

    @property
    def presence(self) -> RoomPresence:
        """The people in the room."""
        return self._connection.presence

    @property
    def playback(self) -> Playback | None:
        """What the room plays together, now, by the clock of the server; None: nothing yet."""
        connection = self._connection
        with connection.changed:
            given = connection.playback
            return None if given is None else playback_from(given, connection.clock.server_s(monotonic()))

    @property
    def node_connected(self) -> bool:
        """False while the connection is lost."""
        return self._connection.is_in

    # --- its life

    def fileno(self) -> int:
        """A descriptor for select; see `Readable.fileno`."""
        self._open()
        return self._event_fd

    def close(self) -> None:
        """Leave. Idempotent, from any thread; a `read` in another thread raises Closed."""
        if os.getpid() != self._pid or self._is_closed:
            return
        self._is_closed = True
        self._connection.fail(Closed(f"the room {self.key} was closed"))
        self._say_closed()
        os.close(self._event_fd)

    def after_fork(self) -> None:
        """In a forked child: the connection belongs to the parent."""
        if not self._is_closed:
            self._is_closed = True
            os.close(self._event_fd)

    def __enter__(self) -> Self:
        """Enter, and raise what `read` would."""
        self._wait(self._open().entered)
        return self

    async def __aenter__(self) -> Self:
        await aio.answered(self._open().entered)
        return self

    def __repr__(self) -> str:
        return f"<Room {self.key} {'in' if self._connection.is_in else 'out'}>"

    def on_change(self) -> None:
        """Called by the connection."""
        with self._connection.changed:
            self._show_ready()

    def _show_ready(self) -> None:
        """Make the descriptor readable if there is something; the caller holds the lock."""
        if self._is_closed:
            return
        is_ready = len(self._connection.log) or self._connection.error is not None
        if is_ready:
            os.eventfd_write(self._event_fd, 1)
        else:
            try:
                os.eventfd_read(self._event_fd)
            except BlockingIOError:
                return

    def _open(self) -> RoomConnection:
        if os.getpid() != self._pid:
            raise ForkedView("room")
        self._connection.start()
        return self._connection

    def _begin(self, request: JoinRequest) -> Done:
        return self._wait(self._open().ask(request), self._answer_s)

    def _wait(self, answer: Future[T], timeout_s: float | None = None) -> T:
        try:
            return answer.result(timeout_s)
        except (NotAnswered, CancelledError) as error:
            if answer.done() and not answer.cancelled():
                raise
            raise self._not_answered(answer) from error

    def _not_answered(self, answer: Future[T]) -> WouldBlock:
        with self._connection.changed:
            self._connection.requests.forget(answer)
        return WouldBlock(
            f"the room {self.key} did not answer within {self._answer_s:g} s: it may have taken the request; "
            "send a message again with the same id to be sure"
        )


class LaterActs(Acts[Future[Done]]):
    """The acts of a room for a program that waits for several things: each returns a future, which is answered in a thread of the room."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def _begin(self, request: JoinRequest) -> Future[Done]:
        return self._room._open().ask(request)


class AsyncActs(Acts[Awaitable[Done]]):
    """The acts of a room for asyncio."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def _begin(self, request: JoinRequest) -> Awaitable[Done]:
        room = self._room
        answer = room._open().ask(request)

        async def wait() -> Done:
            try:
                return await aio.answered(answer, room._answer_s)
            except TimeoutError as error:
                if answer.done():
                    raise
                raise room._not_answered(answer) from error

        return wait()


def room(
    what: str,
    *,
    name: str | None = None,
    since: int | str | None = None,
    node: str | os.PathLike[str] | None = None,
    token: str = "",
    identity: str = "",
    timeout_s: float | None = None,
) -> Room:
    """Return a room: of a stream ("demo"), a video ("video:ID") or a private one ("room:ID"). Use it in a `with` block.

    `name` is shown to people where there are no accounts; None: the name of the program. `identity` is a secret of at least 16 characters by
    which a program without an account stays the same after its restart; without it, each room that is opened is another guest.
    `since`: where reading begins. None: with the oldest message that is kept; "now": with what comes; a number: behind this event; the `position` of
    a room that was read before: there.
    `node`: the runtime folder of another node of this machine, or "grpc://host:50051" with its access `token`. `what` may also be the address of the
    room: "grpc://host/demo". On this machine the user of the program counts, and no token is needed; the gRPC server of the node must run.
    `timeout_s`: how long iteration and `read()` wait, None for ever.

    Raises:
        Invalid: the name of the room, the address or `since` is wrong. What the node says comes when the room is entered.
    """
    place = find_room(what, node, token)
    guest = Guest(name=name or program_name(), secret=identity or secrets.token_urlsafe(24))
    made: list[Room] = []
    connection = RoomConnection(place, guest, RoomLog(position_from(since)), lambda: made[0].on_change())
    made.append(Room(connection, place.key, timeout_s))
    return made[0]


def list_rooms(
    node: str | os.PathLike[str] | None = None, token: str = "", identity: str = ""
) -> list[RoomInfo]:
    """Return the rooms of this program's account, those with news first; the arguments as in `room`.

    Raises:
        NodeUnavailable: no node answers.
    """
    with RoomNode(node, token, identity=identity) as found:
        return found.rooms()


def program_name() -> str:
    """Return what this program is called."""
    name = os.path.basename(sys.argv[0] if sys.argv else "").removesuffix(".py")
    return name if name and not name.startswith("-") else "python"
