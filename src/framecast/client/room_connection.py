"""The connection of a program to a room: a thread that enters, takes what comes, and enters again after every failure.

Everything that is shared with the program's threads is guarded by `changed`. The thread reads what the server sends whatever the program does: events
that do not fit are let go, and read again once there is room (`room_log`).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from time import monotonic

from framecast.client.room_clock import PINGS, RoomClock
from framecast.client.room_log import RoomLog
from framecast.client.room_place import RoomPlace
from framecast.client.room_requests import RoomRequests
from framecast.client.room_values import (
    Done,
    RoomInfo,
    RoomPresence,
    RoomSelf,
    info_from,
    presence_from,
    self_from,
)
from framecast.errors import Closed, Conflict, Denied, FramecastError, Invalid, NodeUnavailable, NotFound
from framecast.log import get_logger
from framecast.peer.room_peer import Joined, RoomPeer
from framecast.v1.rooms_pb2 import (
    GetMessagesRequest,
    GetMessagesResponse,
    Guest,
    JoinRequest,
    JoinResponse,
    RoomPlayback,
)

PAGE = 200
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 3.0
# What a server does not answer, and what is worth nothing later.
_SIGNS = ("typing", "read", "state")
_BANNED = 4003  # as the code that closes a WebSocket
_FINAL = (NotFound, Denied, Invalid, Conflict)

log = get_logger(__name__)


class RoomConnection:
    """Begun by `start`. `on_change` is called in the thread, without the lock, when the program may have something to do."""

    def __init__(
        self, place: RoomPlace, guest: Guest, room_log: RoomLog, on_change: Callable[[], None]
    ) -> None:
        self.changed = threading.Condition()
        self.log = room_log
        self.clock = RoomClock()
        self.requests = RoomRequests()
        self.me = RoomSelf()
        self.info = RoomInfo(place.key, "", "")
        self.presence = RoomPresence()
        self.playback: RoomPlayback | None = None
        self.entered: Future[None] = Future()
        self.error: FramecastError | None = None
        self.is_in = False
        self.reconnects = 0
        self._place = place
        self._guest = guest
        self._on_change = on_change
        self._peer: RoomPeer | None = None
        self._outgoing: SimpleQueue[JoinRequest | None] | None = None
        self._call: Joined | None = None
        self._is_left = False  # it goes in again at once
        self._thread: threading.Thread | None = None
        self._pinged = 0
        self._pinged_at = 0.0

    # --- for the program's threads

    def start(self) -> None:
        """Connect. Idempotent."""
        with self.changed:
            if self._thread is None and self.error is None:
                self._thread = threading.Thread(target=self._run, name=f"room {self._place.key}", daemon=True)
                self._thread.start()

    def ask(self, request: JoinRequest) -> Future[Done]:
        """Send a request, now or once the room is entered.

        Raises:
            FramecastError: why the room was left for good. WouldBlock: too many wait.
        """
        with self.changed:
            if self.error is not None:
                raise self.error
            if request.WhichOneof("what") in _SIGNS:
                answer: Future[Done] = Future()
                answer.set_result(Done())
            else:
                answer = self.requests.add(request)
            if self.is_in and self._outgoing is not None:
                self._outgoing.put(request)
            return answer

    def refresh(self) -> None:
        """Go in again for what was let go, if there is room now; the caller holds the lock."""
        if self.is_in and not self.log.is_caught_up and self.log.is_low:
            self._leave()

    def peer(self) -> RoomPeer:
        """Return the connection to the node."""
        with self.changed:
            if isinstance(self.error, Closed):
                raise self.error
            if self._peer is None:
                self._peer = self._place.connect()
            return self._peer

    def messages(self, request: GetMessagesRequest) -> GetMessagesResponse:
        """Return messages of the past."""
        request.room = self._place.key
        request.guest.CopyFrom(self._guest)
        found: GetMessagesResponse = self.peer().ask("GetMessages", request)
        return found

    def fail(self, error: FramecastError) -> None:
        """Leave for good. Idempotent, from any thread."""
        with self.changed:
            if self.error is not None:
                return
            self.error = error
            self.requests.fail(error)
            self._leave()
            if self._peer is not None:
                self._peer.closed = True  # its thread closes it, which takes a while
            self.changed.notify_all()
        if not self.entered.done():
            self.entered.set_exception(error)
            self.entered.exception()
        self._on_change()

    # --- in the thread

    def _run(self) -> None:
        try:
            self._keep_in()
        finally:
            if self._peer is not None:
                self._peer.close()

    def _keep_in(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while self.error is None:
            try:
                self._visit()
                pause_s = _FIRST_PAUSE_S
                continue
            except Closed as error:
                self.fail(error)
                return
            except FramecastError as error:
                if isinstance(error, _FINAL) or not self.entered.done():
                    self.fail(error)
                    return
                log.info("the room is entered again", room=self._place.key, why=str(error))
            except Exception as error:
                log.exception("the connection to a room failed")
                self.fail(FramecastError(f"the connection to the room failed: {error}"))
                return
            with self.changed:
                was_in, self.reconnects = self.is_in, self.reconnects + 1
                pause_s = _FIRST_PAUSE_S if was_in else min(2 * pause_s, _LONGEST_PAUSE_S)
                self.is_in = False
                self.changed.wait_for(lambda: self.error is not None, pause_s * (0.5 + random.random()))  # noqa: S311  jitter

    def _visit(self) -> None:
        """Read what was said before, enter, and take what comes. Returns if it is to go in again at once.

        Raises:
            FramecastError: why it has ended.
        """
        self._read_pages()
        outgoing: SimpleQueue[JoinRequest | None] = SimpleQueue()
        outgoing.put(JoinRequest(hello=self._hello()))
        call = self.peer().join(iter(outgoing.get, None))
        with self.changed:
            self._outgoing, self._call, self._is_left = outgoing, call, False
        try:
            for response in call:
                self._take(response)
                self._on_change()
            if not self._is_left:
                raise NodeUnavailable("the node has ended the connection to the room")
        except NodeUnavailable:
            if not self._is_left or self.error is not None:
                raise
        finally:
            outgoing.put(None)
            with self.changed:
                self._outgoing = self._call = None
                self.is_in = self.is_in and not self._is_left

    def _read_pages(self) -> None:
        while True:
            with self.changed:
                if self.log.is_caught_up or self.log.is_full or self.error is not None:
                    return
                request = GetMessagesRequest(after=self.log.position.seq, most=PAGE)
            answer = self.messages(request)
            with self.changed:
                self.log.on_page(answer, PAGE)
                self.changed.notify_all()
            self._on_change()

    def _hello(self) -> JoinRequest.Hello:
        with self.changed:
            since = self.log.since
            epoch = self.log.position.epoch if since is not None else ""
        return JoinRequest.Hello(room=self._place.key, since=since, epoch=epoch, guest=self._guest)

    def _leave(self) -> None:
        self._is_left = True
        if self._call is not None:
            self._call.cancel()

    def _take(self, response: JoinResponse) -> None:
        kind = response.WhichOneof("what") or ""
        with self.changed:
            take = _TAKERS.get(kind)
            if take is not None:
                take(self, response)
            self.refresh()
            self.changed.notify_all()

    def _on_events(self, given: JoinResponse.Events) -> None:
        self.log.on_events(given.events, given.epoch)
        for event in given.events:
            if event.HasField("playback"):
                self.playback = event.playback

    def _on_presence(self, given: JoinResponse.Presence) -> None:
        self.presence = presence_from(given)

    def _on_you(self, given: JoinResponse.You) -> None:
        self.me = self_from(given)

    def _on_gone(self, given: JoinResponse.Gone) -> None:
        kind = Denied if given.code == _BANNED else NotFound
        raise kind(given.reason or f"the room {self._place.key} cannot be seen any more")

    def _on_welcome(self, given: JoinResponse.Welcome) -> None:
        self.log.on_welcome(given)
        self.me, self.info = self_from(given.you), info_from(given.room)
        self.presence = presence_from(given.presence)
        self.playback = given.room.playback if given.room.HasField("playback") else None
        self.clock.on_welcome(given.server_s, monotonic())
        self.is_in, self._pinged = True, 0
        assert self._outgoing is not None
        self._ping()
        for request in self.requests.all():
            self._outgoing.put(request)
        if not self.entered.done():
            self.entered.set_result(None)

    def _on_pong(self, given: JoinResponse.Pong) -> None:
        self.clock.on_pong(self._pinged_at, given.server_s, monotonic())
        if self._pinged < PINGS:
            self._ping()

    def _ping(self) -> None:
        self._pinged += 1
        if self._outgoing is not None:
            self._pinged_at = monotonic()
            self._outgoing.put(JoinRequest(ping=JoinRequest.Ping(id=str(self._pinged))))


_TAKERS: dict[str, Callable[[RoomConnection, JoinResponse], None]] = {
    "welcome": lambda room, response: room._on_welcome(response.welcome),
    "events": lambda room, response: room._on_events(response.events),
    "presence": lambda room, response: room._on_presence(response.presence),
    "you": lambda room, response: room._on_you(response.you),
    "done": lambda room, response: room.requests.on_response(response),
    "error": lambda room, response: room.requests.on_response(response),
    "pong": lambda room, response: room._on_pong(response.pong),
    "behind": lambda room, _response: room._leave(),
    "gone": lambda room, response: room._on_gone(response.gone),
}
