"""A node without servers, and ZeroMQ servers beside it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from framecast.client.node_client import NodeClient
from tests.client.nodes import TestNode
from tests.servers.zmq.zmq_process import ZmqProcess


@pytest.fixture(scope="module")
def shared_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestNode]:
    """Give a node for all tests of a module."""
    with TestNode(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture
def node(shared_node: TestNode) -> Iterator[TestNode]:
    """Give a running node without streams, for tests that leave it running."""
    yield shared_node
    with NodeClient(shared_node.folder) as client:
        for status in client.streams():
            if status.configured != "program":
                client.delete(status.name)


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
