"""Python, libraries and codecs."""

import pytest

from framecast.doctor import software
from framecast.doctor.finding import Level


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
