"""`framecast sample`: a clip that the other commands can use."""

from pathlib import Path

import pytest

from framecast.cli.app import main
from tests.cli.running import run

QUICK = ("--seconds", "0.5", "--size", "320x240", "--fps", "10")


def test_clip_is_made_and_described(tmp_path: Path) -> None:
    done = run(tmp_path, "sample", "clip.mp4", *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "clip.mp4: 0.5 s, video h264 320x240 10/s, audio aac 48000 Hz\n"
    again = run(tmp_path, "sample", "clip.mp4", *QUICK)
    assert again.returncode == 4
    assert again.stderr == (
        "framecast: clip.mp4 exists already: choose another name, or replace it with --force\n"
    )
    assert run(tmp_path, "sample", "clip.mp4", *QUICK, "--force", "--codec", "av1").stderr == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--size", "0x240"], "--size must have both sides"),
        (["--fps", "many"], "--fps is 'many', but it must be between 0.1 and 240 pictures a second"),
    ],
)
def test_wrong_option_is_named(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "clip.mp4", *options]) == 2
    assert said in capsys.readouterr().err
