"""What the library takes of the disk, for admins: in all, in the bin, by state, by owner."""

from __future__ import annotations

from sqlalchemy import Connection, case, func, select

from framecast.accounts.part import Audited
from framecast.library.uploads import usage_of
from framecast.model.video_job import OwnerStorage, Storage
from framecast.store.library_schema import generations, jobs, removals, uploads, videos
from framecast.store.schema import accounts

_MOST_OWNERS = 50


class StorageOverview(Audited):
    """The overview."""

    def storage(self) -> Storage:
        """Return what the library has, and the 50 owners who have most."""
        is_binned = videos.c.deleted_at.is_not(None)
        totals = select(
            func.count(),
            func.coalesce(func.sum(videos.c.size), 0),
            func.coalesce(func.sum(case((is_binned, 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_binned, videos.c.size), else_=0)), 0),
        ).select_from(videos)
        with self._store.read() as connection:
            count, originals, binned, binned_size = connection.execute(totals).one()
            states = select(videos.c.state, func.count()).group_by(videos.c.state)
            by_state = select(jobs.c.state, func.count()).group_by(jobs.c.state)
            reserved = select(func.coalesce(func.sum(uploads.c.size), 0)).where(
                uploads.c.finished_at.is_(None)
            )
            made = select(func.coalesce(func.sum(generations.c.size), 0))
            waiting = select(func.count()).select_from(removals)
            return Storage(
                videos=count,
                originals=int(originals),
                generations=int(connection.execute(made).scalar_one()),
                bin_videos=int(binned),
                bin_bytes=int(binned_size),
                reserved=int(connection.execute(reserved).scalar_one()),
                removals=connection.execute(waiting).scalar_one(),
                states={row[0]: row[1] for row in connection.execute(states)},
                jobs={row[0]: row[1] for row in connection.execute(by_state)},
                owners=tuple(_owners(connection)),
            )


def _owners(connection: Connection) -> list[OwnerStorage]:
    size = func.sum(videos.c.size)
    query = (
        select(videos.c.owner, accounts.c.name)
        .select_from(videos)
        .outerjoin(accounts, accounts.c.id == videos.c.owner)
        .group_by(videos.c.owner, accounts.c.name)
        .order_by(size.desc(), accounts.c.name)
        .limit(_MOST_OWNERS)
    )
    return [
        OwnerStorage(row.owner, row.name or "", usage_of(connection, row.owner))
        for row in connection.execute(query).all()
    ]
