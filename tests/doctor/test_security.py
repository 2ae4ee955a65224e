"""`doctor --security`: what is open, which secrets others can read, which parsers are too old."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from framecast.doctor import security
from framecast.doctor.finding import Finding, Level
from framecast.keyfile import KeyFile


def exposed(monkeypatch: pytest.MonkeyPatch, url: str, **info: Any) -> Finding:
    monkeypatch.setattr(
        security, "node_info", lambda: {"servers": {"web": {"url": url}}, "token_strength": "none", **info}
    )
    (found,) = security.check_exposure()
    return found


@pytest.mark.parametrize(
    ("url", "info", "level", "words"),
    [
        ("http://127.0.0.1:8080/", {}, Level.OK, "this machine only"),
        ("http://[::1]:8080/", {}, Level.OK, "this machine only"),
        ("http://0.0.0.0:8080/", {}, Level.FAILURE, "without a password"),
        ("http://0.0.0.0:8080/", {"token_strength": "strong"}, Level.WARNING, "without TLS"),
        ("http://0.0.0.0:8080/", {"accounts": {"pid": 1}}, Level.WARNING, "by accounts"),
        (
            "http://0.0.0.0:8080/",
            {"accounts": {"pid": 1}, "trusted_proxies": ["10.0.0.5"]},
            Level.WARNING,
            "do not come through the proxy",
        ),
        ("https://0.0.0.0:8080/", {"accounts": {"pid": 1}}, Level.OK, "with TLS"),
        ("grpcs://10.0.0.1:50051", {"token_strength": "strong"}, Level.OK, "by the access token"),
    ],
)
def test_port_is_judged_by_who_may_use_it(
    monkeypatch: pytest.MonkeyPatch, url: str, info: Any, level: Level, words: str
) -> None:
    found = exposed(monkeypatch, url, **info)
    assert found.level is level
    assert words in found.found
    assert bool(found.mend) == (level is not Level.OK)


def test_secret_that_others_may_read_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "node_info", lambda: {"data_dir": str(tmp_path)})
    tmp_path.chmod(0o700)
    KeyFile(tmp_path).seal("geheim", "a")
    assert {one.level for one in security.check_secrets()} == {Level.OK}
    KeyFile(tmp_path).path.chmod(0o640)
    (tmp_path / "streams.json").write_text('{"door": "rtsp://user:geheim@camera/1"}')
    (tmp_path / "streams.json").chmod(0o600)
    (tmp_path / "streams.json.broken-1").touch()
    wrong = [one for one in security.check_secrets() if one.level is not Level.OK]
    assert [one.level for one in wrong] == [Level.WARNING] * 3
    assert "0640" in wrong[0].found
    assert wrong[0].mend == f"chmod 600 {tmp_path}/secret.key"
    assert "in the clear" in wrong[2].found
    assert "geheim" not in str(wrong)


def test_old_parser_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {one.level for one in security.check_parsers()} == {Level.OK}, (
        "what is installed here is new enough"
    )
    monkeypatch.setattr(security, "FLOORS", (security.Floor("X", lambda: (1, 9), (1, 10), "a reason"),))
    (found,) = security.check_parsers()
    assert (found.level, found.found) == (Level.WARNING, "X 1.9 is older than 1.10: a reason")


def test_machine_without_a_node_or_data_has_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "node_info", lambda: {"data_dir": str(tmp_path / "none")})
    assert [one.level for one in security.check_secrets()] == [Level.NOTE]
    monkeypatch.setattr(security, "node_info", dict)
    assert [one.level for one in security.check_exposure()] == [Level.NOTE]


def test_configuration_with_secrets_must_be_private(tmp_path: Path) -> None:
    path = tmp_path / "framecast.yaml"
    path.write_text("streams: {door: 'pattern:'}\n")
    path.chmod(0o644)
    assert security._configuration(path).level is Level.OK
    for text in ("access_token: geheim\n", "streams: {door: 'rtsp://u:geheim@camera/1'}\n"):
        path.write_text(text)
        found = security._configuration(path)
        assert (found.level, "geheim" in str(found)) == (Level.WARNING, False)


def test_files_of_secrets_that_the_node_was_given_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tls.key", "curve.key", "token.txt", "tls.pem", "clients.txt"):
        (tmp_path / name).write_text("geheim")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "tls.pem").chmod(0o644)
    (tmp_path / "clients.txt").chmod(0o664)
    (tmp_path / "framecast.yaml").write_text(
        "tls:\n  cert_file: tls.pem\n  key_file: tls.key  # ours\nzmq: {curve_secret_key_file: 'curve.key', "
        "curve_clients_file: clients.txt}\n"
    )
    environment = {"FRAMECAST_ACCESS_TOKEN_FILE": str(tmp_path / "token.txt"), "OTHER_KEY_FILE": "tls.pem"}
    node = subprocess.Popen(["sleep", "60"], cwd=tmp_path, env=environment)
    try:
        info = {"data_dir": str(tmp_path / "data"), "pid": node.pid, "config": "framecast.yaml"}
        (tmp_path / "data").mkdir(mode=0o700)
        monkeypatch.setattr(security, "node_info", lambda: info)
        (tmp_path / "token.txt").chmod(0o644)
        (tmp_path / "curve.key").chmod(0o640)
        found = {one.found.partition(":")[0]: one for one in security.check_secrets()}
    finally:
        node.kill()
        node.wait()
    levels = {Path(name).name: one.level for name, one in found.items() if name.startswith(str(tmp_path))}
    assert levels["tls.key"] is Level.OK
    assert levels["curve.key"] is Level.WARNING
    assert levels["token.txt"] is Level.WARNING
    assert levels["tls.pem"] is Level.OK, "everybody may read a certificate"
    assert levels["clients.txt"] is Level.WARNING
    assert found[str(tmp_path / "clients.txt")].mend == f"chmod go-w {tmp_path}/clients.txt"
    assert found[str(tmp_path / "token.txt")].mend == f"chmod 600 {tmp_path}/token.txt"
    assert "geheim" not in str(found)
