"""`framecast chat` and `framecast room` with a real node: in a terminal, between pipes."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import framecast
from framecast.cli.app import main
from tests.cli.running import COMMAND, environment
from tests.cli.terminal import Terminal
from tests.node.running import folder
from tests.servers.rpc.house import RpcNode
from tests.support.program import LIMIT_S


@pytest.fixture(scope="module")
def node() -> Iterator[RpcNode]:
    """Give an open node with a gRPC server."""
    with (
        folder() as place,
        RpcNode(place, "demo=pattern:?size=128x96", "porch=pattern:?size=128x96") as found,
    ):
        yield found


def surroundings(node: RpcNode, user: str) -> dict[str, str]:
    return environment(node.folder) | {"USER": user, "XDG_STATE_HOME": str(node.folder / "state")}


def chat(
    node: RpcNode, *arguments: str, given: str = "", user: str = "ada"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "chat", *arguments],
        env=surroundings(node, user),
        input=given,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        cwd=node.folder,
    )


def test_terminal_shows_what_is_said_and_says_what_is_typed(node: RpcNode) -> None:
    with (
        framecast.room("demo", name="bot", node=node.folder / "run", timeout_s=LIMIT_S) as bot,
        Terminal(node.folder, surroundings(node, "ada"), "chat", "demo") as terminal,
    ):
        terminal.wait_for("you are ada")
        terminal.type("hello bot\r")
        heard = bot.read()
        assert (heard.text, heard.author.name) == ("hello bot", "ada")
        bot.send("\x1b[2Jevil\x1b]0;title\x07", reply_to=heard)
        terminal.wait_for(r"bot: \S*evil")
        assert b"\x1b[2J" not in terminal.raw
        assert b"\x1b]0" not in terminal.raw
        terminal.type(f"/reply #{heard.seq} so so\r")
        answer = next(message for message in bot if message.author.name == "ada")
        assert (answer.text, answer.reply_to and answer.reply_to.seq) == ("so so", heard.seq)
        terminal.type(f"/react #{answer.seq} 👍\r/delete #{heard.seq}\r")
        kinds = [event.kind for _, event in zip(range(2), bot.events(), strict=False)]
        assert kinds == ["react", "delete"]
        terminal.wait_for(f"ada deleted #{heard.seq}")
        terminal.type("/who\r")
        terminal.wait_for("2 here: .*bot")
        terminal.type("/nonsense\r/delete x\r")
        terminal.wait_for("there is no command /nonsense")
        terminal.wait_for("a message is named by its number")
        terminal.type("half a line\x03")
        assert terminal.ended() == 130
        assert "Traceback" not in terminal.text
        assert terminal.modes_now() == terminal.modes, "the terminal is as it was"


def test_terminal_leaves_by_the_end_of_input(node: RpcNode) -> None:
    with Terminal(node.folder, surroundings(node, "ada"), "chat", "porch") as terminal:
        terminal.wait_for("you are ada")
        terminal.type("\x04")
        assert terminal.ended() == 0
        assert terminal.modes_now() == terminal.modes


def test_pipe_says_lines_and_prints_those_of_others(node: RpcNode) -> None:
    with framecast.room("porch", name="bot", since="now", node=node.folder / "run", timeout_s=LIMIT_S) as bot:
        done = chat(node, "porch", given="one\n\n/help is said\n" + "a" * 3000 + "\ntwo")
        assert (done.returncode, done.stdout) == (1, ""), "one line was refused"
        assert "not said" in done.stderr
        assert "2000 characters" in done.stderr
        heard = [bot.read() for _ in range(3)]
        assert [one.text for one in heard] == ["one", "/help is said", "two"]
        bot.send("for\nthe pipe \x1b[1m")
        done = chat(node, "porch", "--history", "2", given="again")
        assert done.returncode == 0
        first, second = done.stdout.splitlines()
        assert first.endswith("Z ada: two")
        assert second.endswith("Z bot: for\\nthe pipe [1m")
        again = next(message for message in bot if message.text == "again")
        assert again.author.id == heard[0].author.id, "the same user is the same guest again"
    secret = node.folder / "state" / "framecast" / "identity"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    found = [json.loads(line) for line in chat(node, "porch", "--history", "3", "--json").stdout.splitlines()]
    assert [one["message"]["author"]["name"] for one in found] == ["ada", "bot", "ada"]


def test_private_room_is_made_invited_to_exported_and_removed(
    node: RpcNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in surroundings(node, "ada").items():
        monkeypatch.setenv(name, value)

    def room(*arguments: str) -> str:
        assert main(["room", *arguments]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    key = room("add", "Planning").strip()
    assert key.startswith("room:")
    assert chat(node, key, given="secret plan").returncode == 0
    link = room("invite", key, "--uses", "2").strip()
    assert link.startswith("http://127.0.0.1:")
    assert room("join", link) == f"{key}  Planning\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{link}\n"))
    assert room("join", "-") == f"{key}  Planning\n"
    assert "ada" in room("members", key)
    assert main(["room", "join", f"{link}x"]) == 3
    assert "invitation" in capsys.readouterr().err
    # Rooms in which the same user has written before are in it, too.
    assert {one["key"]: one["title"] for one in json.loads(room("list", "--json"))}[key] == "Planning"
    room("export", key, "--output", str(tmp_path / "kept.jsonl"))
    kept = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert [one["message"]["text"] for one in kept if one["type"] == "event"] == ["secret plan"]
    room("remove", key)
    for wrong in (["room", "members", key], ["chat", "nowhere"]):
        assert main(wrong) == 3
        assert wrong[-1] in capsys.readouterr().err
    assert main(["chat", "video:../x"]) == 2


def test_without_a_node_the_sentence_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(tmp_path))
    assert main(["room", "list"]) == 6
    assert "framecast serve" in capsys.readouterr().err
