"""A private node for each test that asks for one, and a folder with a short path."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.running import RunningNode, folder, private_node


@pytest.fixture
def node() -> Iterator[RunningNode]:
    with private_node() as running:
        yield running


@pytest.fixture
def place() -> Iterator[Path]:
    with folder() as path:
        yield path
