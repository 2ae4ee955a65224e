"""The migrations: one file each in `versions`, in one line from the first to the head, and how Alembic runs them.

They run in the transaction of the caller: SQLite and PostgreSQL both take back changes of tables with it.
"""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def scripts() -> ScriptDirectory:
    """Return the migrations of this version."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def revisions() -> frozenset[str]:
    """Return the names of all migrations."""
    return frozenset(one.revision for one in scripts().walk_revisions())


def run(connection: Connection, to: str = "head") -> None:
    """Migrate the database of a connection that is in a transaction."""
    directory = scripts()
    config = Config()
    config.attributes["connection"] = connection
    with EnvironmentContext(
        config, directory, fn=lambda found, _context: directory._upgrade_revs(to, found), destination_rev=to
    ):
        directory.run_env()
