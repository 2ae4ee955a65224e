"""`Rooms`: everything about rooms in one object, and how it is opened."""

from __future__ import annotations

import time
from collections.abc import Callable

from framecast.model.room_limits import RoomLimits
from framecast.model.room_settings import PLAIN, RoomSettings
from framecast.rooms.drafts import LONGEST_TEXT
from framecast.rooms.edits import Edits
from framecast.rooms.export import Export
from framecast.rooms.history import History
from framecast.rooms.invitations import Invitations
from framecast.rooms.log import Log
from framecast.rooms.marks import Marks
from framecast.rooms.messages import Messages
from framecast.rooms.places import Places
from framecast.rooms.playing import Playing
from framecast.rooms.queue import Queues
from framecast.rooms.reactions import Reactions
from framecast.rooms.retention import Retention
from framecast.rooms.search import Search
from framecast.store import Store, open_store

_USUAL = RoomLimits()


class Rooms(
    Queues,
    Playing,
    Edits,
    Messages,
    Reactions,
    History,
    Search,
    Marks,
    Log,
    Places,
    Invitations,
    Retention,
    Export,
):
    """Everything about rooms. The rules stand first: they answer what the others ask before they change something. Each method is one transaction, with its row in the audit log if it moderates; any thread."""

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], float] = time.time,
        defaults: RoomSettings = PLAIN,
        longest_text: int = LONGEST_TEXT,
        keep_s: float | None = None,
        limits: RoomLimits = _USUAL,
    ) -> None:
        super().__init__(store, now)
        self.limits = limits
        self.defaults, self.longest_text, self.keep_s = defaults, longest_text, keep_s

    def close(self) -> None:
        """End the connections to the database. Idempotent."""
        self._store.close()


def open_rooms(
    database: str,
    now: Callable[[], float] = time.time,
    *,
    defaults: RoomSettings = PLAIN,
    longest_text: int = LONGEST_TEXT,
    keep_s: float | None = None,
    limits: RoomLimits = _USUAL,
) -> Rooms:
    """Return the rooms in the database of a URL, which is made or migrated if needed; raises as `open_store`. Open it after forks.

    `defaults` are the settings of rooms that do not say it themselves, `longest_text` is in characters. Without `keep_s` events are kept
    for ever where a room does not say it.
    """
    store = open_store(database)
    return Rooms(store, now=now, defaults=defaults, longest_text=longest_text, keep_s=keep_s, limits=limits)
