"""What the doctor says of the library of a running node."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.doctor.finding import Level
from framecast.doctor.library import LEAST_FREE, found_of

FINE: dict[str, Any] = {"answers": True}


@pytest.mark.parametrize(
    ("processes", "free", "level", "said"),
    [
        ({}, LEAST_FREE, Level.OK, "not used"),
        ({"library": FINE, "files": FINE}, LEAST_FREE, Level.OK, "2.0 GB are free in /data"),
        ({"library": FINE}, LEAST_FREE, Level.OK, "in use"),
        ({"library": FINE, "files": {"answers": False}}, LEAST_FREE, Level.WARNING, "fc-files does not"),
        ({"library": FINE, "files": FINE}, LEAST_FREE - 1, Level.WARNING, "takes no more uploads"),
    ],
)
def test_library_has_room_and_its_processes_answer(
    processes: dict[str, Any], free: int, level: Level, said: str
) -> None:
    finding = found_of({"data_dir": "/data", **processes}, lambda _folder: free)
    assert (finding.level, finding.topic) == (level, "library")
    assert said in finding.found
