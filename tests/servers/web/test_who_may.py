"""Every route, as every kind of client: who gets to it, and that what one may not see is answered as what does not exist.

The real gate with a real database, in front of an application that only notes what has reached it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from framecast.servers.access.principal import Requirement
from framecast.servers.web.context import WebContext
from framecast.servers.web.middleware import GateMiddleware
from framecast.servers.web.route_table import ROWS, Names, Row
from framecast.servers.web.settings import WebSettings
from tests.servers.access.household import (
    EVERYBODY,
    GRANTED,
    HIDDEN,
    MEET,
    NOWHERE,
    OWN,
    Household,
    bearer,
)
from tests.servers.server_process import PLAIN
from tests.servers.web.small_node import SmallNode

VIDEO = "AAAAAAAAAAAAAAAAAAAAAA"


class Gate:
    """The gate of a web server in front of nothing: it says who gets through, and what the others are answered."""

    def __init__(self, folder: Path) -> None:
        self.people = Household(folder / "data")
        self.node = SmallNode(folder)
        self.node.add(GRANTED)
        self.node.add(OWN, owner=self.people.ids["member"])
        self.node.add(HIDDEN)
        given = {key: value for key, value in PLAIN.items() if key in WebSettings.__dataclass_fields__}
        given |= {"hosts": (), "origins": (), "trusted_proxies": (), "database": self.people.url}
        self.settings = WebSettings(fd=-1, runtime_dir=folder, **given)
        people = self.people
        self.shown: dict[str, dict[str, str]] = {
            "anonymous": {},
            **{name: people.cookie(self.settings, secret) for name, secret in people.sessions.items()},
            **{
                ("admin token" if name == "admin" else name): bearer(secret)
                for name, secret in people.tokens.items()
            },
        }

    def ask(self, *requests: tuple[str, str, str, dict[str, str]]) -> list[tuple[int, bytes]]:
        """Return status and body for each (method, path, query, headers); status 0 for one that gets through."""

        async def all_of_them() -> list[tuple[int, bytes]]:
            web = WebContext(self.settings, "127.0.0.1")
            reached: list[dict[str, Any]] = []

            async def app(scope: Any, _receive: Any, _send: Any) -> None:
                reached.append(scope)

            gate = GateMiddleware(app, web)
            found = []
            for method, path, query, headers in requests:
                sent: list[dict[str, Any]] = []

                async def send(message: Any, sent: list[dict[str, Any]] = sent) -> None:
                    sent.append(message)

                given = {"host": "localhost", "sec-fetch-site": "same-origin"} | headers
                raw = [(name.encode(), value.encode()) for name, value in given.items()]
                scope = {
                    "type": "http",
                    "method": method,
                    "path": path,
                    "raw_path": path.encode(),
                    "query_string": query.encode(),
                    "headers": raw,
                    "scheme": "http",
                    "http_version": "1.1",
                    "client": ("127.0.0.1", 1),
                    "server": ("127.0.0.1", 80),
                }
                await gate(scope, _nothing, send)
                body = b"".join(one.get("body", b"") for one in sent)
                found.append((sent[0]["status"] if sent else 0, body))
            await web.close()
            return found

        return asyncio.run(all_of_them())

    def close(self) -> None:
        self.node.close()
        self.people.close()


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b""}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    found = Gate(tmp_path_factory.mktemp("gate"))
    yield found
    found.close()


def request(gate: Gate, row: Row, client: str, stream: str) -> tuple[str, str, str, dict[str, str]]:
    """Return what a client sends to a row, about a stream if the row is about one."""
    query: dict[str, str] = {"src": stream} if row.names is Names.STREAM else {}
    headers = dict(gate.shown.get(client, {}))
    if client == "media":
        query["token"] = gate.people.media
    path = shaped(row)
    return row.method, path, urlencode(query), headers


def shaped(row: Row) -> str:
    return (
        row.path.replace("{name}", "wall.css")
        .replace("{id}", VIDEO)
        .replace("{generation}", "g1")
        .replace("{key}", f"stream:{GRANTED}")
    )


def test_every_requirement_is_in_the_table_of_this_test() -> None:
    assert set(MEET) == set(Requirement)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_each_row_is_reached_by_whom_it_is_for_and_by_nobody_else(gate: Gate, row: Row) -> None:
    clients = sorted(EVERYBODY)
    answers = gate.ask(*(request(gate, row, client, GRANTED) for client in clients))
    statuses = {client: status for client, (status, _) in zip(clients, answers, strict=True)}
    expected = set(MEET[row.requirement])
    if row.requirement is Requirement.CONTROL and row.names is None:
        expected |= {"viewer", "member"}  # its handler says which stream it is about
    if row.method not in ("GET", "HEAD") or row.names is Names.PACKAGER:
        expected.discard(
            "media"
        )  # it opens one stream; here no playlist is named (test_accounts_end has one)
    if row.requirement is Requirement.LIBRARY or row.path == "/api/rooms/join":
        expected.discard("media")  # it opens a stream
    if row.requirement is Requirement.OPEN and row.method not in ("GET", "HEAD"):
        expected.add("media")  # it need not show anything
    assert {client for client, status in statuses.items() if status == 0} == expected
    if "anonymous" not in expected:
        assert statuses["anonymous"] == 401
    assert {statuses[client] for client in EVERYBODY - expected - {"anonymous"}} <= {
        *(401, 403),
        *(() if row.exists else (404,)),
    }


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.names is Names.STREAM], ids=lambda row: f"{row.method} {row.path}"
)
def test_stream_that_one_may_not_see_is_answered_as_one_that_does_not_exist(gate: Gate, row: Row) -> None:
    for client in ("viewer", "member"):
        hidden, nowhere = gate.ask(request(gate, row, client, HIDDEN), request(gate, row, client, NOWHERE))
        assert hidden[0] == 404
        assert (hidden[0], hidden[1].replace(HIDDEN.encode(), b"X")) == (
            nowhere[0],
            nowhere[1].replace(NOWHERE.encode(), b"X"),
        )
        assert GRANTED.encode() not in hidden[1]
    ((admins, _),) = gate.ask(request(gate, row, "admin", HIDDEN))
    assert admins == 0, "there is such a stream"


def test_owner_may_what_others_may_not(gate: Gate) -> None:
    rows = [row for row in ROWS if row.names is Names.STREAM]
    assert {status for status, _ in gate.ask(*(request(gate, row, "member", OWN) for row in rows))} == {0}
    changing = [row for row in rows if row.requirement is Requirement.CONTROL]
    assert changing
    assert {
        status for status, _ in gate.ask(*(request(gate, row, "viewer", GRANTED) for row in changing))
    } == {403}
    assert {status for status, _ in gate.ask(*(request(gate, row, "viewer", OWN) for row in changing))} == {
        404
    }


def test_path_without_a_route_is_answered_by_404_to_everybody_who_is_known(gate: Gate) -> None:
    asked = [("GET", "/vault", "", gate.shown[name]) for name in ("viewer", "member", "read", "anonymous")]
    statuses = [status for status, _ in gate.ask(*asked)]
    assert statuses == [404, 404, 404, 401]
    assert gate.ask(("GET", "/vault", "", gate.shown["admin"]))[0][0] == 0, "its 404 is the application's"


def test_token_in_a_url_is_a_media_token_of_this_stream(gate: Gate) -> None:
    media, api = gate.people.media, gate.people.tokens["watch"]

    def status(path: str, **query: str) -> int:
        return gate.ask(("GET", path, urlencode(query), {}))[0][0]

    assert status("/api/frame.jpeg", src=GRANTED, token=media) == 0
    assert status("/api/frame.jpeg", src=HIDDEN, token=media) == 403
    assert status("/api/frame.jpeg", src=NOWHERE, token=media) == 403
    assert status("/api/streams", token=media) == 403
    assert status("/api/frame.jpeg", src=GRANTED, token=api) == 401
    assert status("/api/frame.jpeg", src=GRANTED, token="fct_" + "x" * 43) == 401
    several = urlencode([("src", GRANTED), ("src", HIDDEN), ("token", media)])
    assert gate.ask(("GET", "/api/frame.jpeg", several, {}))[0][0] == 403


def test_stream_is_named_once_by_those_who_do_not_see_all(gate: Gate) -> None:
    several = urlencode([("src", GRANTED), ("src", HIDDEN)])
    assert gate.ask(("GET", "/api/frame.jpeg", several, gate.shown["viewer"]))[0][0] == 400
    assert gate.ask(("GET", "/api/frame.jpeg", "", gate.shown["viewer"]))[0][0] == 0, "the route asks for src"


def test_page_of_another_site_changes_nothing_by_a_session(gate: Gate) -> None:
    foreign = {**gate.shown["admin"], "sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"}
    assert gate.ask(("POST", "/api/restart", f"src={GRANTED}", foreign))[0][0] == 403
    assert gate.ask(("POST", "/api/restart", f"src={GRANTED}", gate.shown["admin"]))[0][0] == 0
