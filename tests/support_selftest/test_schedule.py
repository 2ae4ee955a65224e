"""Which files share a process, and which begin first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import schedule


def test_browsers_share_two_processes_that_take_about_the_same_time() -> None:
    recorded = {"a": 90.0, "b": 60.0, "c": 50.0, "d": 10.0}
    found = schedule.shared("abcd", recorded)
    assert found["a"] == found["d"] != found["b"] == found["c"]
    assert set(found.values()) == set(schedule.BROWSER_GROUPS)


def test_file_that_starts_a_browser_is_found_by_its_text() -> None:
    assert schedule.group_of("tests/servers/web/test_wall.py::test_one[x]") in schedule.BROWSER_GROUPS
    assert schedule.group_of("tests/model/test_mask.py::test_one[a::b]") == "tests/model/test_mask.py"


def test_browsers_begin_first_and_then_the_longest() -> None:
    recorded = schedule.durations()
    longest = max(
        (one for one in recorded if one not in schedule.browser_groups()), key=lambda one: recorded[one]
    )
    names = ["tests/model/test_mask.py", "tests/node/test_new.py", longest, "tests/servers/web/test_wall.py"]
    assert sorted(names, key=lambda name: schedule.rank(f"{name}::test")) == names[::-1]


def test_recorded_files_are_there() -> None:
    assert [file for file in schedule.durations() if not (schedule.ROOT / file).exists()] == []


def test_a_run_writes_what_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "NEWEST", tmp_path / "new" / "durations.txt")
    schedule.record({"tests/b.py": 7.6, "tests/a.py": 5.0, "tests/quick.py": 4.9})
    assert schedule.NEWEST.read_text() == "5 tests/a.py\n8 tests/b.py\n"
