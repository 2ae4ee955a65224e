"""`Library`: everything about stored videos in one object, and how it is opened."""

from __future__ import annotations

import time
from collections.abc import Callable

from framecast.library.jobs import Jobs
from framecast.library.listing import Listing
from framecast.library.playlists import Playlists
from framecast.library.publishing import Publishing
from framecast.library.recordings import Recordings
from framecast.library.removals import Removals
from framecast.library.reports import Reports
from framecast.library.storage import StorageOverview
from framecast.library.subtitles import SubtitleTexts
from framecast.library.uploads import Uploads
from framecast.library.videos import Videos
from framecast.library.views import Views
from framecast.store import Store, open_store


class Library(
    Videos,
    Listing,
    Uploads,
    Jobs,
    Publishing,
    Recordings,
    Removals,
    Playlists,
    Reports,
    SubtitleTexts,
    StorageOverview,
    Views,
):
    """Everything about stored videos. Each method is one transaction, with its row in the audit log if a person asked; any thread."""

    def __init__(self, store: Store, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(store, now)

    def close(self) -> None:
        """End the connections to the database. Idempotent."""
        self._store.close()


def open_library(database: str, now: Callable[[], float] = time.time) -> Library:
    """Return the library in the database of a URL, which is made or migrated if needed; raises as `open_store`. Open it after forks."""
    return Library(open_store(database), now=now)
