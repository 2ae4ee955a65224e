"""Benchmarks of this checkout and of another one in turns, so that what the machine does meanwhile hits both: a regression shows as a ratio."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.table import Row

HERE = Path(__file__).parents[1]
TURNS = 3
_LIMIT_S = 1800.0
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")
# Run in a checkout: the rows of a benchmark as one line of JSON behind everything else that it prints.
_PROGRAM = """
import importlib, json, sys
rows = importlib.import_module(f"bench.{sys.argv[1]}").rows()
print("\\n" + json.dumps([[row.what, row.ours] for row in rows]))
"""


def rows_against(other: Path, names: Sequence[str], turns: int = TURNS) -> list[Row]:
    """Return each row that both checkouts have: the medians of the first number in it, here and there, and their ratio.

    Raises:
        SystemExit: a checkout has no virtual environment, or a benchmark fails.
    """
    return [row for name in names for row in _rows(other, name, turns)]


def _rows(other: Path, name: str, turns: int) -> list[Row]:
    found: dict[Path, dict[str, list[str]]] = {HERE: {}, other: {}}
    for turn in range(turns):
        for folder in (HERE, other) if turn % 2 == 0 else (other, HERE):
            print(f"{name} in {folder}, turn {turn + 1} of {turns} ...", flush=True)
            for what, figure in measured(folder, name):
                found[folder].setdefault(what, []).append(figure)
    both = [what for what in found[HERE] if what in found[other]]
    return [compared(what, found[HERE][what], found[other][what]) for what in both]


def compared(what: str, ours: Sequence[str], theirs: Sequence[str]) -> Row:
    """Return the row of one figure; without a ratio if it is no number or zero."""
    here, there = _median(ours), _median(theirs)
    if here is None or there is None:
        return Row(what, ours[-1], theirs[-1])
    ratio = f"{here / there:.2f} x" if there else ""
    return Row(what, f"{here:g} of {', '.join(ours)}", f"{there:g} of {', '.join(theirs)}", ratio)


def measured(folder: Path, name: str) -> list[tuple[str, str]]:
    """Return the rows of a benchmark of a checkout, each as what it measures and the figure in words."""
    python = folder / ".venv/bin/python"
    if not python.exists():
        sys.exit(f"{folder} has no virtual environment: run 'make dev' there")
    done = subprocess.run(
        [str(python), "-c", _PROGRAM, name], cwd=folder, stdout=subprocess.PIPE, text=True, timeout=_LIMIT_S
    )
    if done.returncode:
        sys.exit(f"the benchmark {name} failed in {folder}")
    return [(what, figure) for what, figure in json.loads(done.stdout.splitlines()[-1])]


def _median(figures: Sequence[str]) -> float | None:
    found = [_NUMBER.search(figure) for figure in figures]
    numbers = [float(one[0].replace(",", "")) for one in found if one]
    return statistics.median(numbers) if numbers else None
