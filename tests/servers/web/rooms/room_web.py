"""A web server with rooms beside a small node with two cameras: open to everybody, or with accounts of which one may not see all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from framecast.model.rights import Grant, Right
from framecast.model.room_limits import RoomLimits
from framecast.store.open import sqlite_url
from tests.servers.web.library_web import LibraryWeb, library_settings
from tests.servers.web.rooms.room_client import RoomClient
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

DOOR, VAULT = "door", "vault"


def rooms_settings(folder: Path, guests: str, **options: Any) -> dict[str, Any]:
    """Return the key `rooms` of a server's settings."""
    given = {"guests": guests, "message_chars": 2000, "retention_s": None, "limits": RoomLimits().to_json()}
    return (
        {"database": sqlite_url(folder / "framecast.db"), "folder": str(folder / "rooms")} | given | options
    )


class RoomWeb(LibraryWeb):
    """A server with accounts: root (admin) sees everything; ann, bob (members) and vic (viewer) see the door."""

    def __init__(self, folder: Path, node: SmallNode, guests: str = "off") -> None:
        super().__init__(folder, node, rooms=rooms_settings(folder, guests))
        self.grants = {
            name: self.accounts.grant("account", name, Grant(Right.SEE, DOOR)).id
            for name in ("ann", "bob", "vic")
        }
        self.tokens: dict[str, str | None] = {name: self.token(name, "admin") for name in self.ids}
        self.tokens["nobody"] = None

    def headers(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def member(self, who: str, key: str = DOOR, **hello: Any) -> RoomClient:
        """Return somebody in a room."""
        return RoomClient(self.url, key, self.headers(who), **hello)

    def by(self, name: str, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        """Return the answer to somebody."""
        return self.ask(path, self.tokens[name], method, **options)


@contextmanager
def room_web(folder: Path, guests: str = "off") -> Iterator[RoomWeb]:
    """Run such a server."""
    node = SmallNode(folder)
    node.add(DOOR)
    node.add(VAULT)
    try:
        found = RoomWeb(folder, node, guests)
        with found.web:
            yield found
            found.close()
    finally:
        node.close()


@contextmanager
def open_rooms_web(folder: Path) -> Iterator[WebProcess]:
    """Run a server without accounts, on which nothing was said yet."""
    node = SmallNode(folder)
    node.add(DOOR)
    try:
        options: dict[str, Any] = {
            "rooms": rooms_settings(folder, "write"),
            "library": library_settings(folder),
            "data_dir": str(folder),
        }
        with WebProcess(folder, **options) as web:
            yield web
    finally:
        node.close()
