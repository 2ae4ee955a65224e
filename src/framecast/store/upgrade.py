"""Brings a database up to the schema of this version: once, under a lock, all or nothing.

A database that is up to date costs one query; Alembic is imported only for one that is not.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from framecast.errors import Conflict
from framecast.store.store import Store

HEAD = "0005"  # the newest migration; a test compares it with the files
_LOCK = 0x6672616D6563  # of PostgreSQL's advisory locks: nobody else has this number


def upgrade(store: Store) -> None:
    """Migrate the database if that is needed.

    Raises:
        Conflict: a newer version has written it.
    """
    with store.read() as connection:
        if version_of(connection) == HEAD:
            return
    with store.write() as connection:
        if not store.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if version_of(connection) != HEAD:
            _migrate(connection)


def version_of(connection: Connection) -> str | None:
    """Return the migration that a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _migrate(connection: Connection) -> None:
    from framecast.store import migrations

    known = migrations.revisions()
    found = version_of(connection)
    if found is not None and found not in known:
        raise Conflict(
            f"the database is at the version {found!r:.40}, which this Framecast does not know (it knows up to {HEAD}): "
            "a newer Framecast has written it; install that version, or restore a backup"
        )
    migrations.run(connection)
