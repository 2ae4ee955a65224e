"""One room from everywhere: a client in Node.js, a browser's web socket, a terminal and a Python bot; and what they said after every server was killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

import framecast
from tests.cli.running import environment
from tests.cli.terminal import Terminal
from tests.node.running import folder
from tests.servers.rpc.house import RpcNode
from tests.servers.rpc.test_node_client import HERE, said, start
from tests.support import npm_packages
from tests.support.program import LIMIT_S
from tests.support.waiting import until


@pytest.fixture(scope="module")
def node() -> Iterator[RpcNode]:
    """Give an open node."""
    with folder() as place, RpcNode(place, "demo=pattern:?size=128x96") as found:
        yield found


@pytest.fixture(scope="module")
def modules() -> Path:
    """Give the folder with the installed packages."""
    return npm_packages.modules(HERE)


def test_all_kinds_of_clients_talk_in_one_room_and_hear_the_same(node: RpcNode, modules: Path) -> None:
    run = node.folder / "run"
    ws = f"{node.url.replace('http', 'ws', 1)}api/rooms/demo/ws"
    surroundings = environment(node.folder) | {"USER": "ada", "XDG_STATE_HOME": str(node.folder / "state")}
    with (
        framecast.room("demo", name="bot", node=run, timeout_s=LIMIT_S) as bot,
        Terminal(node.folder, surroundings, "chat", "demo") as terminal,
        connect(ws, origin=Origin(node.url.rstrip("/"))) as socket,
    ):
        socket.send(json.dumps({"type": "hello", "name": "web"}))
        assert json.loads(socket.recv(LIMIT_S))["type"] == "welcome"
        client = start(modules, node.address, "talk", "demo", "from Node.js")
        assert bot.read().text == "from Node.js"
        terminal.wait_for("you are ada")
        terminal.type("from the terminal\r")
        assert bot.read().text == "from the terminal"
        socket.send(json.dumps({"type": "send", "id": "w1", "text": "from the browser"}))
        assert bot.read().text == "from the browser"
        bot.send("from the bot")
        bot.send("bye")
        heard = [bot.read().text for _ in range(2)]
        assert heard == ["from the bot", "bye"]
        terminal.wait_for("bot: bye")
        found = said(client)
        by_socket: list[str] = []
        while "bye" not in by_socket:
            frame = json.loads(socket.recv(LIMIT_S))
            events = frame["events"] if frame["type"] == "events" else []
            by_socket += [one["message"]["text"] for one in events if one["kind"] == "message"]
    everything = ["from Node.js", "from the terminal", "from the browser", "from the bot", "bye"]
    assert by_socket == everything
    assert [one["text"] for one in found if "text" in one] == everything
    assert [one["seq"] for one in found if "seq" in one] == [1, 2, 3, 4, 5]
    assert [one["is_repeat"] for one in found if "done" in one] == [False, True]
    names = ["node", "ada", "web", "bot", "bot"]
    assert [one["name"] for one in found if "text" in one] == names
    places = [terminal.text.index(text) for text in everything]
    assert places == sorted(places)


def test_what_was_said_is_there_after_every_server_was_killed(node: RpcNode) -> None:
    run = node.folder / "run"
    with framecast.room("demo", name="keeper", node=run, timeout_s=LIMIT_S) as bot:
        before = [bot.read().text for _ in range(5)]
        servers = node.control.info()["servers"]
        pids = {name: servers[name]["pid"] for name in ("web", "grpc")}
        for pid in pids.values():
            psutil.Process(pid).kill()
        bot._answer_s = LIMIT_S  # a loaded machine takes its time to start a server again
        sent = bot.send("after the crash")
        assert bot.read().text == "after the crash"
        until(
            lambda: all(
                node.control.info()["servers"][name]["pid"] not in (0, pid) for name, pid in pids.items()
            )
        )
        with framecast.room("demo", name="late", node=run, timeout_s=LIMIT_S) as late:
            assert [late.read().text for _ in range(6)] == [*before, "after the crash"]
            assert late.position.endswith(f"/{sent.seq}")
