"""One connection of somebody in a room: what it is sent, and what it does. The one protocol of WebSocket and gRPC. Event loop.

The hub makes a member when the client has said hello; its first message is `welcome`, and after it every event, once and in order. A client that does not
keep up is sent `behind`, and nothing more until it asks for `more`. What a client orders is done in its order, one after the other; signs of life are
answered at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from framecast.errors import FramecastError, Invalid, NotFound, WouldBlock, error_to_json
from framecast.model.room import Author, Event, Standing, Visitor
from framecast.servers.rooms.feed import NEWEST, PAGE, Fields, RoomFeed
from framecast.servers.rooms.orders import AT_ONCE, ORDERS
from framecast.servers.rooms.outlet import BANNED, NOT_VISIBLE, Outlet
from framecast.servers.rooms.patience import Patience

if TYPE_CHECKING:
    from framecast.servers.rooms.entrance import Entry
    from framecast.servers.rooms.hub import RoomHub

MOST_WAITING = 32  # orders of one client
MOST_MISSED = 2000  # events; beyond that a client begins with the newest
_LONGEST_REF = 64

log = logging.getLogger("framecast.rooms")


class Member:
    """Somebody in the room of `feed`. With `reads_only` its credential does not let it write; without `is_shown` it stands in no list."""

    def __init__(
        self,
        hub: RoomHub,
        feed: RoomFeed,
        visitor: Visitor,
        outlet: Outlet,
        standing: Standing,
        *,
        reads_only: bool,
        is_shown: bool,
    ) -> None:
        self.hub = hub
        self.feed = feed
        self.visitor = visitor
        self.outlet = outlet
        self.standing = standing
        self.reads_only = reads_only
        self.is_shown = is_shown
        self.had = -1
        self.patience = Patience()
        self.read_to = 0  # what it has read, until that is stored
        self.is_here = False
        self._you: Fields = {}  # as the client has it
        self._waiting: deque[Mapping[str, Any]] = deque()
        self._task: asyncio.Task[None] | None = None

    # --- from the server's side

    async def on_message(self, fields: Mapping[str, Any]) -> None:
        """Do what a client orders, and answer it. It never raises for what a client sends."""
        ref = fields.get("ref")
        try:
            done = await self._obey(fields)
        except FramecastError as error:
            self.tell({"type": "error", **_ref(ref), **error_to_json(error)})
        except Exception:  # the edge of what a stranger has sent
            log.exception("an order in the room %s failed", self.feed.key)
            self.tell(
                {"type": "error", **_ref(ref), "error": "FramecastError", "message": "the server failed"}
            )
        else:
            if done is not None and ref is not None:
                self.tell({"type": "done", **_ref(ref), **done})

    def hear(self, fields: Mapping[str, Any]) -> None:
        """Do what a client orders after what it has ordered before; for a connection that does not wait."""
        if fields.get("type") in AT_ONCE and isinstance(fields.get("type"), str):
            self._obey_at_once(fields)
        elif len(self._waiting) >= MOST_WAITING:
            error = WouldBlock(f"{MOST_WAITING} orders of this client wait already: wait for their answers")
            self.tell({"type": "error", **_ref(fields.get("ref")), **error_to_json(error)})
        else:
            self._waiting.append(fields)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._work(), name=f"member of {self.feed.key}")

    def leave(self) -> None:
        """The connection has ended. Idempotent."""
        self.had = -1
        self._waiting.clear()
        if self.is_here:
            self.is_here = False
            self.hub.on_left(self)

    def judge(self, visitor: Visitor | None) -> None:
        """Go on as somebody with other rights; None: the room cannot be seen any more, and the connection ends."""
        if visitor is None:
            self.go("this room cannot be seen any more", NOT_VISIBLE)
        else:
            self.visitor = visitor
            self.feed.crowd.change(self.author)
            self.hub.judges.ask(self.feed)

    # --- from the room's side

    def begin(self, events: list[Fields], entry: Entry, *, is_gap: bool) -> None:
        """Send the welcome; what comes after `feed.sent` is sent by the feed."""
        feed = self.feed
        self.had, self._you = feed.sent, self.you()
        welcome = {
            "type": "welcome",
            "room": feed.view(self.hub.views, may_moderate=self.may_moderate),
            "you": self._you,
            "epoch": feed.tail.epoch,
            "last": feed.sent,
            "is_gap": is_gap,
            "events": events,
            "mine": {str(seq): list(emoji) for seq, emoji in entry.mine.items()},
            "ignored": list(entry.ignored),
            "limits": self.hub.views.limits,
            "presence": feed.crowd.to_json(),
            "server_s": self.hub.server_s(),
        }
        self.tell(welcome)
        if self.may_moderate:
            self.tell_waiting(*entry.waiting)

    def fall_behind(self) -> None:
        """An event was not taken: send none until the client asks."""
        self.had = -1
        self.tell({"type": "behind"})

    def on_reset(self) -> None:
        """The numbers of the room begin again."""
        self.had = -1
        self.hub.on_reset(self)

    def stand(self, standing: Standing) -> None:
        """Note a standing that may be new; a ban ends the connection."""
        if standing.is_banned:
            self.go(standing.reason or "you are banned from this room", BANNED)
            return
        if not self.hub.views.may_enter(self.feed.room, standing):
            self.judge(None)
            return
        if standing != self.standing:
            self.standing = standing
            self.feed.crowd.change(self.author)
        you = self.you()
        if you != self._you:
            self._you = you
            self.tell({"type": "you", **you})

    def go(self, reason: str, code: int) -> None:
        """Say why, and end the connection."""
        self.tell({"type": "gone", "reason": reason, "code": code})
        self.had = -1
        self.outlet.close(code, reason)
        self.leave()

    def tell(self, fields: Mapping[str, Any]) -> None:
        """Send something to this client alone."""
        self.outlet.send(self.outlet.encoding.encode(fields))

    def tell_waiting(self, held: int, reports: int) -> None:
        """Tell a moderator what waits for the moderators."""
        self.tell({"type": "moderation", "held": held, "reports": reports})

    # --- what it is

    @property
    def author(self) -> Author:
        """The member as others see it."""
        return Author(self.visitor.id, self.visitor.name, self.standing.role)

    @property
    def may_moderate(self) -> bool:
        """True for a moderator and an owner."""
        return self.standing.role.may_moderate and not self.reads_only

    @property
    def may_write(self) -> bool:
        """True if it may say something now."""
        views, room = self.hub.views, self.feed.room
        return not self.reads_only and views.may_write(room, self.standing, self.hub.server_s())

    @property
    def may_play(self) -> bool:
        """True if it has the remote."""
        views, room = self.hub.views, self.feed.room
        now, author = self.hub.server_s(), self.visitor.id
        return not self.reads_only and views.may_play(room, self.standing, now, author)

    def you(self) -> Fields:
        """Return what the client hears of itself."""
        return {
            **self.author.to_json(),
            "may_write": self.may_write,
            "muted_until": self.standing.muted_until,
            "may_moderate": self.may_moderate,
            "may_play": self.may_play,
            "reason": self.standing.reason,
        }

    # --- what it missed

    async def more(self, since: int) -> None:
        """Send what came after a number, a page of it; with the last page the client is up to date."""
        events, is_gap = await self.missed(since, PAGE)
        if not self.is_here:
            return
        last: int = events[-1]["seq"] if events else self.feed.sent
        is_last = last >= self.feed.sent
        self.had = last if is_last else -1
        self.tell(
            {
                "type": "events",
                "epoch": self.feed.tail.epoch,
                "events": events,
                "is_gap": is_gap,
                "is_more": not is_last,
            }
        )

    async def missed(self, since: int, most: int) -> tuple[list[Fields], bool]:
        """Return the events after a number, at most `most`, and False; or the newest and True, if that is too long ago."""
        feed = self.feed
        if 0 <= feed.sent - since <= MOST_MISSED:
            kept = feed.tail.between(since, min(feed.sent, since + most))
            if kept is not None:
                return kept, False
            epoch, until = feed.tail.epoch, feed.sent
            nothing: list[Event] = []
            found = await self.hub.desk.look(lambda rooms: rooms.events(feed.key, since, most), nothing)
            is_whole = bool(found) and found[0].seq == since + 1 and epoch == feed.tail.epoch
            if is_whole:
                return self._with_rest([one.to_json() for one in found if one.seq <= until], most), False
        return feed.tail.newest(NEWEST, feed.sent), True

    def _with_rest(self, events: list[Fields], most: int) -> list[Fields]:
        """Add what was sent while these were read."""
        last: int = events[-1]["seq"]
        rest = self.feed.tail.between(last, self.feed.sent) if len(events) < most else None
        return events + (rest or [])

    # --- private

    async def _work(self) -> None:
        while self._waiting:
            await self.on_message(self._waiting.popleft())

    async def _obey(self, fields: Mapping[str, Any]) -> Fields | None:
        kind = fields.get("type")
        if isinstance(kind, str) and kind in AT_ONCE:
            return AT_ONCE[kind](self, fields)
        order = ORDERS.get(kind) if isinstance(kind, str) else None
        if order is None:
            raise Invalid(
                f"the 'type' of a message must be one of {', '.join((*ORDERS, *AT_ONCE))}, got {kind!r:.40}"
            )
        if not self.is_here:
            raise NotFound("this client has left the room")
        return await order(self, fields)

    def _obey_at_once(self, fields: Mapping[str, Any]) -> None:
        try:
            AT_ONCE[str(fields["type"])](self, fields)
        except FramecastError as error:
            self.tell({"type": "error", **_ref(fields.get("ref")), **error_to_json(error)})


def _ref(ref: object) -> Fields:
    return (
        {"ref": ref[:_LONGEST_REF]} if isinstance(ref, str) else {"ref": ref} if isinstance(ref, int) else {}
    )
