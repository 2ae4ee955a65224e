"""The command line of the benchmarks: what it lists, and what an unknown name is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import MODULES, chosen


def test_help_lists_each_benchmark_with_what_it_measures(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        chosen(["--help"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.split("benchmarks:\n")[1].splitlines()
    assert [line.split()[0] for line in lines] == list(MODULES)
    assert all(len(line.split()) > 3 for line in lines)


def test_benchmarks_are_modules_that_have_rows() -> None:
    folder = Path(__file__).parents[1] / "bench"
    found = {path.stem for path in folder.glob("*.py") if "\ndef rows(" in path.read_text()}
    assert found == set(MODULES)


def test_names_choose_and_an_unknown_one_is_answered_with_what_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert chosen(["wall", "idle"]) == ["wall", "idle"]
    assert chosen([]) == MODULES
    with pytest.raises(SystemExit) as ended:
        chosen(["wal"])
    assert ended.value.code == 2
    assert "there is no benchmark 'wal': did you mean 'wall'?" in capsys.readouterr().err
