"""What waits for the moderators of a room: held messages and reports, in one queue that all of them see. What one decides is decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Denied, NotFound
from framecast.model.room import Author, Event, RoomRole, Visitor
from framecast.model.room_moderation import HeldMessage, MessageReport, Queue
from framecast.model.text import check_text
from framecast.rooms.drafts import Draft
from framecast.rooms.judgement import Judgement
from framecast.rooms.messages import Messages
from framecast.rooms.moderation import Moderation
from framecast.rooms.part import insert_of
from framecast.rooms.rows import find_message, spans_of
from framecast.store.room_schema import room_holds, room_reports

LONGEST_REPORT = 500
MOST_REPORTS, MOST_REPORTS_OF_ONE = 1000, 50  # of a room, and of a message
MOST_SHOWN = 100


class Queues(Moderation, Judgement, Messages):
    """The queue."""

    def report(self, key: object, who: Visitor, seq: int, text: str = "") -> None:
        """Report a message to the moderators. Another report of the same person replaces the first one.

        Raises:
            NotFound: there is no such room or message, or it was deleted. Denied: `who` is banned, or wrote it. Invalid: the text is too long.
            WouldBlock: `who` reports too much. Conflict: so much is reported that no more is needed.
        """
        why = check_text("the report", " ".join(text.split()), LONGEST_REPORT)
        with self._store.write() as connection:
            row = self._lock(connection, key, who)
            standing = self._standing(connection, row, who)
            if standing.is_banned:
                raise Denied("you are banned from this room", reason="banned")
            message = find_message(connection, row.id, seq)
            if message is None or message.is_deleted:
                raise NotFound("there is no such message in this room, or it was deleted", reason="message")
            if message.author.id == who.id:
                raise Denied("you cannot report a message of your own: delete it", reason="author")
            self._count_act(connection, who, standing, "reports")
            mine = (room_reports.c.room_id == row.id) & (room_reports.c.seq == seq)
            same = mine & (room_reports.c.author_id == who.id)
            changed = update(room_reports).where(same).values(text=why, at=self._now())
            if not connection.execute(changed).rowcount:
                self._add_report(connection, row, who, seq, why)
                self._raise_side(connection, row.id)
            self._note_act(connection, row, who, "report", message.author.name, why or "done")

    def queue(self, key: object, by: Visitor) -> Queue:
        """Return what waits for the moderators of a room.

        Raises:
            NotFound: there is no such room. Denied: `by` is no moderator.
        """
        with self._store.read() as connection:
            row = self._find(connection, key, by)
            self._check_moderator(connection, row, by)
            held = select(room_holds).where(room_holds.c.room_id == row.id)
            reported = select(room_reports).where(room_reports.c.room_id == row.id)
            return Queue(
                tuple(
                    _held_of(one)
                    for one in connection.execute(
                        held.order_by(room_holds.c.at, room_holds.c.id).limit(MOST_SHOWN)
                    )
                ),
                tuple(
                    _report_of(connection, one)
                    for one in connection.execute(
                        reported.order_by(room_reports.c.at, room_reports.c.id).limit(MOST_SHOWN)
                    )
                ),
                *_counts(connection, row.id),
            )

    def queue_counts(self, key: object) -> tuple[int, int]:
        """Return how many messages are held in a room, and how many reports wait: for a process that knows who moderates.

        Raises:
            NotFound: there is no such room.
        """
        with self._store.read() as connection:
            return _counts(connection, self._find(connection, key).id)

    def release(self, key: object, by: Visitor, held: str) -> Event:
        """Let a held message be seen by all, as what is said now; return the event.

        Raises:
            NotFound: there is no such room, or another moderator has decided. Denied: `by` is no moderator.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            self._check_moderator(connection, row, by)
            found = self._take(connection, row, held)
            author = Author(found.author_id, found.author_name, RoomRole(found.author_role))
            replied = find_message(connection, row.id, found.reply_to)
            draft = Draft(
                found.text,
                spans_of(found.spans),
                found.client_id,
                None if replied is None else found.reply_to,
                found.media_time_s,
            )
            seq = self._put_message(connection, row, author, draft)
            self._note_act(connection, row, by, "release", author.name)
            return self._event(connection, row.id, seq)

    def refuse(self, key: object, by: Visitor, held: str) -> None:
        """Remove a held message: nobody has seen it, and nobody will. Raises as `release`."""
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            self._check_moderator(connection, row, by)
            found = self._take(connection, row, held)
            self._note_act(connection, row, by, "refuse", found.author_name)

    def resolve(self, key: object, by: Visitor, report: str) -> None:
        """Be done with a report, and with all others of the same message.

        Raises:
            NotFound: there is no such room, or another moderator is done with it. Denied: `by` is no moderator.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            self._check_moderator(connection, row, by)
            here = room_reports.c.room_id == row.id
            seq = connection.execute(
                select(room_reports.c.seq).where(here, room_reports.c.id == report)
            ).scalar()
            if seq is None:
                raise NotFound("this report waits no longer: a moderator is done with it", reason="decided")
            connection.execute(delete(room_reports).where(here, room_reports.c.seq == seq))
            self._raise_side(connection, row.id)
            message = find_message(connection, row.id, seq)
            self._note_act(connection, row, by, "resolve", "" if message is None else message.author.name)

    def _take(self, connection: Connection, row: Row[Any], held: str) -> Row[Any]:
        """Take a held message out of the queue. The room is locked, so one moderator gets it."""
        mine = (room_holds.c.room_id == row.id) & (room_holds.c.id == held)
        found = connection.execute(select(room_holds).where(mine)).first()
        if found is None:
            raise NotFound("this message waits no longer: a moderator has decided", reason="decided")
        connection.execute(delete(room_holds).where(mine))
        self._raise_side(connection, row.id)
        return found

    def _add_report(self, connection: Connection, row: Row[Any], who: Visitor, seq: int, text: str) -> None:
        of_room = room_reports.c.room_id == row.id
        all_of_them = connection.execute(select(func.count()).where(of_room)).scalar_one()
        of_message = select(func.count()).where(of_room, room_reports.c.seq == seq)
        if all_of_them >= MOST_REPORTS or connection.execute(of_message).scalar_one() >= MOST_REPORTS_OF_ONE:
            raise Conflict("this was reported often enough: a moderator will look at it", reason="enough")
        values = {"id": new_id(), "room_id": row.id, "seq": seq, "text": text, "at": self._now()}
        connection.execute(
            insert_of(connection)(room_reports).values(author_id=who.id, author_name=who.name, **values)
        )


def _counts(connection: Connection, room: int) -> tuple[int, int]:
    held = connection.execute(select(func.count()).where(room_holds.c.room_id == room)).scalar_one()
    reports = connection.execute(select(func.count()).where(room_reports.c.room_id == room)).scalar_one()
    return int(held), int(reports)


def _held_of(row: Row[Any]) -> HeldMessage:
    author = Author(row.author_id, row.author_name, RoomRole(row.author_role))
    return HeldMessage(row.id, row.at, author, row.text, row.reason, row.media_time_s)


def _report_of(connection: Connection, row: Row[Any]) -> MessageReport:
    message = find_message(connection, row.room_id, row.seq)
    assert message is not None  # a report goes with its message
    return MessageReport(row.id, row.at, row.author_name, row.text, message)
