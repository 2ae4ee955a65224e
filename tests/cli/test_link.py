"""What `framecast link` refuses before it asks a node."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("link", "door", "--expires", "soon"), "90d"),
        (("link", "door", "--path", "../streams"), "stream.mjpeg"),
        (("unlink",), "--all"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_without_a_node_there_are_no_links(tmp_path: Path) -> None:
    assert run(tmp_path, "link", "door").returncode == 6
