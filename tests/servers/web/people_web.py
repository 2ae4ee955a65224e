"""A web server with accounts, beside a small node; and a browser without pages, which keeps cookies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp

from framecast.accounts import Accounts
from framecast.accounts.passwords import Passwords
from framecast.model.rights import Role
from framecast.store import open_store
from framecast.store.open import sqlite_url
from tests.accounts.opened import CHEAP
from tests.servers.server_process import WAIT_S
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

PASSWORD = "correct horse battery"


class PeopleWeb:
    """The server at `url`, the name that passkeys need, and its accounts."""

    def __init__(self, folder: Path, node: SmallNode, on_port: int = 0, **options: Any) -> None:
        database = sqlite_url(folder / "framecast.db")
        self.accounts = Accounts(open_store(database), passwords=Passwords(CHEAP))
        self.web = WebProcess(
            node.folder, on_port=on_port, database=database, data_dir=str(folder), **options
        )
        self.url = f"http://localhost:{self.web.port}"
        self._browsers: list[httpx.Client] = []

    def person(self, name: str, role: Role = Role.MEMBER) -> str:
        """Make an account and return its id."""
        return self.accounts.create(name, role=role, password=PASSWORD).id

    def browser(self) -> httpx.Client:
        """Return a browser that follows no redirect, and sends what browsers send with a form."""
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        found = httpx.Client(base_url=self.url, timeout=WAIT_S, headers=headers)
        self._browsers.append(found)
        return found

    def close(self) -> None:
        """Close the browsers and the database."""
        for one in self._browsers:
            one.close()
        self.accounts.close()

    def signed_in(self, name: str) -> httpx.Client:
        """Return a browser in which a person without a second factor is signed in."""
        browser = self.browser()
        answer = give_password(browser, name)
        assert answer.headers["location"] == "./", answer.text
        return browser


def give_password(browser: httpx.Client, name: str, following: str = "") -> httpx.Response:
    """Fill the form of the login page."""
    return browser.post("/login", data={"name": name, "password": PASSWORD, "next": following})


def with_app(browser: httpx.Client) -> tuple[pyotp.TOTP, list[str]]:
    """Add an authenticator app to the account of a browser; return it with the recovery codes."""
    app = pyotp.TOTP(browser.post("/api/me/factors/app", json={}).json()["secret"])
    answer = browser.post("/api/me/factors/app/confirm", json={"code": app.now()})
    return app, answer.json()["recovery_codes"]


@contextmanager
def people_web(folder: Path, on_port: int = 0, **options: Any) -> Iterator[PeopleWeb]:
    """Run a server with an admin named root."""
    node = SmallNode(folder)
    try:
        found = PeopleWeb(folder, node, on_port, **options)
        found.person("root", Role.ADMIN)
        with found.web:
            yield found
            found.close()
    finally:
        node.close()
