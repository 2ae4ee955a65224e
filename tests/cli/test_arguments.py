"""Secrets on the command line."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from framecast.cli.arguments import mask_arguments, read_source
from framecast.errors import Invalid

SHOW_ARGUMENTS = """
from framecast.cli.arguments import hide_secrets
import sys
hide_secrets()
print(open("/proc/self/cmdline").read().replace("\\0", "\\n"))
print("still", sys.argv[1])
"""


def test_password_is_gone_from_the_process_list_and_other_arguments_are_not() -> None:
    given = ["door=rtsp://user:hunter2@camera/1", "--port", "8081"]
    shown = subprocess.run(
        [sys.executable, "-c", SHOW_ARGUMENTS, *given], capture_output=True, text=True, check=True
    ).stdout
    listed, _, kept = shown.rpartition("still")
    assert "hunter2" not in listed
    assert "door=rtsp://***@camera/1" in listed
    assert "8081" in listed
    assert "user:hunter2@camera" in kept


def test_masked_arguments_are_as_long_as_they_were() -> None:
    given = b"serve\0a=rtsp://u:p@h/\0http://h/?token=abcdef\0rtsp://u@h\0--port\x001\0"
    masked = mask_arguments(given)
    assert len(masked) == len(given)
    assert b"u:p" not in masked
    assert b"abcdef" not in masked
    assert [len(argument) for argument in masked.split(b"\0")] == [
        len(argument) for argument in given.split(b"\0")
    ]


def test_dash_reads_one_line_of_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("rtsp://user:secret@camera/1\nmore\n"))
    assert read_source("-") == "rtsp://user:secret@camera/1"


def test_empty_stdin_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(Invalid, match="no source"):
        read_source("-")


@pytest.mark.parametrize(
    "source",
    ["rtsp://camera/1", "pattern:", "pattern:?size=640x360", "numbers:", "0", "/dev/video0", __file__],
)
def test_addresses_stay_as_they_are(source: str) -> None:
    assert read_source(source) == source


@pytest.mark.parametrize("source", ["garden.mp4", "clips/garden.mp4", "./garden.mp4"])
def test_relative_paths_become_absolute_because_the_node_runs_elsewhere(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / source).parent.mkdir(exist_ok=True)
    (tmp_path / source).touch()
    assert read_source(source) == str(tmp_path / source)
