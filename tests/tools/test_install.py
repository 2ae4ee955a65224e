"""What `make setup` shows while pip works."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from tools.install import Show, install, packages_of

ROOT = Path(__file__).parents[2]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_pipe_gets_stages_and_a_line_now_and_then() -> None:
    now = [0.0]
    out = StringIO()
    show = Show("2/3 libraries", 30, out, lambda: now[0])
    for number in range(25):
        now[0] = float(number)
        show.hear(f"Collecting package-{number}==1.0\n")
        show.hear("  Downloading package.whl (1 kB)\n")
    show.hear("Installing collected packages: a, b, c\n")
    show.finish()
    assert out.getvalue().splitlines() == [
        "2/3 libraries",
        "2/3 libraries (11 of 30: package-10)",
        "2/3 libraries (21 of 30: package-20)",
        "2/3 libraries: done in 24 s",
    ]


def test_terminal_has_one_line_that_changes() -> None:
    out = Terminal()
    show = Show("2/3 libraries", 2, out)
    show.hear("Collecting numpy==2.0\n")
    show.hear("Installing collected packages: numpy\n")
    show.finish()
    assert (
        "\r\x1b[K2/3 libraries (1 of 2: numpy)\r\x1b[K2/3 libraries (writing 1 packages)\r" in out.getvalue()
    )
    assert out.getvalue().count("\n") == 1


def test_lock_says_how_many_packages_there_are() -> None:
    assert packages_of(["-r", str(ROOT / "requirements.lock")]) > 20
    assert packages_of(["--no-deps", "-e", "."]) == 0


def test_failure_shows_what_pip_said() -> None:
    out = StringIO()
    assert install("1/1 nothing", ["--no-index", "no-such-package-anywhere"], out) == 1
    assert "No matching distribution found" in out.getvalue()
    assert re.search(r"1/1 nothing: pip failed with code 1; its messages are above\n$", out.getvalue())
