"""What becomes of a message before it is stored: limits, slow mode, the word list, the rule for links, new authors.

Moderators, owners and programs of this machine are exempt. What is refused counts against nothing, because its transaction is taken back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from framecast.errors import Denied
from framecast.model.host import bucket_of
from framecast.model.room import Author, RoomRole, Standing, Visitor
from framecast.model.room_limits import Limit, RoomLimits
from framecast.model.room_settings import RoomSettings
from framecast.rooms.drafts import Draft
from framecast.rooms.limits import count_against, refuse_early, wait_after
from framecast.rooms.part import RoomPart, insert_of
from framecast.rooms.words import leads_elsewhere, word_list
from framecast.store.room_schema import room_holds, room_messages, room_seen
from framecast.store.schema import accounts

MOST_HELD, MOST_HELD_OF_ONE = 1000, 20  # of a room, at once


class Judgement(RoomPart):
    """The rules of a room for what is said in it."""

    limits = RoomLimits()

    def _judge(
        self, connection: Connection, row: Row[Any], who: Visitor, standing: Standing, draft: Draft
    ) -> str:
        if _is_exempt(who, standing):
            return ""
        settings = self._settings(row)
        why = _by_rules(settings, standing.role, draft)
        if not why and settings.hold_new_s and self._is_new(connection, who, settings.hold_new_s):
            why = "new"
        if draft.is_edit:
            self._count_act(connection, who, standing)
            return why
        self._check_slow(connection, row, who, settings.slow_s)
        count_against(connection, self._now(), self._limits_of_message(row, who))
        self._note_seen(connection, row, who)
        return why

    def _hold(self, connection: Connection, row: Row[Any], author: Author, draft: Draft, why: str) -> None:
        here = room_holds.c.room_id == row.id
        of_all = connection.execute(select(func.count()).where(here)).scalar_one()
        query = select(func.count()).where(here, room_holds.c.author_id == author.id)
        if of_all >= MOST_HELD or connection.execute(query).scalar_one() >= MOST_HELD_OF_ONE:
            raise Denied(
                "a moderator has to see this message first, and too many wait already", reason="queue"
            )
        super()._hold(connection, row, author, draft, why)

    def _count_act(
        self, connection: Connection, who: Visitor, standing: Standing, what: str = "acts"
    ) -> None:
        """Count something that is no message: `acts`, `plays` or `reports`.

        Raises:
            WouldBlock: it comes too soon.
        """
        if not _is_exempt(who, standing):
            counted = {(what, who.id): getattr(self.limits, what)}
            if who.address:
                counted["address_acts", bucket_of(who.address)] = self.limits.address_acts
            count_against(connection, self._now(), counted)

    def _limits_of_message(self, row: Row[Any], who: Visitor) -> dict[tuple[str, str], Limit]:
        counted = {("person", who.id): self.limits.person, ("room", str(row.id)): self.limits.room}
        if who.address:
            counted["address", bucket_of(who.address)] = self.limits.address
        return counted

    def _check_slow(self, connection: Connection, row: Row[Any], who: Visitor, slow_s: float) -> None:
        """Check that somebody has waited since its last message, which may be held."""
        if not slow_s:
            return
        last = max(
            connection.execute(
                select(table.c.at)
                .where(table.c.room_id == row.id, table.c.author_id == who.id)
                .order_by(table.c.at.desc() if table is room_holds else table.c.seq.desc())
                .limit(1)
            ).scalar()
            or 0.0
            for table in (room_messages, room_holds)
        )
        refuse_early("slow", wait_after(last, slow_s, self._now()))

    def _is_new(self, connection: Connection, who: Visitor, for_s: float) -> bool:
        """Return whether an account is younger than that; a guest always is."""
        if who.account is None:
            return True
        made = select(accounts.c.created_at).where(accounts.c.id == who.account)
        created_at = connection.execute(made).scalar()
        return created_at is None or created_at > self._now() - for_s

    def _note_seen(self, connection: Connection, row: Row[Any], who: Visitor) -> None:
        """Keep from where somebody wrote last: a moderator may ban that."""
        values = {"session": who.session[:64], "address": who.address[:64], "at": self._now()}
        mine = (room_seen.c.room_id == row.id) & (room_seen.c.author_id == who.id)
        if not connection.execute(update(room_seen).where(mine).values(**values)).rowcount:
            new = insert_of(connection)(room_seen).values(room_id=row.id, author_id=who.id, **values)
            connection.execute(new.on_conflict_do_nothing())


def _is_exempt(who: Visitor, standing: Standing) -> bool:
    return who.is_local or standing.role.may_moderate


def _by_rules(settings: RoomSettings, role: RoomRole, draft: Draft) -> str:
    """Return why the word list or the rule for links holds a text; "" if it does not.

    Raises:
        Denied: it is refused; the field `reason` is `word` or `link`.
    """
    if settings.words and word_list(settings.words).has(draft.text):
        if settings.words_action == "refused":
            raise Denied("this room does not take a word of this message", reason="word")
        return "word"
    if settings.links == "allowed" or not (
        any(one.kind == "link" for one in draft.spans) or leads_elsewhere(draft.text)
    ):
        return ""
    if settings.links == "held":
        return "link"
    if settings.links == "refused":
        raise Denied("this room takes no links", reason="link")
    if role is RoomRole.GUEST:
        raise Denied("this room takes links from members only: sign in", reason="link")
    return ""
