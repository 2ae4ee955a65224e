"""Which test files share a process where several processes run the tests, and which begin first.

Each file stays in one process. A browser takes most of a core, so all files that start one share two processes, and the others are left to
tests that mostly wait. Files that take long begin first, by `tests/durations.txt`: a run of all tests writes `tests/.cache/durations.txt`
anew, in the same form; copy it after files have become slower, or have come.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests/durations.txt"
NEWEST = ROOT / "tests/.cache/durations.txt"
BROWSER_GROUPS = ("browser-1", "browser-2")
_BROWSER = re.compile(r"playwright|needs\.(?:chromium|firefox)\(")
# Seconds of files that nobody has measured: folders whose tests start nodes, and all others.
_SLOW_FOLDERS = (
    "system",
    "servers",
    "sources",
    "client",
    "node",
    "cli",
    "desktop",
    "deploy",
    "documentation",
)
_SLOW_S, _QUICK_S = 20.0, 3.0


def duration_of(file: str, recorded: Mapping[str, float]) -> float:
    """Return how many seconds the tests of a file take, as far as is known."""
    is_slow = file.startswith(tuple(f"tests/{folder}/" for folder in _SLOW_FOLDERS))
    return recorded.get(file, _SLOW_S if is_slow else _QUICK_S)


def shared(browser_files: Iterable[str], recorded: Mapping[str, float]) -> dict[str, str]:
    """Return the group of each file that starts a browser: both groups take about the same time."""
    seconds = dict.fromkeys(BROWSER_GROUPS, 0.0)
    found = {}
    for file in sorted(browser_files, key=lambda file: (-duration_of(file, recorded), file)):
        found[file] = min(seconds, key=lambda group: seconds[group])
        seconds[found[file]] += duration_of(file, recorded)
    return found


@cache
def durations() -> dict[str, float]:
    """Return the recorded seconds of each file that was slow."""
    lines = RECORDED.read_text().splitlines() if RECORDED.exists() else []
    return {file: float(seconds) for seconds, file in (line.split() for line in lines)}


@cache
def browser_groups() -> dict[str, str]:
    """Return the group of each test file that starts a browser."""
    files = [path for path in ROOT.glob("tests/**/test_*.py") if _BROWSER.search(path.read_text())]
    return shared([path.relative_to(ROOT).as_posix() for path in files], durations())


def group_of(nodeid: str) -> str:
    """Return the group of a test's file, which is the file itself if it shares none."""
    file = nodeid.partition("::")[0]
    return browser_groups().get(file, file)


def rank(nodeid: str) -> tuple[int, float]:
    """Return what orders tests: browsers, then the longest files."""
    group = group_of(nodeid)
    if group in BROWSER_GROUPS:
        return BROWSER_GROUPS.index(group), 0.0
    return len(BROWSER_GROUPS), -duration_of(group, durations())


def record(seconds: Mapping[str, float], least_s: float = 5.0) -> None:
    """Write how long each file took, in the form of `tests/durations.txt`: only files that take at least `least_s`."""
    NEWEST.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{round(seconds[file])} {file}\n" for file in sorted(seconds) if seconds[file] >= least_s]
    NEWEST.write_text("".join(lines))
