"""A small node with cameras, and web servers in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess


@pytest.fixture
def node(tmp_path: Path) -> Iterator[SmallNode]:
    """A node without streams."""
    found = SmallNode(tmp_path)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
def start_web(node: SmallNode) -> Iterator[Callable[..., WebProcess]]:
    """Start web servers with the settings that are given."""
    with ExitStack() as stack:

        def start(**options: Any) -> WebProcess:
            return stack.enter_context(WebProcess(node.folder, **options))

        yield start


@pytest.fixture
def web(start_web: Callable[..., WebProcess]) -> WebProcess:
    """A web server as `framecast serve` has it without further settings."""
    return start_web()
