"""The documentation of the Python API is complete, and the examples in docstrings run. Those of the pages: tests/documentation."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import framecast
from framecast.client.node_client import NodeClient
from tests.client.nodes import TestNode
from tests.support.media_files import Clip

DOCS = Path(__file__).parents[2] / "docs"
CLIP = Clip(audio="aac", size=(320, 240), seconds=1.0)


def docstring_programs() -> dict[str, str]:
    """The indented examples in the docstrings of public names."""
    found = {}
    for name in framecast.__all__:
        documentation = inspect.getdoc(getattr(framecast, name)) or ""
        for block in re.findall(r"(?:^    .*\n?)+", documentation, re.MULTILINE):
            if block.strip().startswith(("with framecast", "cap =")):
                found[f"docstring of {name}"] = f"import framecast\n{textwrap.dedent(block)}"
    return found


PROGRAMS = docstring_programs()


@pytest.mark.parametrize("code", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_every_example_of_a_docstring_runs(node: TestNode, tmp_path: Path, code: str) -> None:
    shutil.copy(CLIP.path(), tmp_path / "clip.mp4")
    with NodeClient(node.folder) as client:
        for name in ("front-door", "garden", "left", "right"):
            client.put(name, str(tmp_path / "clip.mp4"), loop=False)  # it ends, and so do the loops over it
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"FRAMECAST_RUNTIME_DIR": str(node.folder)},
    )
    assert done.returncode == 0, done.stderr


def test_there_are_examples_to_run() -> None:
    assert set(docstring_programs()) >= {"docstring of open", "docstring of publish", "docstring of matched"}


def test_the_reference_names_everything_that_is_public() -> None:
    reference = (DOCS / "reference" / "python.md").read_text()
    missing = [name for name in framecast.__all__ if not re.search(rf"\b{re.escape(name)}\b", reference)]
    assert missing == []


@pytest.mark.parametrize(
    "name",
    [
        "Reader",
        "Frame",
        "Packet",
        "Fragment",
        "Samples",
        "Item",
        "Writer",
        "Matched",
        "NodeClient",
        "Room",
        "RoomMessage",
        "Status",
        "TrackInfo",
    ],
)
def test_the_reference_names_every_member(name: str) -> None:
    reference = (DOCS / "reference" / "python.md").read_text()
    members = [member for member in dir(getattr(framecast, name)) if not member.startswith("_")]
    hidden = {"on_state", "subscription", "socket", "after_fork"}
    assert [
        member for member in members if member not in hidden and not re.search(rf"\b{member}\b", reference)
    ] == []


def test_public_names_are_those_that_are_imported() -> None:
    for name in framecast.__all__:
        assert getattr(framecast, name) is not None
    assert set(framecast.__all__) <= set(dir(framecast))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        framecast.nothing  # noqa: B018
    code = "import sys, framecast; assert 'numpy' not in sys.modules and 'av' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
