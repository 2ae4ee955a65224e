"""Ctrl-C ends every documented program that reads for ever, without a traceback: a real SIGINT while it reads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from framecast.client.node_client import NodeClient
from tests.client.nodes import TestNode

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/tutorial.md",
    *(f"docs/how-to/{page.name}" for page in (ROOT / "docs/how-to").glob("*.md")),
)
EXAMPLES = {
    "blur.py": ("front-door", "--file", "blurred.png"),
    "fmp4_to_file.py": ("front-door", "door.mp4", "--seconds", "1e6"),
    "read.py": ("front-door",),
    "select_many.py": ("front-door",),
}
# Loops that read a stream until it ends.
LOOPS = re.compile(
    r"^\s*(?:async )?(?:for [\w, ]+ in (?:camera|packets|pairs|fragments)\b.*|while \w+\.isOpened\(\)):",
    re.MULTILINE,
)
BREAKS = re.compile(r"^        break$", re.MULTILINE)
# Sends SIGINT to its own process when a second record comes, as a person would who has seen that it works.
INTERRUPT = """
import os, signal, sys
from framecast.client import track_reader
original, seen = track_reader.TrackReader.read, []
def read(self, timeout_s=None):
    record = original(self, timeout_s)
    seen.append(record.seq)
    if len(seen) == 2:
        print("interrupted", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGINT)
    return record
track_reader.TrackReader.read = read
"""


def programs() -> Iterator[tuple[str, str]]:
    """The documented programs that read for ever, and the examples."""
    for page in PAGES:
        blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
        for number, code in enumerate(blocks):
            if LOOPS.search(code) and not BREAKS.search(code):
                yield f"{page} {number}", code
    for name, arguments in EXAMPLES.items():
        path = ROOT / "examples" / name
        yield (
            name,
            f"import runpy, sys\nsys.argv[1:] = {arguments}\nrunpy.run_path({str(path)!r}, run_name='__main__')",
        )


PROGRAMS = dict(programs())


def test_programs_end_cleanly_by_ctrl_c(node: TestNode, tmp_path: Path) -> None:
    with NodeClient(node.folder) as client:
        for name in ("front-door", "garden"):
            client.put(name, "pattern:?size=320x240&fps=25")
    environment = os.environ | {"FRAMECAST_RUNTIME_DIR": str(node.folder)}
    running = {
        name: subprocess.Popen(
            [sys.executable, "-c", INTERRUPT + code], cwd=tmp_path, env=environment, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        for name, code in PROGRAMS.items()
    }  # fmt: skip
    said = {
        name: (process.communicate(timeout=120)[1], process.returncode) for name, process in running.items()
    }
    assert {name: found for name, found in said.items() if found != ("interrupted\n", 0)} == {}


def test_rule_sees_a_program_that_shows_a_traceback(node: TestNode) -> None:
    code = 'import framecast\nwith framecast.open("pattern:?size=128x96") as camera:\n    for frame in camera: pass'
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPT + code], capture_output=True, text=True, timeout=60
    )
    assert "Traceback" in done.stderr
    assert done.returncode != 0


def test_there_are_programs_that_read_for_ever() -> None:
    assert len(PROGRAMS) >= 12
    assert not [
        page
        for page in ("README.md", "docs/tutorial.md")
        if not any(name.startswith(page) for name in PROGRAMS)
    ]
