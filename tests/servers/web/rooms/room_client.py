"""A member of a room without a browser: talks over a real WebSocket library, and keeps what it has heard."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

WAIT_S = 30.0
Fields = dict[str, Any]


class RoomClient:
    """One open socket at `url` (http://HOST:PORT), after its hello; `welcome` is the answer. `events` are those that it has heard, `said` by their texts."""

    def __init__(self, url: str, key: str, headers: dict[str, str] | None = None, **hello: Any) -> None:
        address = f"ws{url.removeprefix('http')}/api/rooms/{key}/ws"
        self._stack = ExitStack()
        options = {"additional_headers": headers, "open_timeout": WAIT_S, "close_timeout": WAIT_S}
        self.socket: ClientConnection = self._stack.enter_context(connect(address, **options))  # type: ignore[arg-type]
        self.heard: list[Fields] = []
        self.events: list[Fields] = []
        self.code = 0  # with which the server has closed
        self._refs = itertools.count(1)
        try:
            self.post(type="hello", **hello)
            self.first = self.hear()
        except BaseException:
            self._stack.close()
            raise
        self.welcome = self.first

    @property
    def said(self) -> list[str]:
        """The texts of the messages that it has heard, in order."""
        return [one["message"]["text"] for one in self.events if one["kind"] == "message"]

    @property
    def seqs(self) -> list[int]:
        return [one["seq"] for one in self.events]

    def post(self, **fields: Any) -> None:
        self.socket.send(json.dumps(fields))

    def hear(self) -> Fields:
        """Return the next message."""
        found: Fields = json.loads(self.socket.recv(WAIT_S))
        self.heard.append(found)
        self.events += found.get("events", [])
        return found

    def until(self, is_it: Callable[[Fields], bool]) -> Fields:
        """Return the first message from now on that is it."""
        while True:
            found = self.hear()
            if is_it(found):
                return found

    def until_type(self, kind: str) -> Fields:
        return self.until(lambda found: found["type"] == kind)

    def ask(self, **fields: Any) -> Fields:
        """Send something and return what answers it: done or error."""
        ref = f"r{next(self._refs)}"
        self.post(**fields, ref=ref)
        return self.until(lambda found: found.get("ref") == ref)

    def send(self, text: str, id: str | None = None, **fields: Any) -> Fields:
        return self.ask(type="send", id=id or secrets.token_hex(8), text=text, **fields)

    def wait_for(self, text: str) -> Fields:
        """Return the event of a message, as soon as it was heard."""
        while text not in self.said:
            self.hear()
        return next(one for one in self.events if one["kind"] == "message" and one["message"]["text"] == text)

    def closed(self) -> tuple[int, list[Fields]]:
        """Wait until the server ends the connection; return the code, and what came before."""
        begin = len(self.heard)
        try:
            while True:
                self.hear()
        except ConnectionClosed as end:
            return (end.rcvd.code if end.rcvd is not None else 0), self.heard[begin:]

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
