"""How often a video was seen: a viewer counts once a day for each video, whatever a page sends."""

from __future__ import annotations

import hashlib

from sqlalchemy import delete, insert, select, update

from framecast.accounts.part import Audited
from framecast.library.rows import find_video, known_form
from framecast.model.video import Viewer
from framecast.store.library_schema import videos, views

WINDOW_S = 86400.0


class Views(Audited):
    """The counters."""

    def count_view(self, id: str, viewer: Viewer, viewer_key: str) -> int:
        """Count that a viewer has seen a video, once within 24 hours; return how often it was seen.

        `viewer_key` tells viewers apart: an account, or an address. It is kept as a digest for that time, and no longer.

        Raises:
            NotFound: there is no such video, or the viewer may not see it.
        """
        now, key = self._now(), viewer_digest(id, viewer_key)
        with self._store.write() as connection:
            connection.execute(select(videos.c.id).where(videos.c.id == known_form(id)).with_for_update())
            found = find_video(connection, id, viewer)
            mine = (views.c.video_id == id) & (views.c.viewer == key)
            seen = connection.execute(select(views.c.at).where(mine)).scalar_one_or_none()
            if seen is not None and seen > now - WINDOW_S:
                return found.views
            if seen is None:
                connection.execute(insert(views).values(video_id=id, viewer=key, at=now))
            else:
                connection.execute(update(views).where(mine).values(at=now))
            connection.execute(update(videos).where(videos.c.id == id).values(views=videos.c.views + 1))
            return found.views + 1

    def forget_views(self) -> int:
        """Forget who has seen what before the last 24 hours. Return how many rows."""
        with self._store.write() as connection:
            return connection.execute(delete(views).where(views.c.at <= self._now() - WINDOW_S)).rowcount


def viewer_digest(video: str, viewer_key: str) -> str:
    """Return what is kept of a viewer: of another video it is another text."""
    return hashlib.sha256(f"{video}\0{viewer_key}".encode(errors="replace")).hexdigest()[:32]
