"""Opening the database of a URL: its engine, its rules, and its schema brought up to date.

A store belongs to the process that opens it: open it after the last fork. What was opened by two processes at once is migrated by one of
them, while the other waits.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from framecast.errors import FramecastError, Invalid
from framecast.store.disk import network_disk
from framecast.store.store import WRITES, Store
from framecast.store.upgrade import upgrade

BUSY_S = 10.0
CONNECT_S = 5
_CONNECTIONS = 4
_POSTGRES = "postgresql+psycopg"


def open_store(database: str) -> Store:
    """Return the open database of a URL, such as `sqlite:////var/lib/framecast/framecast.db` or `postgresql://user@host/name`.

    A database that does not exist is made (SQLite), one of an earlier version is migrated.

    Raises:
        Invalid: the URL names no database that Framecast can use, or a file on a network file system.
        Conflict: the database was written by a newer version.
        Broken: it cannot be reached, or is damaged.
    """
    url = parsed(database)
    engine = _sqlite(url) if url.drivername == "sqlite" else _postgres(url)
    store = Store(engine)
    try:
        upgrade(store)
    except FramecastError:
        store.close()
        raise
    return store


def sqlite_url(path: Path) -> str:
    """Return the URL of a file."""
    return URL.create("sqlite", database=str(path.absolute())).render_as_string(hide_password=False)


def parsed(database: str) -> URL:
    """Return a URL of a database in the form that SQLAlchemy uses.

    Raises:
        Invalid: it is something else; the message shows nothing of it, because it may have a password.
    """
    try:
        url = make_url(database)
    except ArgumentError:
        url = None
    if url is not None and url.drivername == "sqlite" and url.database and url.database != ":memory:":
        return url
    if url is not None and url.drivername in ("postgresql", "postgres", _POSTGRES) and url.database:
        return url.set(drivername=_POSTGRES)
    raise Invalid(
        "the database must be a URL such as postgresql://user:password@host/framecast or sqlite:////var/lib/framecast/framecast.db"
    )


def _sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    kind = network_disk(path.parent)
    if kind is not None:
        raise Invalid(
            f"{path} lies on a network file system ({kind}), where SQLite may lose data: "
            "put the data folder on a disk of this machine (data_dir), or use PostgreSQL (database: postgresql://...)"
        )
    try:
        _create(path)
    except OSError as error:
        raise Invalid(f"the database {path} cannot be opened: {error.strerror}") from error
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_S},
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=BUSY_S,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _create(path: Path) -> None:
    """Make the file for its mode and its owner; SQLite gives the files beside it the same ones.

    What root makes in the folder of another user belongs to that user: otherwise the node could not open its own database.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.geteuid() == 0 and os.fstat(fd).st_size == 0:
            folder = path.parent.stat()
            os.fchown(fd, folder.st_uid, folder.st_gid)
    finally:
        os.close(fd)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Set up a new connection: transactions are ours alone, and a committed one survives the loss of power."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that writes takes the lock now, because one that has read first would fail instead of waiting."""
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            connect_args=_options(url),
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=BUSY_S,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise Invalid(
            f"PostgreSQL needs the package psycopg, which is not installed ({error.name}): pip install 'framecast[postgres]'"
        ) from error


def _options(url: URL) -> dict[str, Any]:
    """Return what keeps a request from waiting for ever; what stands in the URL counts more."""
    waits = f"-c lock_timeout={int(BUSY_S * 1000)} -c statement_timeout={int(3 * BUSY_S * 1000)}"
    chosen: dict[str, Any] = {"connect_timeout": CONNECT_S, "application_name": "framecast", "options": waits}
    return {key: value for key, value in chosen.items() if key not in url.query}
