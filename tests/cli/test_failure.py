"""Errors as one line and an exit code."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from framecast import errors
from framecast.cli.failure import EXIT_CODES, exit_code, report, sentence

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_error_is_one_line_on_stderr_without_its_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    code = report(errors.SourceError("refused", "rtsp://user:secret@camera/1\nrefuses"))
    shown = capsys.readouterr()
    assert shown.err == "framecast: rtsp://***@camera/1 refuses\n"
    assert shown.out == ""
    assert code == 7


def test_traceback_is_shown_only_with_debug(capsys: pytest.CaptureFixture[str]) -> None:
    report(errors.NotFound("no stream"), debug=True)
    assert "NotFound: no stream" in capsys.readouterr().err


def test_system_errors_name_the_file() -> None:
    assert sentence(OSError(errno.ENOSPC, "No space left on device", "/full/a.mp4")) == (
        "No space left on device: /full/a.mp4"
    )


def test_interrupted_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == ""


def test_every_error_of_the_tree_has_a_code_that_is_not_success() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) > 15
    known = tuple(kind for kind, _, _ in EXIT_CODES)
    assert not [kind for kind in kinds if not issubclass(kind, known)]
    assert all(code > 0 for _, code, _ in EXIT_CODES)


def test_node_that_does_not_answer_is_told_from_a_failing_system() -> None:
    assert exit_code(errors.NodeUnavailable("x")) == 6
    assert exit_code(errors.NotEnoughMemory("x")) == 8
    assert exit_code(OSError(errno.ENOSPC, "x")) == 9


def test_every_exit_code_is_in_the_reference() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", REFERENCE.read_text(), re.MULTILINE)}
    assert documented == {0, 1, *(code for _, code, _ in EXIT_CODES)}


def test_output_that_cannot_be_written_is_an_error_and_no_traceback() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "framecast", "version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            timeout=60,
        )
    assert done.stderr == "framecast: No space left on device\n"
    assert done.returncode == 9
