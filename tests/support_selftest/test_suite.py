"""The suite itself: a process that crashes costs the test that it ran, and the others run."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CRASHING = """
import os, pathlib, pytest
@pytest.mark.parametrize("number", range(6))
def test_crash(number):
    mark = pathlib.Path(__file__).with_suffix(".crashed")
    if number == 3 and not mark.exists():
        mark.touch()
        os._exit(1)
"""


def test_crash_of_a_process_is_reported_at_once_and_all_other_tests_run(tmp_path: Path) -> None:
    (tmp_path / "test_m.py").write_text(CRASHING)
    for name in "abcdefghijklnopqrst":
        (tmp_path / f"test_{name}.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    command = f"{sys.executable} -m pytest -q -p tests.conftest -p no:cacheprovider -c {os.devnull} --rootdir {tmp_path}"
    command += f" -n 2 --dist loadfile --no-loadscope-reorder {tmp_path}"
    done = subprocess.run(
        command.split(),
        capture_output=True,
        text=True,
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        timeout=120,
    )
    assert "1 failed, 44 passed" in done.stdout, done.stdout
    assert "\nFAILED test_m.py::test_crash[3] (" in done.stdout
