"""The configuration is read again: half-written files, keys that count at once, and keys that wait."""

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from framecast.errors import Invalid
from framecast.node import load_config
from framecast.node.config import Config
from framecast.node.reload import Reload
from tests.node.running import DEADLINE_S, RunningNode, read, served
from tests.support.waiting import until

NUMBERS = "numbers:?period=0.02"
GOOD = "streams: {door: 'pattern:'}\n"


class Followed:
    """A configuration in a file, and what was followed of it."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        path.write_text(text)
        self.followed: list[Config] = []
        self.reload = Reload(self._load(), self._load, lambda config, _: self.followed.append(config))

    def _load(self) -> Config:
        return load_config(self.path)

    def write(self, text: str) -> None:
        self.path.write_text(text)
        self.reload()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Followed:
    monkeypatch.delenv("FRAMECAST_RUNTIME_DIR", raising=False)
    return Followed(tmp_path / "framecast.yaml", GOOD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "# all gone\n",
        "---\n",
        "\ufeff",
        "null",
        "streams:\n  door: [",
        "streams: 7",
        "\0\0\0",
        "port: many",
        "- a list",
    ],
)
def test_file_that_is_not_good_changes_nothing_and_counts_when_it_becomes_good(
    file: Followed, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = file.reload.at
    file.write(text)
    file.write(text)
    assert not file.followed
    assert str(file.path) in file.reload.problems[0]
    assert file.reload.at == before
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) <= 1
    file.write("streams: {gate: 'pattern:'}\n")
    assert [list(config.specs) for config in file.followed] == [["gate"]]
    assert not file.reload.problems
    assert file.reload.at > before


def test_missing_file_changes_nothing(file: Followed) -> None:
    file.path.unlink()
    file.reload()
    assert not file.followed
    assert "missing or empty" in file.reload.problems[0]
    file.write(GOOD)
    assert not file.reload.problems


def test_streams_that_are_said_to_be_none_are_none(file: Followed) -> None:
    file.write("streams: {}\n")
    assert [config.specs for config in file.followed] == [{}]


def test_key_that_needs_a_start_keeps_its_value_and_is_told(file: Followed) -> None:
    file.write(GOOD + "port: 8081\ngrpc: {port: 50052}\norigins: ['https://intra.example']\n")
    assert file.reload.problems == [
        "port changed from 8080 to 8081: takes effect at the next start",
        "grpc.port changed from 50051 to 50052: takes effect at the next start",
    ]
    (config,) = file.followed
    assert (config.port, config.origins) == (8080, ["https://intra.example"])
    file.write(GOOD)
    assert not file.reload.problems


def test_another_database_counts_at_the_next_start_and_its_password_is_never_shown(file: Followed) -> None:
    file.write(GOOD + "database: postgresql://framecast:geheim@db.example/framecast\n")
    assert file.reload.problems == ["database changed: takes effect at the next start"]
    assert [config.database for config in file.followed] == [None]


def test_token_is_never_shown_and_never_taken_from_a_host_that_others_reach(tmp_path: Path) -> None:
    file = Followed(tmp_path / "framecast.yaml", "host: 0.0.0.0\naccess_token: geheim-eins\n")
    file.write("host: 127.0.0.1\nstreams: {}\n")
    (config,) = file.followed
    assert (config.host, config.token()) == ("0.0.0.0", "geheim-eins")
    assert file.reload.problems == [
        "host changed from 0.0.0.0 to 127.0.0.1: takes effect at the next start",
        "access_token changed: takes effect at the next start",
    ]
    file.write("host: 0.0.0.0\nstreams: {}\n")
    assert file.followed[-1].token() == "geheim-eins"
    assert file.reload.problems == ["access_token changed: takes effect at the next start"]
    file.write("host: 0.0.0.0\naccess_token: geheim-zwei\n")
    assert file.followed[-1].token() == "geheim-zwei"
    assert "geheim" not in str(file.reload.problems)


def test_node_with_accounts_needs_no_token_and_lets_it_go(tmp_path: Path) -> None:
    file = Followed(tmp_path / "framecast.yaml", "host: 0.0.0.0\naccess_token: geheim-eins\n")
    file.reload = Reload(
        file.reload.config, file._load, lambda config, _: file.followed.append(config), lambda: True
    )
    file.write("host: 0.0.0.0\nstreams: {}\n")
    assert file.followed[-1].token() == ""
    assert file.reload.problems == []


def test_first_configuration_that_is_wrong_is_still_refused(tmp_path: Path) -> None:
    (tmp_path / "framecast.yaml").write_text("port: many")
    with pytest.raises(Invalid):
        load_config(tmp_path / "framecast.yaml")


def _truncate_first(path: Path, text: str) -> None:
    path.write_text("")
    path.write_text(text)


def _remove_first(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def _rename(path: Path, text: str) -> None:
    path.rename(path.with_suffix(".bak"))
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


def _copy(path: Path, text: str) -> None:
    path.with_suffix(".new").write_text(text)
    shutil.copyfile(path.with_suffix(".new"), path)


def test_streams_go_on_however_the_file_is_saved(place: Path) -> None:
    path = place / "framecast.yaml"
    path.write_text(f"streams: {{door: '{NUMBERS}'}}")
    ways: tuple[Callable[[Path, str], None], ...] = (_truncate_first, _remove_first, _rename, _copy)
    with served(place) as node:
        reader = node.subscribe("door")
        first = read(reader).info.epoch
        for number, way in enumerate(ways):
            path.write_text("" if number % 2 else "streams: {door: [")  # and it stays so for a while
            until(lambda: node.client.info()["problems"], "the problem")
            gate = f"gate{number}"
            way(path, f"streams: {{door: '{NUMBERS}', {gate}: '{NUMBERS}'}}")
            _wait_for(node, gate)
        assert read(reader).info.epoch == first
        assert node.client.stream("door").reconnects == 0
        assert not node.client.info()["problems"]


def _wait_for(node: RunningNode, name: str) -> None:
    until(lambda: name in {status.name for status in node.client.streams()}, name)


def test_origins_and_the_token_count_at_once_and_a_port_is_told(place: Path) -> None:
    path = place / "framecast.yaml"
    path.write_text(f"streams: {{door: '{NUMBERS}'}}\n")
    with served(place) as node:
        url = until(lambda: node.client.info()["servers"]["web"]["url"], "the web server")
        read(node.subscribe("door"))
        assert until(lambda: _get(url + "api/streams"), "an answer") == 200
        read_at = node.client.info()["config_read_at"]
        path.write_text(
            f"streams: {{door: '{NUMBERS}'}}\naccess_token: geheimer-als-alles\nzmq: {{port: 7777}}\n"
        )
        with node.connect() as line:
            answer = line.call({"op": "reload"}, DEADLINE_S)
        assert ["7777: takes effect" in problem for problem in answer["problems"]] == [True]
        assert until(lambda: _get(url + "api/streams") == 401, "a refusal")
        assert _get(url + "api/streams", "geheimer-als-alles") == 200
        info = node.client.info()
        assert (
            [problem for problem in info["problems"] if "zmq.port changed from" in problem]
            == info["problems"]
            != []
        )
        assert info["config_read_at"] > read_at
        assert info["servers"]["web"]["restarts"] == 0
        assert node.client.stream("door").reconnects == 0
    assert "geheim" not in (place / "log").read_text()


def _get(url: str, token: str = "") -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            json.load(answer)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0
