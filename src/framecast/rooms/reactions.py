"""Reactions: an emoji of somebody's to a message, once each. A message carries the sums."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from framecast.errors import Conflict, Invalid, NotFound
from framecast.model.room import Author, Event, EventKind, Visitor, parse_key
from framecast.model.text import described
from framecast.rooms.part import RoomPart, within
from framecast.rooms.writing import check_may_write
from framecast.store.room_schema import room_messages, room_reactions

MOST_EMOJI = 20  # on one message
_LONGEST = 16  # code points of the longest emoji, with room to spare
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_TAGS = "(?:[\U000e0020-\U000e007e]+\U000e007f)?"
_PICTURE = (
    "(?:[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?"
    + _TAGS
    + ")"
)
_PICTURES = re.compile(f"{_PICTURE}(?:\u200d{_PICTURE})*")


class Reactions(RoomPart):
    """The reactions."""

    def react(self, key: object, who: Visitor, seq: int, emoji: str, on: bool = True) -> Event | None:
        """React to a message, or take a reaction back. None: it is so already.

        Raises:
            NotFound: there is no such room or message, or it was deleted. Invalid: it is no emoji.
            Denied: `who` may not write. Conflict: the message has 20 other emoji.
        """
        sign = check_emoji(emoji)
        with self._store.write() as connection:
            row = self._lock(connection, key, who)
            standing = self._standing(connection, row, who)
            check_may_write(self._settings(row), standing, self._now())
            self._count_act(connection, who, standing)
            sums = _sums(connection, row, seq)
            mine = (
                (room_reactions.c.room_id == row.id)
                & (room_reactions.c.seq == seq)
                & (room_reactions.c.author_id == who.id)
                & (room_reactions.c.emoji == sign)
            )
            is_on = connection.execute(select(func.count()).where(mine)).scalar_one() > 0
            if is_on == on:
                return None
            if on:
                if sign not in sums and len(sums) >= MOST_EMOJI:
                    raise Conflict(f"a message has at most {MOST_EMOJI} different emoji: use one of them")
                values = {"room_id": row.id, "seq": seq, "author_id": who.id, "emoji": sign}
                connection.execute(insert(room_reactions).values(**values))
            else:
                connection.execute(delete(room_reactions).where(mine))
            sums[sign] = sums.get(sign, 0) + (1 if on else -1)
            kept = json.dumps([[one, count] for one, count in sums.items() if count > 0])
            here = (room_messages.c.room_id == row.id) & (room_messages.c.seq == seq)
            connection.execute(update(room_messages).where(here).values(reactions=kept))
            data = {"emoji": sign, "on": on, "count": sums[sign]}
            by = Author(who.id, who.name, standing.role)
            number = self._append(connection, row, EventKind.REACT, by, target=seq, data=data)
            return self._event(connection, row.id, number)

    def my_reactions(self, key: object, who: Visitor, seqs: Sequence[int]) -> dict[int, list[str]]:
        """Return the emoji that somebody has put on messages, by their numbers; messages without any are left out."""
        found: dict[int, list[str]] = {}
        with self._store.read() as connection:
            try:
                room = self._find(connection, key, who)
            except NotFound:
                return found
            table = room_reactions
            here = (table.c.room_id == room.id) & (table.c.author_id == who.id)
            asked = {within(seq, room.last) for seq in list(seqs)[:2000]}
            query = select(table.c.seq, table.c.emoji).where(here, table.c.seq.in_(asked))
            for seq, emoji in connection.execute(query.order_by(table.c.seq, table.c.emoji)):
                found.setdefault(seq, []).append(emoji)
        return found

    def reactions_by(
        self, key: object, asked: Mapping[str, Collection[int]]
    ) -> dict[str, dict[int, list[str]]]:
        """Return the emoji that each of some authors has put on messages of a room, by the numbers that are asked for each of them."""
        seqs = [seq for some in asked.values() for seq in some]
        found: dict[str, dict[int, list[str]]] = {}
        if not seqs:
            return found
        with self._store.read() as connection:
            row = self._row_of(connection, str(parse_key(key)))
            if row is None:
                return found
            table = room_reactions
            here = (table.c.room_id == row.id) & table.c.author_id.in_(sorted(asked))
            among = table.c.seq.between(within(min(seqs), row.last), within(max(seqs), row.last))
            query = select(table.c.author_id, table.c.seq, table.c.emoji).where(here, among)
            for author, seq, emoji in connection.execute(query.order_by(table.c.seq, table.c.emoji)):
                if seq in asked[author]:
                    found.setdefault(author, {}).setdefault(seq, []).append(emoji)
        return found


def check_emoji(given: object) -> str:
    """Return one emoji, composed.

    Raises:
        Invalid: it is something else.
    """
    if isinstance(given, str) and 0 < len(given) <= _LONGEST:
        sign = unicodedata.normalize("NFC", given)
        if _KEYCAP.fullmatch(sign) or _FLAG.fullmatch(sign) or _PICTURES.fullmatch(sign):
            return sign
    raise Invalid(f"a reaction must be one emoji, got {described(given)}", reason="emoji")


def _sums(connection: Connection, row: Row[Any], seq: object) -> dict[str, int]:
    if isinstance(seq, int) and 0 < seq <= row.last:
        here = (room_messages.c.room_id == row.id) & (room_messages.c.seq == seq)
        query = select(room_messages.c.reactions).where(here, room_messages.c.is_deleted.is_(False))
        found = connection.execute(query).scalar()
        if found is not None:
            return dict(json.loads(found))
    raise NotFound("there is no such message in this room, or it was deleted", reason="message")
