"""A node without servers, and ZeroMQ servers beside it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from framecast.client.node_client import NodeClient
from tests.client.nodes import TestNode
from tests.servers.zmq.zmq_process import ZmqProcess


@pytest.fixture
def node(tmp_path: Path) -> Iterator[TestNode]:
    """Give a node in a folder of its own."""
    with TestNode(tmp_path) as running:
        yield running


@pytest.fixture
def client(node: TestNode) -> Iterator[NodeClient]:
    """Give a connection to the node."""
    with NodeClient(node.folder) as found:
        yield found


@pytest.fixture
def start(node: TestNode) -> Iterator[Callable[..., ZmqProcess]]:
    """Give a function that starts a ZeroMQ server with settings of its own."""
    with ExitStack() as stack:

        def begin(**options: Any) -> ZmqProcess:
            return stack.enter_context(ZmqProcess(node.folder, **options))

        yield begin


@pytest.fixture
def server(start: Callable[..., ZmqProcess]) -> ZmqProcess:
    """Give a ZeroMQ server as `framecast serve` has it without further settings."""
    return start()
