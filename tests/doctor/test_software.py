"""Python, libraries and codecs."""

from types import SimpleNamespace

import pytest

from framecast.doctor import software
from framecast.doctor.finding import Level
from framecast.native import Found


def test_codecs_that_are_missing_are_named_with_the_command_that_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("framecast.media.inventory.can_decode", lambda name: name != "hevc")
    (finding,) = software.check_codecs()
    assert finding.level is Level.WARNING
    assert "decoder hevc" in finding.found
    assert "pip install" in finding.mend


def test_everything_that_the_package_asks_for_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "_version", lambda name: "" if name == "pyyaml" else "1")
    findings = list(software.check_libraries())
    assert findings[0].level is Level.FAILURE
    assert findings[0].found == "missing: pyyaml"


def test_old_python_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "OLDEST_PYTHON", (9, 0))
    (finding,) = software.check_python()
    assert finding.level is Level.FAILURE


@pytest.mark.parametrize(
    ("found", "level", "words"),
    [
        (Found(None, "not installed"), Level.NOTE, "not used: not installed; Python receives RTSP"),
        (Found(None, "version 9", is_wrong=True), Level.WARNING, "not used: version 9"),
        (Found(SimpleNamespace(VERSION="7")), Level.OK, "7 receives RTSP"),  # type: ignore[arg-type]
    ],
)
def test_the_optional_package_is_named_with_the_reason_why_it_is_not_used(
    monkeypatch: pytest.MonkeyPatch, found: Found, level: Level, words: str
) -> None:
    monkeypatch.setattr("framecast.native.look", lambda: found)
    (finding,) = software.check_native()
    assert (finding.level, finding.found) == (level, words)
    assert bool(finding.mend) is found.is_wrong
