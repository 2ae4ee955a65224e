"""The access token: named where it can be guessed, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.doctor.finding import Level
from framecast.doctor.token import check_token
from tests.node.running import served

STRONG = "8d969eef6ecad3c29a3a629280e686cf"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("ACCESS_TOKEN", "ACCESS_TOKEN_FILE"):
        monkeypatch.delenv(f"FRAMECAST_{key}", raising=False)
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("config", "level"),
    [
        ("", Level.NOTE),
        ("access_token: secret-word\n", Level.WARNING),
        (f"access_token: {STRONG}\n", Level.OK),
        ("access_token_file: token\n", Level.WARNING),
        ("access_token_file: none\n", Level.NOTE),
        ("- [", Level.NOTE),
    ],
)
def test_short_token_of_the_configuration_is_named(config: str, level: Level) -> None:
    Path("framecast.yaml").write_text(config)
    Path("token").write_text("secret-word\n")
    (finding,) = check_token()
    assert finding.level is level
    assert "secret-word" not in repr(finding)
    assert STRONG not in repr(finding)


def test_environment_stands_above_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("framecast.yaml").write_text("access_token: secret-word\n")
    monkeypatch.setenv("FRAMECAST_ACCESS_TOKEN", STRONG)
    (finding,) = check_token()
    assert finding.level is Level.OK


def test_running_node_is_asked_and_its_log_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path, FRAMECAST_ACCESS_TOKEN="secret-word"):
        monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(tmp_path / "run"))
        (finding,) = check_token()
        assert finding.level is Level.WARNING
    log = (tmp_path / "log").read_text()
    assert "short enough to be guessed" in log
    assert "secret-word" not in log
