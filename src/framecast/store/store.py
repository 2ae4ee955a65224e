"""Transactions on the database. Synchronous; any thread of the process that opened it, never an event loop.

`read` sees one state of the database. `write` changes it without anybody's rights; `change` also adds one to the change number, by which
servers see that what they know may be out of date. Both are all or nothing: when the process dies, nothing of them has happened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from framecast.errors import Broken, Closed, Conflict, Invalid, WouldBlock
from framecast.store.schema import changes

# The execution option by which a transaction of SQLite takes the lock for writing at its start.
WRITES = "framecast_writes"


class Store:
    """An open database. `close` ends its connections; idempotent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._process = os.getpid()
        self._is_open = True

    @property
    def is_sqlite(self) -> bool:
        """True for a file of this machine."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that changes nothing.

        Raises:
            WouldBlock, Broken, Closed: as `write`.
        """
        with self._errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that changes nobody's rights.

        Raises:
            Conflict: it breaks a rule of the tables, such as a name that is taken.
            WouldBlock: another transaction takes too long.
            Broken: the database cannot be reached.
            Closed: the store was closed, or opened before a fork.
        """
        with (
            self._errors(),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """A transaction that may change what somebody may do. One runs at a time; raises as `write`."""
        with self.write() as connection:
            # First, because the row is the lock: what is read after it stays true until the end.
            connection.execute(update(changes).values(number=changes.c.number + 1))
            yield connection

    def change_number(self) -> int:
        """Return how many changes there have been; one row."""
        with self.read() as connection:
            return int(connection.execute(select(changes.c.number)).scalar_one())

    def close(self) -> None:
        """End all connections."""
        self._is_open = False
        if self._process == os.getpid():
            self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the library's errors into ours. No statement and no value appears in a message."""
        self._check()
        try:
            yield
        except (DataError, UnicodeEncodeError) as error:
            raise Invalid("a text is too long, or has characters that the database cannot keep") from error
        except IntegrityError as error:
            raise Conflict("the change contradicts what is in the database") from error
        except PoolTimeout as error:
            raise WouldBlock("the database has no connection left: too many requests at once") from error
        except DBAPIError as error:
            raise _failure(error) from error
        except SQLAlchemyError as error:
            raise Broken(f"the database refused a request: {type(error).__name__}") from error

    def _check(self) -> None:
        if not self._is_open:
            raise Closed("the database was closed by this program")
        if self._process != os.getpid():
            raise Closed("the database was opened before fork(): open it again in the child process")


# SQLite's names of errors; PostgreSQL's codes for a lock or a statement that took too long, a deadlock, a conflict of transactions.
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_SNAPSHOT", "55P03", "57014", "40P01", "40001")


def _failure(error: DBAPIError) -> Broken | WouldBlock:
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    if code in _BUSY:
        return WouldBlock("the database is busy: another process is changing it")
    first = str(error.orig).strip().partition("\n")[0]
    return Broken(f"the database does not work: {first[:200]}")
