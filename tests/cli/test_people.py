"""`framecast user`, `group`, `grant`, `token`, `key` and `audit`: on the database itself, and what a running node makes of it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framecast.cli.app import main
from framecast.servers.zmq.keys import make as make_keys
from tests.cli.running import Node, environment
from tests.support.waiting import until

PASSWORD = "correct horse battery"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Give a function that runs a command in a folder of its own; it returns the exit code, stdout and stderr."""
    for key, value in environment(tmp_path).items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        code = main(words)
        return code, *capsys.readouterr()

    return run


def test_user_of_the_machine_gets_the_rights_of_an_account_and_loses_them(command: Command) -> None:
    add(command, "ada", "--role", "admin")
    assert command("user", "uid", "ada", "1001") == (0, "", "")
    assert command("user", "uid", "ada", "1001")[0] == 4
    assert command("user", "uid", "nobody", "1002")[0] == 3
    assert command("user", "uid", "ada", "1002", "--take")[0] == 3
    assert command("user", "uid", "ada", "1001", "--take") == (0, "", "")
    assert command("user", "uid", "ada", "1001", "--take")[0] == 3


def add(command: Command, name: str, *options: str) -> None:
    code, _, error = command("user", "add", name, *options, given=f"{PASSWORD}\n")
    assert (code, error) == (0, "")


def facts(command: Command, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command("user", "show", name, "--json")[1])
    return found


def test_first_account_is_an_admin_and_nothing_is_made_before(command: Command, tmp_path: Path) -> None:
    code, _, error = command("user", "list")
    assert code == 3
    assert "has no accounts" in error
    for words in (("ada",), ("ada", "--role", "admin", "--service"), ("a b", "--role", "admin")):
        assert command("user", "add", *words, given=f"{PASSWORD}\n")[0] == 2
    assert command("user", "add", "ada", "--role", "admin", given="short\n")[0] == 2
    assert command("user", "add", "ada", "--role", "admin")[0] == 2
    assert not (tmp_path / "framecast" / "framecast.db").exists()
    add(command, "ada", "--role", "admin")
    assert (tmp_path / "framecast" / "framecast.db").stat().st_mode & 0o777 == 0o600
    add(command, "bob", "--display-name", "Bob B.")
    assert re.fullmatch(
        r"ada  admin  last sign-in never\nbob  viewer  last sign-in never  Bob B\.\n",
        command("user", "list")[1],
    )
    code, _, error = command("user", "add", "ADA", given=f"{PASSWORD}\n")
    assert code == 4
    assert "choose another name" in error


def test_account_is_changed_locked_and_removed(command: Command) -> None:
    add(command, "ada", "--role", "admin")
    add(command, "bob", "--role", "member")
    for words in (("role", "bob", "viewer"), ("lock", "bob"), ("sign-out", "bob")):
        assert command("user", *words)[0] == 0
    found = facts(command, "bob")
    assert (found["role"], found["locked"]) == ("viewer", True)
    assert command("user", "unlock", "bob")[0] == 0
    assert command("user", "password", "bob", given="another horse\n")[0] == 0
    assert "locked" not in command("user", "show", "bob")[1]
    for words in (("remove", "ada"), ("lock", "ada"), ("role", "ada", "member")):
        code, _, error = command("user", *words)
        assert code == 4
        assert "last admin" in error
    assert command("user", "remove", "bob", "--give-to", "ada", "--remove-streams")[0] == 2
    assert command("user", "remove", "bob")[0] == 0
    assert command("user", "show", "bob")[0] == 3


def test_links_have_their_secret_behind_the_number_sign(command: Command) -> None:
    add(command, "ada", "--role", "admin")
    assert command("group", "make", "Family")[0] == 0
    invited = command(
        "user", "invite", "--role", "member", "--group", "family", "--server", "https://video.example/"
    )[1]
    assert re.fullmatch(r"https://video\.example/join#fci_[\w-]{43}\n", invited)
    reset = command("user", "reset", "ada", "--expires", "2h")[1]
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/reset#fcr_[\w-]{43}\n", reset)
    assert command("user", "invite", "--expires", "100d")[0] == 2


