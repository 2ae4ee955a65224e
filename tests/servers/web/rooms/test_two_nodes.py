"""Two whole nodes on one PostgreSQL serve the same rooms, each with its own processes and folders: what is done at one works at the other within 1.x seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from framecast.servers.rooms.outlet import BANNED
from tests.cli.running import Node
from tests.node.running import folder
from tests.servers.web.rooms.room_client import RoomClient
from tests.support import postgres

FROM_ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[str]]:
    """The addresses of the two nodes. They believe this machine, as a proxy, whose clients are elsewhere."""
    database = postgres.server().database()
    with ExitStack() as stack:
        urls = []
        for name in ("one", "two"):
            place: Path = stack.enter_context(folder()) / name
            place.mkdir()
            config = place / "framecast.yaml"
            config.write_text(
                json.dumps(
                    {
                        "streams": {"door": "pattern:?size=160x120"},
                        "database": database,
                        "trusted_proxies": ["127.0.0.1"],
                    }
                )
            )
            node = stack.enter_context(Node(place, "--config", str(config), servers=()))
            urls.append(node.url.rstrip("/"))
        yield urls


def test_room_is_one_at_both_nodes(nodes: list[str]) -> None:
    with RoomClient(nodes[0], "door", name="Ann") as ann, RoomClient(nodes[1], "door", name="Bob") as bob:
        assert ann.send("from the first node")["type"] == "done"
        bob.wait_for("from the first node")
        assert bob.send("from the second node")["type"] == "done"
        for one in (ann, bob):
            one.wait_for("from the second node")
        assert ann.said == bob.said == ["from the first node", "from the second node"]
        assert ann.seqs == bob.seqs == [1, 2]
        while not any(one["type"] == "presence" and one["count"] == 2 for one in ann.heard):
            ann.hear()


def test_ban_at_one_node_ends_the_connection_at_the_other_and_keeps_it_out(nodes: list[str]) -> None:
    with RoomClient(nodes[0], "door", name="Ann") as ann:
        with RoomClient(nodes[1], "door", FROM_ELSEWHERE, name="Eve") as eve:
            assert eve.welcome["you"]["role"] == "guest"
            assert eve.send("I am elsewhere")["type"] == "done"
            author = ann.wait_for("I am elsewhere")["message"]["author"]["id"]
            done = ann.ask(type="moderate", action="ban", target=author, scope="address")
            assert done["type"] == "done"
            assert eve.closed()[0] == BANNED
        with RoomClient(nodes[1], "door", FROM_ELSEWHERE, name="Eve again") as again:
            assert again.first["type"] == "error"
            assert again.first["error"] == "Denied"
