"""Where the database of people and access is. No database library is imported here: the node itself never opens it.

The key `database` names one; otherwise it is `framecast.db` in the data folder, and a node without that file has no accounts. Any
thread; `found` looks at the disk.
"""

from __future__ import annotations

from framecast.node.config import Config

FILE_NAME = "framecast.db"


def place_of(config: Config) -> str:
    """Return the URL of the database that holds the accounts, or will hold the first one."""
    return config.database or f"sqlite:///{(config.data_dir / FILE_NAME).absolute()}"


def found(config: Config) -> str | None:
    """Return the URL of the database, None if there is none."""
    is_there = config.database is not None or (config.data_dir / FILE_NAME).is_file()
    return place_of(config) if is_there else None
