"""Nodes for the tests of the Python API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast.client.node_client import NodeClient
from tests.client.nodes import TestNode


@pytest.fixture(scope="module")
def shared_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestNode]:
    """Give a node for all tests of a module: starting one costs half a second."""
    with TestNode(tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture
def node(shared_node: TestNode) -> Iterator[TestNode]:
    """Give a running node without streams, for tests that leave it running."""
    yield shared_node
    with NodeClient(shared_node.folder) as client:
        for status in client.streams():
            if status.configured != "program":
                client.delete(status.name)


@pytest.fixture
def own_node(tmp_path: Path) -> Iterator[TestNode]:
    """Give a running node of this test's own, which it may kill."""
    with TestNode(tmp_path) as node:
        yield node
