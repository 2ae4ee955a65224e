"""The command line of the benchmarks: what it lists, and what an unknown name is answered."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import turns
from bench.__main__ import MODULES, asked, chosen
from bench.table import Row


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


def checkout(folder: Path, figures: str) -> Path:
    """A checkout whose benchmark `quick` has one figure more each time: those of `figures`."""
    (folder / "bench").mkdir(parents=True)
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/python").symlink_to(sys.executable)
    (folder / "figures").write_text(figures)
    (folder / "bench/quick.py").write_text(
        """
import pathlib, types
def rows():
    first, _, rest = pathlib.Path("figures").read_text().partition(" ")
    pathlib.Path("figures").write_text(rest)
    print("noise")
    return [types.SimpleNamespace(what="latency", ours=first + " ms (p95)"), types.SimpleNamespace(what="name", ours="fast")]
"""
    )
    return folder


def test_two_checkouts_are_measured_in_turns_and_their_medians_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(turns, "HERE", checkout(tmp_path / "here", "3 1,000 4"))
    there = checkout(tmp_path / "there", "2 2 9")
    assert turns.rows_against(there, ["quick"]) == [
        Row(
            "latency",
            "4 of 3 ms (p95), 1,000 ms (p95), 4 ms (p95)",
            "2 of 2 ms (p95), 2 ms (p95), 9 ms (p95)",
            "2.00 x",
        ),
        Row("name", "fast", "fast"),
    ]
    order = [Path(line.split(" in ")[1].split(",")[0]).name for line in capsys.readouterr().out.splitlines()]
    assert order == ["here", "there", "there", "here", "here", "there"]


def test_checkout_that_cannot_measure_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="has no virtual environment: run 'make dev' there"):
        turns.measured(tmp_path, "quick")
    with pytest.raises(SystemExit, match="the benchmark unknown failed in"):
        turns.measured(checkout(tmp_path / "here", "1"), "unknown")


def test_command_line_names_the_other_checkout(tmp_path: Path) -> None:
    assert asked(["wall", "--against", str(tmp_path)]) == (["wall"], tmp_path.resolve())
    assert asked(["wall"]) == (["wall"], None)
