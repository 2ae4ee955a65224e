"""Nodes for the tests of the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import ALL, Node
from tests.support.media_files import Clip

PATTERN = "pattern:?size=320x180&fps=25"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Give a node with a test pattern and a file, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("n")
    clip = Clip(size=(640, 360), audio="aac").path()
    with Node(folder, f"pattern={PATTERN}", f"clip={clip}", servers=ALL) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder for what a command writes."""
    return tmp_path
