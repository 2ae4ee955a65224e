"""What the doctor says of the sandbox, on this machine and on those that lack a part of it."""

from __future__ import annotations

import pytest

from framecast.doctor.finding import Level
from framecast.doctor.sandbox import check_sandbox, check_uploads
from framecast.errors import Broken
from framecast.processing import trial
from framecast.sandbox import landlock, seccomp
from framecast.sandbox import level as levels


@pytest.mark.parametrize(
    ("files", "calls", "level", "mend"),
    [
        (7, True, Level.OK, ""),
        (0, True, Level.NOTE, "5.13"),
        (1, False, Level.NOTE, "SECCOMP_FILTER"),
        (0, False, Level.NOTE, "5.13"),
    ],
)
def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, files: int, calls: bool, level: Level, mend: str
) -> None:
    monkeypatch.setattr(levels, "level", lambda: levels.Level(files, calls))
    (finding,) = check_sandbox()
    assert finding.level is level
    assert mend in finding.mend
    assert bool(finding.mend) is bool(mend)


def test_this_machine_is_described_as_it_is() -> None:
    (finding,) = check_sandbox()
    assert (finding.level is Level.OK) is bool(landlock.version() and seccomp.is_known())


def test_the_sandbox_of_uploads_is_tried() -> None:
    (finding,) = check_uploads()
    is_whole = bool(landlock.version() and seccomp.is_known())
    assert (finding.level is Level.OK) is is_whole
    assert ("has just tried" in finding.found) is is_whole


@pytest.mark.parametrize(
    ("reached", "level", "words"),
    [
        (["the network", "other programs"], Level.WARNING, "the network and other programs"),
        (Broken("no interpreter"), Level.WARNING, "no interpreter"),
    ],
)
def test_what_an_upload_could_reach_is_named(
    monkeypatch: pytest.MonkeyPatch, reached: list[str] | Broken, level: Level, words: str
) -> None:
    def tried() -> list[str]:
        if isinstance(reached, Broken):
            raise reached
        return reached

    monkeypatch.setattr(trial, "reached", tried)
    (finding,) = check_uploads()
    assert finding.level is level
    assert words in finding.found
