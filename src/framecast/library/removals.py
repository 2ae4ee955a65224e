"""Objects that nothing names any more. Their rows go first, in one transaction with a note here; the objects go after it, and the note last.

So a crash leaves at most objects that are named here, and never a row without its objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, insert, or_, select

from framecast.accounts.part import Audited
from framecast.model.video_job import JobState
from framecast.store.library_schema import generations, jobs, removals, videos

# A viewer may still play a generation that was replaced: it stays for this time.
GRACE_S = 3600.0
_MOST = 1000


class Removals(Audited):
    """What may be removed from the store of objects."""

    def old_generations(self, grace_s: float = GRACE_S) -> list[str]:
        """Return the prefixes of objects that may go: of videos that were removed, of generations that were replaced or given up.

        Remove the objects of each, then call `objects_gone`. A prefix without `/` at its end is one object.
        """
        now = self._now()
        with self._store.write() as connection:
            for row in connection.execute(_old(now, grace_s)).all():
                if row.generation in _kept(connection, row.video_id):
                    continue
                key = (generations.c.video_id == row.video_id) & (generations.c.generation == row.generation)
                connection.execute(delete(generations).where(key))
                remove_objects(connection, [f"videos/{row.video_id}/{row.generation}/"], now)
            query = select(removals.c.prefix).order_by(removals.c.at, removals.c.prefix).limit(_MOST)
            return list(connection.execute(query).scalars())

    def objects_gone(self, prefix: str) -> None:
        """Note that the objects of a prefix have gone. Idempotent."""
        with self._store.write() as connection:
            connection.execute(delete(removals).where(removals.c.prefix == prefix))

    def known_prefixes(self, video: str) -> frozenset[str] | None:
        """Return the generations of a video that are in use or being made, None if there is no such video: for a search for lost objects."""
        with self._store.read() as connection:
            if not connection.execute(select(exists().where(videos.c.id == video))).scalar_one():
                return None
            query = select(generations.c.generation).where(generations.c.video_id == video)
            return frozenset(connection.execute(query).scalars())


def remove_objects(connection: Connection, prefixes: Iterable[str], now: float) -> None:
    """Note in a transaction that objects may go once it is committed."""
    for prefix in prefixes:
        if not connection.execute(select(exists().where(removals.c.prefix == prefix))).scalar_one():
            connection.execute(insert(removals).values(prefix=prefix, at=now))


def _old(now: float, grace_s: float) -> Select[Any]:
    """Return the query of generations that were replaced long enough ago, and of those that no running attempt will publish."""
    alive = exists().where(
        (jobs.c.id == generations.c.job_id)
        & (jobs.c.attempt == generations.c.attempt)
        & (jobs.c.state == JobState.RUNNING)
    )
    given_up = generations.c.published_at.is_(None) & ~alive
    return (
        select(generations.c.video_id, generations.c.generation)
        .where(or_(generations.c.superseded_at <= now - grace_s, given_up))
        .limit(_MOST)
    )


def _kept(connection: Connection, video: str) -> set[str]:
    """Return the generation that is played, and those that it takes files from. They stay so until the end of the transaction."""
    connection.execute(select(videos.c.id).where(videos.c.id == video).with_for_update())
    row: Row[Any] | None = connection.execute(
        select(generations.c.generation, generations.c.manifest)
        .join(
            videos,
            (videos.c.id == generations.c.video_id) & (videos.c.generation == generations.c.generation),
        )
        .where(videos.c.id == video)
    ).first()
    return set() if row is None else {row.generation} | sources_of(json.loads(row.manifest))


def sources_of(manifest: dict[str, Any]) -> set[str]:
    """Return the generations that a manifest takes files from."""
    return {one["from"] for one in manifest.get("files", {}).values() if one.get("from")}
