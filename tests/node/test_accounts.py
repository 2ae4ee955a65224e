"""A node with accounts: its streams are in the database, each with an owner, and it follows what others change there."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast.accounts import Accounts, open_accounts
from framecast.client.node_client import NodeClient
from framecast.errors import FramecastError, NodeUnavailable, WouldBlock
from framecast.model.rights import Role
from framecast.store.open import sqlite_url
from tests.node.running import DEADLINE_S, RunningNode, command, environment, served
from tests.node.test_first_start import make_admin
from tests.support.waiting import until


@pytest.fixture
def accounts(place: Path) -> Iterator[Accounts]:
    make_admin(place)
    opened = open_accounts(sqlite_url(place / "data" / "framecast.db"))
    yield opened
    opened.close()


def owners(client: NodeClient) -> dict[str, str | None]:
    return {one["name"]: one.get("owner") for one in client.request({"op": "streams"})["streams"]}


def put(node: RunningNode, name: str, by: str | None = None) -> None:
    node.client.request({"op": "put", "name": name, "stream": {"source": "pattern:"}, "by": by})


def test_streams_from_before_belong_to_the_first_admin_and_servers_go_on_with_accounts(place: Path) -> None:
    with served(place) as node:
        put(node, "old", "nobody asks without accounts")
        assert "owner" not in node.client.request({"op": "stream", "name": "old"})
        assert "accounts" not in node.client.info()
        web = node.client.info()["servers"]["web"]["pid"]
        admin = make_admin(place)
        until(lambda: owners(node.client) == {"demo": admin, "old": admin}, "they have an owner")
        until(lambda: node.client.info()["servers"]["web"]["pid"] not in (0, web), "another web server")
        assert not (place / "data" / "streams.json").exists()
        assert set(json.loads((place / "data" / "streams.json.imported").read_text())) == {"demo", "old"}
        assert node.client.info()["accounts"]["pid"]
        maps = {one.name(): Path(f"/proc/{one.pid}/maps").read_text() for one in node.processes()}
        assert "sqlite" in maps["fc-accounts"], "the control"
        assert "sqlite" not in maps["framecast"], "the node itself opens no database"
        assert node.client.request({"op": "database"})["database"] == f"sqlite:///{place}/data/framecast.db"


def test_owner_is_the_account_that_adds_a_stream_and_stays(place: Path, accounts: Accounts) -> None:
    (place / "framecast.yaml").write_text("streams: {door: 'pattern:'}\n")
    admin = accounts.account("ann").id
    member = accounts.create("bob", role=Role.MEMBER).id
    with served(place) as node:
        put(node, "hers", admin)
        put(node, "his", member)
        put(node, "his", admin)
        put(node, "shell")
        assert owners(node.client) == {"door": None, "hers": admin, "his": member, "shell": None}
        node.client.request({"op": "delete", "name": "hers", "by": member, "address": "10.0.0.9"})
        (server,) = [one for one in node.processes() if one.name() == "fc-accounts"]
        server.kill()
        until(lambda: node.client.info()["accounts"]["answers"], "another accounts server")
        until(lambda: node.client.info()["accounts"]["pid"] != server.pid, "another accounts server")
        until(lambda: _puts(node, "more", member), "it answers")
        accounts.give_stream("more", admin)
        until(lambda: owners(node.client)["more"] == admin, "it has another owner")
        # Without a notice: another program has changed the database.
        accounts.remove_stream("his")
        until(lambda: owners(node.client) == {"door": None, "more": admin, "shell": None}, "it is gone")
    with served(place) as node:
        assert owners(node.client) == {"door": None, "more": admin, "shell": None}
        node.client.request({"op": "delete", "name": "more", "by": member})
    assert [one.name for one in accounts.saved_streams()] == ["shell"]


def test_node_without_accounts_starts_no_process_for_them_and_loads_no_library(place: Path) -> None:
    with served(place) as node:
        until(lambda: node.client.info()["servers"]["web"]["answers"], "the web server is there")
        maps = {one.name(): Path(f"/proc/{one.pid}/maps").read_text() for one in node.processes()}
        assert {"framecast", "fc-parent", "fc-web"} <= set(maps)
        assert "fc-accounts" not in maps
        found = {
            (name, word)
            for name, text in maps.items()
            for word in ("sqlite", "sqlalchemy", "argon2")
            if word in text
        }
        assert not found


def test_address_of_a_member_is_one_also_on_the_stream_of_an_admin(place: Path, accounts: Accounts) -> None:
    inside = "rtsp://127.0.0.1:9/x"
    admin, member = accounts.account("ann").id, accounts.create("bob", role=Role.MEMBER).id
    with served(place) as node:

        def add(by: str, **options: object) -> None:
            stream = {"source": inside, **options}
            node.client.request({"op": "put", "name": "camera", "stream": stream, "by": by})

        with pytest.raises(FramecastError, match="source_networks"):
            add(member)
        add(admin)
        add(member, idle_s=60)  # the address stays the admin's
        with pytest.raises(FramecastError, match="source_networks"):
            node.client.request(
                {"op": "put", "name": "camera", "stream": {"source": "rtsp://127.0.0.1:9/y"}, "by": member}
            )
        with pytest.raises(FramecastError, match="source_networks"):
            node.client.request({"op": "try", "name": "x", "stream": {"source": inside}, "by": member})
        node.client.request({"op": "try", "name": "x", "stream": {"source": inside}, "by": admin})


def test_database_that_cannot_be_opened_ends_the_node_and_opens_nothing(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "framecast.db").write_text(
        "this is not a database, and it is longer than a header of one " * 20
    )
    ended = subprocess.run(
        command(place), env=environment(place), cwd=place, capture_output=True, text=True, timeout=DEADLINE_S
    )
    assert ended.returncode != 0
    assert "database" in ended.stderr
    assert "serving" not in ended.stderr


def test_address_of_a_member_reaches_only_the_networks_that_the_owner_names(
    place: Path, accounts: Accounts
) -> None:
    admin, member = accounts.account("ann").id, accounts.create("bob", role=Role.MEMBER).id
    with socket.create_server(("127.0.0.1", 0)) as canary, served(place) as node:
        canary.setblocking(False)
        port = canary.getsockname()[1]
        add(node, "named", f"rtsp://localhost:{port}/x", member)
        node.subscribe("named", "video")
        until(lambda: reason(node, "named") == "forbidden", "it is refused when it is dialled")
        with pytest.raises(BlockingIOError):
            canary.accept()
        add(node, "cellar", f"rtsp://localhost:{port}/x", admin)
        node.subscribe("cellar", "video")
        canary.settimeout(DEADLINE_S)
        canary.accept()[0].close()  # what an admin adds leads anywhere


def add(node: RunningNode, name: str, source: str, by: str) -> None:
    node.client.request({"op": "put", "name": name, "stream": {"source": source}, "by": by})


def reason(node: RunningNode, name: str) -> str:
    return str(node.client.request({"op": "stream", "name": name})["reason"])


def _puts(node: RunningNode, name: str, by: str) -> bool:
    try:
        put(node, name, by)
    except (WouldBlock, NodeUnavailable):  # it is being started again
        return False
    return True
