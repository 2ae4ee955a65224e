"""The first start over HTTP: who may make the first account, with a real database."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framecast.accounts import open_accounts
from framecast.model.rights import Role
from tests.servers.web.web_process import WebProcess

SECRET = "a-secret-of-the-terminal-that-nobody-guesses"
PASSWORD = "four words of mine"
StartWeb = Callable[..., WebProcess]


def waiting(folder: Path, ends_in_s: float = 3600) -> dict[str, Any]:
    """The settings of a node that waits for its first account."""
    return {
        "setup": {
            "secret_sha256": hashlib.sha256(SECRET.encode()).hexdigest(),
            "expires_at": int(time.time() + ends_in_s),
            "database": f"sqlite:///{folder / 'framecast.db'}",
        }
    }


def make(web: WebProcess, **headers: str) -> Callable[..., tuple[int, str]]:
    """Return what asks for the first account, and returns the status and the message or name."""

    def ask(name: str = "ada", password: str = PASSWORD, secret: str = "") -> tuple[int, str]:
        body = json.dumps({"name": name, "password": password, "secret": secret}).encode()
        response, text = web.ask("/api/setup", "POST", body, Content_Type="application/json", **headers)
        answer = json.loads(text)
        return response.status, answer.get("message") or answer["name"]

    return ask


def test_secret_of_the_terminal_makes_one_admin(start_web: StartWeb, tmp_path: Path) -> None:
    web = start_web(**waiting(tmp_path))
    response, page = web.ask("/setup")
    assert (response.status, response.headers["Cache-Control"]) == (200, "no-store")
    assert b'data-secret="typed"' in page
    ask = make(web)
    for wrong in ("", SECRET[1:], "ü"):
        status, words = ask(secret=wrong)
        assert status == 403
        assert "framecast setup" in words
    status, words = ask(password="short", secret=SECRET)
    assert (status, "8 to 1024 characters" in words) == (400, True)
    assert not (tmp_path / "framecast.db").exists(), "a node takes this file for its accounts"
    assert ask(secret=SECRET) == (200, "ada")
    assert ask(name="eve", secret=SECRET)[0] == 409
    accounts = open_accounts(waiting(tmp_path)["setup"]["database"])
    (only,) = accounts.all()
    assert (only.name, only.role) == ("ada", Role.ADMIN)
    assert accounts.sign_in("ada", PASSWORD).session
    accounts.close()


def test_secret_works_for_its_hour(start_web: StartWeb, tmp_path: Path) -> None:
    assert make(start_web(**waiting(tmp_path, -1)))(secret=SECRET)[0] == 403


def test_open_node_asks_for_no_secret_on_its_own_machine(start_web: StartWeb, tmp_path: Path) -> None:
    data = tmp_path / "data"  # not there yet
    web = start_web(data_dir=str(data), hosts=["tv.example"], trusted_proxies=["127.0.0.1"])
    assert b'data-secret="none"' in web.ask("/setup")[1]
    for headers in (
        {"Host": "tv.example"},
        {"X-Forwarded-For": "192.0.2.7"},
        {"Origin": "http://evil.example"},
    ):
        assert make(web, **headers)()[0] == 403, headers
    assert make(web)() == (200, "ada")
    assert make(web)("eve")[0] == 409


@pytest.mark.parametrize(
    ("options", "status"),
    [({"access_token": "t" * 32}, 404), ({}, 409), ({"database": "sqlite:////nowhere/framecast.db"}, 409)],
    ids=["token", "no data folder", "accounts"],
)
def test_other_nodes_have_no_setup(start_web: StartWeb, options: dict[str, Any], status: int) -> None:
    assert make(start_web(**options))()[0] == status


def test_node_that_is_open_to_the_network_is_set_up_on_its_machine(
    start_web: StartWeb, tmp_path: Path
) -> None:
    web = start_web(address="0.0.0.0", data_dir=str(tmp_path))
    status, words = make(web)()
    assert status == 403
    assert "framecast user" in words
