"""Accounts in a database of their own, with a clock that stands and passwords that cost little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast.accounts import Accounts
from framecast.accounts.passwords import Passwords
from framecast.store import open_store
from framecast.store.open import sqlite_url
from tests.accounts.opened import CHEAP, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "framecast.db")


@pytest.fixture
def accounts(database: str, clock: Clock) -> Iterator[Accounts]:
    opened = Accounts(open_store(database), passwords=Passwords(CHEAP), now=clock)
    yield opened
    opened.close()
