"""A node for the tests of the Python API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.nodes import TestNode


@pytest.fixture
def node(tmp_path: Path) -> Iterator[TestNode]:
    """Give a running node of this test's own."""
    with TestNode(tmp_path) as node:
        yield node
