"""All rooms that somebody of this process is in: entering and leaving, changes, and the look once a second. Event loop.

A hub follows the topic `rooms` from its first member on. Notices are hints: once a second it reads in one go how far all its rooms are, who is in
them at other processes, and writes who is in them here. While nobody is in a room it does nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from framecast.control.aio import AsyncNodeClient, keep_following
from framecast.control.metrics import Sample
from framecast.control.topics import Notice
from framecast.errors import Denied, FramecastError, NotFound
from framecast.model.room import RoomKey, RoomKind, Visitor, parse_key
from framecast.model.room_settings import RoomSettings
from framecast.servers.access.policy import Statuses
from framecast.servers.access.principal import Principal
from framecast.servers.catalogue import Catalogue
from framecast.servers.rooms.admission import Admission, Guest, unknown_room
from framecast.servers.rooms.announcing import TOPIC, Announcer
from framecast.servers.rooms.desk import RoomDesk
from framecast.servers.rooms.entrance import Entrance, standing_before
from framecast.servers.rooms.feed import FeedFigures, Fields, RoomFeed, event_in
from framecast.servers.rooms.hello import Hello, parse_hello
from framecast.servers.rooms.judges import Judges
from framecast.servers.rooms.member import MOST_MISSED, Member
from framecast.servers.rooms.outlet import NOT_VISIBLE, Outlet
from framecast.servers.rooms.rounds import Rounds
from framecast.servers.rooms.turnstile import Turnstile
from framecast.servers.rooms.views import RoomViews
from framecast.servers.settings import RoomsSettings

if TYPE_CHECKING:
    from framecast.rooms import Rooms

T = TypeVar("T")

# The rooms remove what is too old this often.
UPKEEP_S = 3600.0
FIRST_UPKEEP_S = 60.0  # after the start, when nobody waits for it

log = logging.getLogger("framecast.rooms")


class RoomHub:
    """The rooms of one server process; `path` is the node's socket."""

    def __init__(
        self,
        settings: RoomsSettings,
        node: AsyncNodeClient,
        path: Path,
        statuses: Statuses,
        catalogue: Catalogue | None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`statuses` are the newest of each stream; without `catalogue` there are no videos."""
        self.settings = settings
        self.desk = RoomDesk(settings)
        self.admission = Admission(node, statuses, catalogue, self.desk)
        self.judges = Judges(self.desk)
        self.views = RoomViews(settings)
        self.feeds: dict[RoomKey, RoomFeed] = {}
        self.figures = FeedFigures()
        self.stored = 0
        self._now = now
        self._path = path
        self._announcer = Announcer(node)
        self.turnstile = Turnstile(self.figures)
        self._entrance = Entrance(self.desk, lambda: self.turnstile.waiting > 0)
        self._rounds = Rounds(self)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._by_notice: dict[str, RoomKey] = {}

    @property
    def count(self) -> int:
        """How many members there are."""
        return sum(len(feed.members) for feed in self.feeds.values())

    # --- for routes and calls

    async def call(self, work: Callable[[Rooms], T], *, makes: bool = False) -> T:
        """Return what `work` returns; it gets the rooms on another thread, and changes nothing that others see. Raises as `RoomDesk.call`."""
        return await self.desk.call(work, makes=makes)

    async def change(self, key: RoomKey | str, work: Callable[[Rooms], T], *, makes: bool = True) -> T:
        """Return what `work` returns, as `call`; it changes a room, whose members hear of it at once."""
        result = await self.desk.call(work, makes=makes, writes=True)
        self.stored += 1
        self.note(parse_key(key), result)
        return result

    def note(self, key: RoomKey, result: object = None) -> None:
        """Note that a room was changed by this process; `result` may be the event, or what became of a message."""
        feed, event = self.feeds.get(key), event_in(result)
        if feed is not None:
            if event is not None:
                feed.take(event)
            else:
                feed.hint()
        self._announcer.announce(notice_key(key))

    async def settings_of(self, key: RoomKey) -> RoomSettings:
        """Return the settings of a room: its own, or those with which it would begin."""
        feed = self.feeds.get(key)
        room = feed.room if feed is not None else await self.desk.look(lambda rooms: rooms.find(key), None)
        return self.views.settings(room)

    def default_settings(self) -> RoomSettings:
        """Return the settings of a room that says nothing itself."""
        return self.views.default_settings()

    async def join(
        self,
        key: RoomKey | str,
        visitor: Visitor,
        outlet: Outlet,
        hello: Mapping[str, Any],
        *,
        reads_only: bool = False,
        is_shown: bool = True,
    ) -> Member:
        """Let somebody in that has said hello; the first message of the outlet is its welcome. Without `is_shown` it stands in no list.

        Raises:
            Invalid: the hello is not one. Denied: the visitor is banned. NotFound: the room is not open to guests.
            FramecastError: the database cannot be read.
        """
        wanted = parse_hello(hello)
        feed = self._enter(parse_key(key))
        feed.coming += 1
        try:
            await feed.ready()
            start = standing_before(visitor)
            member = Member(self, feed, visitor, outlet, start, reads_only=reads_only, is_shown=is_shown)
            await self._begin(member, wanted)
            return member
        finally:
            feed.coming -= 1
            self._end_if_empty(feed)

    # --- for members

    def server_s(self) -> float:
        """Return the time of this server, in UTC seconds by the microsecond."""
        return round(self._now(), 6)

    def on_left(self, member: Member) -> None:
        """A member has gone."""
        feed = member.feed
        del feed.members[member]
        if member.is_shown:
            feed.crowd.leave(member.visitor.id)
        feed.change_presence()
        self._end_if_empty(feed)

    def on_sent(self, member: Member) -> None:
        """A member has said something: it does not type any more."""
        if member.is_here:
            member.feed.crowd.end_typing(member.visitor.id)
            member.feed.change_presence()

    def on_read(self, member: Member) -> None:
        """A member has read further."""
        self._rounds.note_read(member)

    def on_state(self, member: Member, *, is_stalled: bool) -> None:
        """The player of a member waits, or does not wait any more."""
        if member.feed.crowd.stall(member.visitor.id, self._now(), is_stalled=is_stalled):
            member.feed.change_presence()
            self._rounds.hint()

    def on_reset(self, member: Member) -> None:
        """A member begins again: the numbers of its room are others now."""
        self._keep(self._welcome_again(member))

    # --- the life of the process

    def judge(self, member: Member, principal: Principal) -> None:
        """Ask again whether a client may stay in its room, and as whom: its rights have changed."""
        self._keep(self._admit_again(member, principal))

    async def upkeep(self) -> None:
        """Remove what is too old, for ever; the server runs it."""
        await asyncio.sleep(FIRST_UPKEEP_S)
        while True:
            try:
                if await self.desk.look(lambda rooms: rooms.prune(), 0, writes=True):
                    self._look_at_all()
                    self._announcer.announce("")
            except FramecastError as error:
                log.warning("what is too old cannot be removed from the rooms now: %s", error)
            await asyncio.sleep(UPKEEP_S)

    def drain(self) -> None:
        """Let nobody in any more; the connections of the members end by their servers."""
        for feed in self.feeds.values():
            feed.end()

    async def close(self) -> None:
        """Stop, and take the people of this process out of their rooms."""
        self.drain()
        self.turnstile.close()
        self._entrance.close()
        self._announcer.close()
        self.judges.close()
        await self._rounds.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.desk.end()

    def samples(self, server: str) -> Iterator[Sample]:
        """Yield what this hub counts, as figures of `server` for /metrics."""
        yield Sample("framecast_rooms_open", (server,), len(self.feeds))
        yield Sample("framecast_rooms_members", (server,), self.count)
        yield Sample("framecast_rooms_changes", (server,), self.stored)
        yield Sample("framecast_rooms_events", (server,), self.figures.events)
        yield Sample("framecast_rooms_sent", (server,), self.figures.sent)
        yield Sample("framecast_rooms_behind", (server,), self.figures.behind)

    # --- private

    def _enter(self, key: RoomKey) -> RoomFeed:
        feed = self.feeds.get(key)
        if feed is None:
            feed = self.feeds[key] = RoomFeed(key, self.desk, self.figures, self.judges.ask)
            self._by_notice[notice_key(key)] = key
            self._start()
        return feed

    def _end_if_empty(self, feed: RoomFeed) -> None:
        if not feed.members and not feed.coming and self.feeds.get(feed.key) is feed:
            feed.end()
            del self.feeds[feed.key]
            self._by_notice.pop(notice_key(feed.key), None)

    async def _begin(self, member: Member, wanted: Hello) -> None:
        feed, visitor = member.feed, member.visitor
        events, is_gap = await self._events_for(member, wanted)
        epoch, sent = feed.tail.epoch, feed.sent
        seqs = [one["message"]["seq"] for one in events if one.get("message") and one["message"]["reactions"]]
        entry = await self._entrance.ask(feed.key, visitor, seqs)
        member.standing = entry.standing
        self._check(feed, member)
        if visitor.account is None:
            member.visitor = wanted.named(visitor, feed.crowd)
        # From here to the end nothing waits: what comes now is sent by the feed.
        last: int = events[-1]["seq"] if events else sent
        since = feed.tail.between(last, feed.sent) if epoch in ("", feed.tail.epoch) else None
        if since is None:  # meanwhile more came than is kept, or the numbers of the room began again
            events, is_gap = feed.tail.newest(wanted.newest, feed.sent), wanted.since is not None
        else:
            events = events + since
        member.is_here = True
        feed.members[member] = None
        if member.is_shown:
            feed.crowd.enter(member.author)
        member.begin(events, entry, is_gap=is_gap)
        feed.change_presence()

    async def _events_for(self, member: Member, wanted: Hello) -> tuple[list[Fields], bool]:
        """Return the events with which a client begins, and whether it has missed some for good."""
        feed = member.feed
        if wanted.since is None:
            return feed.tail.newest(wanted.newest, feed.sent), False
        await feed.reach(wanted.since)
        # Before the first event a room has no epoch.
        if wanted.epoch == feed.tail.epoch or (wanted.epoch == "" and wanted.since == 0):
            return await member.missed(wanted.since, MOST_MISSED)
        return feed.tail.newest(wanted.newest, feed.sent), True

    def _check(self, feed: RoomFeed, member: Member) -> None:
        """Check that somebody may enter: it is not banned, and guests may."""
        standing = member.standing
        if standing.is_banned:
            raise Denied(standing.reason or "you are banned from this room", reason="banned")
        if not self.views.may_enter(feed.room, standing):
            raise unknown_room(feed.key)

    async def _welcome_again(self, member: Member) -> None:
        feed = member.feed
        if feed.room is None and feed.key.kind is RoomKind.PRIVATE:
            member.go("this room was removed", NOT_VISIBLE)
            return
        entry = await self._entrance.ask(feed.key, member.visitor, ())
        if member.is_here:
            member.standing = entry.standing
            member.begin(feed.tail.newest(100, feed.sent), entry, is_gap=True)

    async def _admit_again(self, member: Member, principal: Principal) -> None:
        was = member.visitor
        guest = Guest(was.guest or "", was.name)
        try:
            now = await self.admission.visitor_of(principal, member.feed.key, guest, was.address)
        except (NotFound, Denied):
            member.judge(None)
        except FramecastError as error:
            log.warning("whether somebody may stay in %s cannot be checked now: %s", member.feed.key, error)
        else:
            member.judge(now if now.id == was.id else None)

    def _start(self) -> None:
        """Follow and look from now on. Idempotent."""
        if not self._tasks:
            self._keep(keep_following(self._path, (TOPIC,), self.on_notice))
        self._rounds.start()

    def on_notice(self, notice: Notice) -> None:
        """Look at what has changed at another process."""
        if notice.missed or not notice.key:
            self._look_at_all()
            return
        key = self._by_notice.get(notice.key)
        if key is not None and not self._announcer.is_own(notice.key):
            self.feeds[key].hint()

    def _look_at_all(self) -> None:
        for feed in self.feeds.values():
            feed.hint()

    def _keep(self, work: Any) -> None:  # noqa: ANN401  a coroutine of any result
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)


def notice_key(key: RoomKey) -> str:
    """Return the key of notices about a room. A name of a stream may be too long for one."""
    return hashlib.sha256(str(key).encode()).hexdigest()[:32]
