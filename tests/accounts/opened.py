"""Databases that cost little to make, a clock that stands, and passwords that cost little."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher

from framecast.store import open_store
from framecast.store.open import sqlite_url
from tests.support import postgres

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """UTC seconds that move when a test says so."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def database(kind: str, folder: Path) -> str:
    """Return the URL of a new database with the tables of this version."""
    if kind == "postgres":
        return postgres.server().database()
    shutil.copyfile(_template(), folder / "framecast.db")
    return sqlite_url(folder / "framecast.db")


@cache
def _template() -> Path:
    folder = tempfile.mkdtemp(prefix="framecast-db-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "framecast.db"
    open_store(sqlite_url(path)).close()
    return path
