"""A node with two small cameras in which something moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast.client.node_client import NodeClient
from tests.client.nodes import TestNode
from tests.support.media_files import Clip


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[TestNode]:
    """Give a node with the streams `door` and `garden`."""
    with TestNode(tmp_path) as node:
        with NodeClient(node.folder) as client:
            client.put("door", str(Clip(size=(320, 240), seconds=4.0).path()))
            client.put("garden", "pattern:?size=640x360&fps=15")
        yield node
