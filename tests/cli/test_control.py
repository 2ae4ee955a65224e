"""`framecast add`, `remove`, `restart` and `streams` against a running node."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import framecast
from framecast.client.node_client import NodeClient, Status
from framecast.model import State
from tests.cli.running import Node, Running, run


def test_stream_is_added_listed_and_removed(node: Node) -> None:
    added = node.command("add", "garden", "rtsp://user:hunter2@127.0.0.1:9/1", "--transport", "udp")
    assert added.returncode == 0, added.stderr
    assert node.streams()["garden"]["source"] == "rtsp://***@127.0.0.1:9/1"
    assert node.command("remove", "garden").returncode == 0
    assert "garden" not in node.streams()


def test_source_on_stdin_is_on_no_command_line(node: Node) -> None:
    added = node.command("add", "hidden", "-", given="rtsp://user:hunter2@127.0.0.1:9/1\n")
    assert added.stdout == "hidden: rtsp://***@127.0.0.1:9/1\n"
    assert node.command("remove", "hidden").returncode == 0


def test_relative_path_means_the_folder_of_the_command(node: Node, place: Path) -> None:
    (place / "clip.mp4").touch()
    added = node.command("add", "here", "clip.mp4", "--once", cwd=place)
    assert added.returncode == 0
    note = "a file: plays in real time while it has readers, once"
    assert added.stdout == f"here: {place / 'clip.mp4'} ({note})\n"
    assert node.streams()["here"]["source"] == str(place / "clip.mp4")
    assert node.command("remove", "here").returncode == 0


def test_options_reach_the_node(node: Node) -> None:
    before = node.command("streams").stdout.splitlines()[0].split()
    assert "display" not in before, "a column that no stream needs"
    names = ("--display-name", "Früher [bold]Vogel", "--group", "Garten", "--group", "Hof")
    added = node.command("add", "eager", "pattern:?size=128x96", "--always", "-o", "idle_s=1", *names)
    assert added.returncode == 0, added.stderr
    status = node.streams()["eager"]
    assert (status["display_name"], status["groups"]) == ("Früher [bold]Vogel", ["Garten", "Hof"])
    shown = node.command("streams").stdout
    assert "display name" in shown
    assert "Garten, Hof" in shown
    with NodeClient(node.folder / "run") as client:
        client.wait("eager", State.LIVE)  # nobody reads: it is there because of --always
    wrong = node.command("add", "eager", "pattern:", "--option", "colour=red")
    assert (wrong.returncode, "colour" in wrong.stderr) == (2, True)
    assert node.command("restart", "eager").returncode == 0
    assert node.command("remove", "eager").returncode == 0


def test_unknown_stream_is_named_with_code_3(node: Node) -> None:
    for command in ("remove", "restart"):
        done = node.command(command, "nobody")
        assert done.returncode == 3
        assert "nobody" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_without_a_node_the_line_says_how_to_start_one(tmp_path: Path) -> None:
    done = run(tmp_path, "streams")
    assert done.returncode == 6
    assert "framecast serve" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_debug_shows_where_an_error_came_from(tmp_path: Path) -> None:
    done = run(tmp_path, "--debug", "streams")
    assert done.returncode == 6
    assert "Traceback" in done.stderr


def test_table_names_states_and_tracks(node: Node) -> None:
    with framecast.open("pattern", node=node.folder / "run") as reader:
        reader.read()
        shown = node.command("streams").stdout
        assert node.streams()["pattern"]["state"] == "live"
    assert "frames i420 320x180 25/s" in shown


def test_live_stream_without_fresh_pictures_is_told(node: Node) -> None:
    with framecast.open("pattern", node=node.folder / "run") as reader:
        status: dict[str, Any] = {"newest_at": None}
        while status["newest_at"] is None:
            reader.read()
            status = node.streams()["pattern"]
    assert abs(time.time() - status["newest_at"]) < 60
    fresh = Status("moving", state=State.LIVE, newest_at=time.time())
    assert fresh.note(time.time()) == ""
    assert replace(fresh, newest_at=time.time() - 42).note(time.time()) == "no picture for 42 s"
    assert replace(fresh, newest_at=time.time() - 42, state=State.OFFLINE).note(time.time()) == ""
    slow = replace(fresh, newest_at=time.time() - 42, every_s=60.0)
    assert slow.note(time.time()) == "every 60 s"
    assert replace(slow, newest_at=time.time() - 200).note(time.time()) == "no picture for 3 min"


def test_watching_prints_a_line_for_each_change(node: Node) -> None:
    with Running(node.folder, "streams", "--watch", "--json") as watching:
        watching.wait_for('"name": "pattern"')
        node.command("add", "passing", "pattern:")
        watching.wait_for('"name": "passing"')
        node.command("remove", "passing")
        watching.wait_for('"removed"')
        assert all(json.loads(line) for line in watching.lines)
