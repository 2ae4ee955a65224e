"""A whole node with its accounts on PostgreSQL: accounts by commands, sign-in by the web, tokens by gRPC, and `kill -9` of the node in a change."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.cookies import SimpleCookie
from pathlib import Path

import grpc
import httpx
import pytest

from framecast.v1 import streams_pb2
from tests.cli.running import Node
from tests.node.running import folder
from tests.servers.rpc.house import Client
from tests.support import postgres
from tests.support.program import LIMIT_S
from tests.support.waiting import until

PASSWORD = "correct horse battery"
LIST = streams_pb2.ListStreamsRequest()
KNOWN_BEFORE_KILL = 5


@pytest.fixture
def place() -> Iterator[Path]:
    """The folder of a node whose configuration names the database and one stream."""
    with folder() as found:
        (found / "framecast.yaml").write_text(
            json.dumps({"streams": {"door": "pattern:?size=160x120&audio=0"}, "database": _database()})
        )
        yield found


def _database() -> str:
    return postgres.server().empty_database()


def started(place: Path) -> Node:
    return Node(place, "--config", str(place / "framecast.yaml"), servers=("grpc",))


def commanded(node: Node, *words: str, given: str = "") -> str:
    done = node.command(*words, "--config", str(node.folder / "framecast.yaml"), given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def signed_in(node: Node) -> str:
    """Return the cookie of a session that the login page has opened."""
    form = {"name": "ada", "password": PASSWORD}
    answer = httpx.post(f"{node.url}login", data=form, headers=_origin(node), timeout=LIMIT_S)
    assert answer.status_code == 303, answer.text
    cookies = SimpleCookie(answer.headers["set-cookie"])
    return "; ".join(f"{name}={one.value}" for name, one in cookies.items())


def status_of(node: Node, cookie: str = "") -> int:
    return httpx.get(f"{node.url}api/streams", headers={"cookie": cookie}, timeout=LIMIT_S).status_code


def _origin(node: Node) -> dict[str, str]:
    return {"origin": node.url.rstrip("/")}


def test_accounts_of_a_node_are_whole_also_after_it_was_killed_in_a_change(place: Path) -> None:
    with started(place) as node:
        assert status_of(node) == 200
        commanded(node, "user", "add", "ada", "--role", "admin", given=f"{PASSWORD}\n")
        until(lambda: _refuses(node))  # its servers were started again
        cookie = signed_in(node)
        assert status_of(node, cookie) == 200
        _call_ends_with_its_token(node)
        confirmed = _killed_in_a_change(node, cookie)
    with started(place) as again:
        headers = {"cookie": cookie}
        found = httpx.get(f"{again.url}api/streams", headers=headers, timeout=LIMIT_S).json()
        # The one that was on its way may be there: whole, or not at all.
        assert set(confirmed) <= set(found) - {"door"} <= {*confirmed, f"added{len(confirmed)}"}
        assert all(found[name]["producers"] == [{"url": "numbers:"}] for name in confirmed)


def _call_ends_with_its_token(node: Node) -> None:
    secret = commanded(node, "token", "make", "ada", "relay", "--scope", "relay")
    token = json.loads(commanded(node, "token", "list", "--json"))[0]["id"]
    address = node.wait_for(r"grpc=grpcs?://(\S+)").group(1)
    with Client(address, token=secret) as client:
        found = client.streams.ListStreams(LIST, metadata=client.metadata, wait_for_ready=True)
        assert [one.name for one in found.streams] == ["door"]
        reading = client.read("door", "jpeg/75")
        assert reading.record().payload
        commanded(node, "token", "end", token)
        assert reading.ended()[0] is grpc.StatusCode.UNAUTHENTICATED


def _killed_in_a_change(node: Node, cookie: str) -> list[str]:
    """Return the streams whose addition was confirmed before `kill -9` of the node."""
    confirmed: list[str] = []
    adding = threading.Thread(target=_add, args=(node, cookie, confirmed))
    adding.start()
    try:
        until(lambda: len(confirmed) >= KNOWN_BEFORE_KILL)
    finally:
        node.process.send_signal(signal.SIGKILL)
        adding.join(LIMIT_S)
    assert not adding.is_alive()
    return confirmed


def _refuses(node: Node) -> bool:
    with suppress(httpx.TransportError):  # the old server has gone, the new one has not come yet
        return status_of(node) == 401
    return False


def _add(node: Node, cookie: str, confirmed: list[str]) -> None:
    """Add streams, one after another, until the node is gone."""
    client = httpx.Client(headers={"cookie": cookie, **_origin(node)}, timeout=LIMIT_S)
    with client, suppress(httpx.TransportError):
        while True:
            name = f"added{len(confirmed)}"
            answer = client.put(f"{node.url}api/streams", params={"name": name, "src": "numbers:"})
            if answer.status_code != 200:  # the web server outlives the node for a moment
                return
            confirmed.append(name)
