"""A configuration that names a file which does not exist: the node starts, and says so once."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from framecast.model import StreamSpec
from framecast.node.missing_files import MissingFiles


def specs(**sources: str) -> dict[str, StreamSpec]:
    return {name: StreamSpec.from_json(name, {"source": source}) for name, source in sources.items()}


async def looked(files: MissingFiles, given: dict[str, StreamSpec]) -> None:
    files.look(given)
    for task in tuple(files._tasks):
        await task


def test_missing_file_is_warned_of_once_with_what_is_there_instead(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    (tmp_path / "garden.mp4").touch()
    given = specs(
        garden=str(tmp_path / "gardn.mp4"),
        there=str(tmp_path / "garden.mp4"),
        camera="rtsp://192.0.2.1/garden.mp4",
    )
    loop = asyncio.Runner()
    files = MissingFiles()
    for _ in range(2):
        loop.run(looked(files, given))
    (warning,) = caplog.records
    assert "gardn.mp4" in str(warning.__dict__)
    assert "similar names there: garden.mp4" in str(warning.__dict__)
    (tmp_path / "gardn.mp4").touch()
    loop.run(looked(files, given))
    (tmp_path / "gardn.mp4").unlink()
    loop.run(looked(files, given))
    assert len(caplog.records) == 2
    loop.close()
