"""One node for the tests of a module, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.node.running import folder
from tests.servers.rpc.house import Client, RpcNode


@pytest.fixture(scope="module")
def node() -> Iterator[RpcNode]:
    """Give a node with a test pattern and numbers."""
    with (
        folder() as place,
        RpcNode(
            place, "demo=pattern:?size=320x240&fps=25", "quiet=pattern:?size=320x240&audio=0", "dice=numbers:"
        ) as found,
    ):
        yield found


@pytest.fixture
def client(node: RpcNode) -> Iterator[Client]:
    """Give a client with a connection of its own."""
    with Client(node.address) as found:
        yield found
