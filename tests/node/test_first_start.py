"""The first start on an address that other machines reach: only the setup answers until there is an account."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from framecast.accounts import open_accounts
from framecast.errors import Conflict
from framecast.model.rights import Role
from framecast.store.open import sqlite_url
from tests.cli.running import run
from tests.node.running import RunningNode, served
from tests.support.ports import free_port
from tests.support.waiting import until


def make_admin(place: Path) -> str:
    """Make the first account as the command line does, and return its id. Nobody is notified."""
    (place / "data").mkdir(exist_ok=True)
    accounts = open_accounts(sqlite_url(place / "data" / "framecast.db"))
    try:
        return accounts.create("ann", role=Role.ADMIN).id
    finally:
        accounts.close()


def get(node: RunningNode, path: str, accept: str = "*/*") -> tuple[int, str]:
    where = urlsplit(node.client.info()["servers"]["web"]["url"])
    line = http.client.HTTPConnection("127.0.0.1", where.port, timeout=60)
    line.request("GET", path, headers={"Accept": accept})
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_only_the_setup_answers_until_there_is_an_account(place: Path) -> None:
    grpc, zmq = free_port(), free_port()
    servers = {"FRAMECAST_GRPC__ENABLED": "true", "FRAMECAST_ZMQ__ENABLED": "true"}
    flags = ("--host", "0.0.0.0", "--grpc-port", str(grpc), "--zmq-port", str(zmq))
    with served(place, *flags, **servers) as node:
        assert get(node, "/healthz")[0] == 200
        assert get(node, "/static/app.css")[0] == 200
        for path in ("/", "/api/streams", "/api", "/metrics", "/login", "/api/frame.jpeg?src=demo", "/none"):
            status, text = get(node, path)
            assert status == 503, (path, text)
            assert "the setup comes first" in json.loads(text)["message"]
        status, text = get(node, "/", "text/html")
        assert status == 503
        assert "<h1>" in text
        assert "framecast setup" in text
        assert set(node.client.info()["servers"]) == {"web"}
        assert not is_open(grpc)
        assert not is_open(zmq)

        shown = run(place, "setup")
        address = shown.stdout.splitlines()[0]
        where = urlsplit(address)
        assert where.path == "/setup", shown.stderr
        assert len(where.fragment) >= 43
        assert where.fragment not in (place / "log").read_text()
        until(lambda: node.client.info()["servers"]["web"]["answers"], "the web server has the new secret")

        # As a person would: the command asks the running node for the database.
        added = run(place, "user", "add", "ann", "--role", "admin", given="correct horse battery\n")
        assert added.returncode == 0, added.stderr
        assert (place / "data" / "framecast.db").exists()
        until(lambda: set(node.client.info()["servers"]) == {"web", "grpc", "zmq"}, "the ports open")
        until(lambda: is_open(grpc) and is_open(zmq), "their servers listen")
        until(lambda: get(node, "/healthz")[0] == 200, "the web server is there again")
        assert "the setup comes first" not in get(node, "/api/streams")[1]
        with pytest.raises(Conflict, match="does not wait for its first account"):
            node.client.request({"op": "setup"})


def test_open_node_has_no_setup(place: Path) -> None:
    with served(place, "--host", "0.0.0.0", "--insecure") as node:
        assert get(node, "/api/streams")[0] == 200
        with pytest.raises(Conflict, match="does not wait for its first account"):
            node.client.request({"op": "setup"})