def test_groups_and_grants_are_made_listed_and_ended(command: Command) -> None:
    add(command, "ada", "--role", "admin")
    add(command, "bob")
    assert command("group", "make", "Family")[0] == 0
    assert command("group", "add", "Family", "ada", "bob")[0] == 0
    assert command("group", "drop", "Family", "ada")[0] == 0
    assert command("group", "list")[1] == "Family: bob\n"
    made = command("grant", "make", "see", "--to-group", "Family", "--stream-group", "Garden")[1].strip()
    command("grant", "make", "control", "--to", "bob", "--stream", "cam")
    command("grant", "make", "talk", "--to-everybody", "--all-streams")
    listed = {line.partition("  ")[2] for line in command("grant", "list")[1].splitlines()}
    assert listed == {
        "group Family  see  streams of Garden",
        "bob  control  stream cam",
        "everybody  talk  all streams",
    }
    assert command("grant", "end", made)[0] == 0
    assert made not in command("grant", "list")[1]
    for words in (("--to", "bob"), ("--to", "bob", "--to-everybody", "--stream", "x"), ("--stream", "x")):
        assert command("grant", "make", "see", *words)[0] == 2
    assert command("group", "remove", "Family")[0] == 0
    assert command("group", "list")[1] == ""


def test_token_is_printed_once_and_listed_without_its_secret(command: Command) -> None:
    add(command, "ada", "--role", "admin")
    secret = command("token", "make", "ada", "VLC", "--kind", "media", "--stream", "cam", "--expires", "90d")[
        1
    ].strip()
    assert re.fullmatch(r"fct_[\w-]{43}", secret)
    listed = command("token", "list", "ada")[1]
    assert re.search(r"  ada  VLC  watch  stream cam  used never  expires \d{4}-", listed)
    assert secret not in listed + command("token", "list", "--json")[1]
    assert command("token", "make", "ada", "x")[0] == 2
    assert command("token", "end", listed.split()[0])[0] == 0
    assert command("token", "list")[1] == ""


def test_curve_key_is_added_by_text_or_file_listed_and_removed(command: Command, tmp_path: Path) -> None:
    add(command, "ada", "--role", "admin")
    public = make_keys(tmp_path / "client.key")
    assert command("key", "add", "ada", str(tmp_path / "client.key.pub"), "kiosk", "--scope", "watch")[0] == 0
    assert command("key", "add", "ada", "--", public, "again")[0] == 4, "it belongs to an account already"
    listed = command("key", "list", "ada")[1]
    assert listed.startswith(f"{public}  ada  kiosk  watch  added ")
    assert json.loads(command("key", "list", "--json")[1])[0]["public_key"] == public
    assert command("key", "remove", "--", public)[0] == 0
    assert command("key", "list")[1] == ""
    code, _, error = command("key", "add", "ada", "no-key", "kiosk")
    assert (code, "40 characters" in error) == (2, True)


def test_audit_log_is_shown_filtered(command: Command) -> None:
    add(command, "ada", "--role", "admin")
    command("token", "make", "ada", "script", "--scope", "read")
    shown = command("audit", "--what", "token", "--since", "1h")[1]
    assert re.fullmatch(
        r"[\d-]{10} [\d:]{8} UTC  command line, user \S+  -  token\.make  ada: script  read\n", shown
    )
    rows = json.loads(command("audit", "--json")[1])
    assert rows[0]["what"] == "token.make"
    assert len(rows) > 1
    assert len(json.loads(command("audit", "--json", "--limit", "1")[1])) == 1
    assert command("audit", "--who", "nobody")[1] == ""
    assert command("audit", "--address", "192.0.2.1")[1] == ""


def test_data_folder_and_configuration_choose_the_database(command: Command, tmp_path: Path) -> None:
    add(command, "ada", "--role", "admin", "--data-dir", str(tmp_path / "other"))
    assert (tmp_path / "other" / "framecast.db").is_file()
    assert command("user", "list")[0] == 3
    (tmp_path / "framecast.yaml").write_text(f"data_dir: {tmp_path / 'other'}\n")
    assert command("user", "list")[1].startswith("ada  admin")


def test_help_of_the_commands_imports_no_database() -> None:
    code = (
        "import sys; from framecast.cli.app import main; main(['user', 'add', '--help']);"
        "sys.exit(any(name.split('.')[0] in ('sqlalchemy', 'alembic', 'argon2') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0


def status(url: str, token: str = "") -> int:
    request = urllib.request.Request(f"{url}api/streams")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_running_node_knows_accounts_and_tokens_that_a_command_makes(tmp_path: Path) -> None:
    def done(*words: str, given: str = "") -> str:
        ended = node.command(*words, given=given)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    with Node(tmp_path, "demo=pattern:") as node:
        assert status(node.url) == 200
        done("user", "add", "ada", "--role", "admin", given=f"{PASSWORD}\n")
        until(lambda: status(node.url) == 401, "the node asks everybody to sign in")
        token = done("token", "make", "ada", "script", "--scope", "read")
        until(lambda: status(node.url, token) == 200, "the token opens the list")
        done("token", "end", done("token", "list").split()[0])
        until(lambda: status(node.url, token) == 401, "the token opens nothing any more")
