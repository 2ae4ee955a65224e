"""A virtual display and a node for the windows."""

from collections.abc import Iterator

import pytest

from tests.cli.running import Node
from tests.support.display import Display


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """Give a screen of 1600 x 1000, shared by the tests of a module."""
    with Display() as screen:
        yield screen


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Give a node with two test patterns, 16:9 and 4:3."""
    folder = tmp_path_factory.mktemp("n")
    with Node(
        folder, "wide=pattern:?size=640x360&fps=25&id=16", "high=pattern:?size=640x480&fps=25&id=43"
    ) as running:
        yield running
