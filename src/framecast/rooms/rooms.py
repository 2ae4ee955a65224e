"""`Rooms`: everything about rooms in one object, and how it is opened."""

from __future__ import annotations

import time
from collections.abc import Callable

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

    def __init__(self, store: Store, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(store, now)

    def close(self) -> None:
        """End the connections to the database. Idempotent."""
        self._store.close()


def open_rooms(database: str, now: Callable[[], float] = time.time) -> Rooms:
    """Return the rooms in the database of a URL, which is made or migrated if needed; raises as `open_store`. Open it after forks."""
    return Rooms(open_store(database), now=now)
