"""What the tests of rooms share: browsers without a page, which are closed at the end of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.servers.web.rooms.room_client import WAIT_S

Visit = Callable[[str], httpx.Client]


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Return what opens a browser for the server at an URL: cookies of its own, no account."""
    with ExitStack() as open_ones:

        def made(url: str) -> httpx.Client:
            return open_ones.enter_context(httpx.Client(base_url=url, timeout=WAIT_S))

        yield made
