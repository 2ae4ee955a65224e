"""`framecast serve`: ports, locks, signals, its file, its saved streams, and what is left of it."""

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from framecast.bus import Subscriber
from framecast.bus.node_connection import RETRY_S as NODE_RETRY_S
from framecast.errors import Conflict, Invalid, NotFound, WouldBlock
from framecast.model import Kind, State, TrackInfo
from framecast.node import schema
from tests.node.running import (
    DEADLINE_S,
    RunningNode,
    command,
    environment,
    gone,
    private_node,
    publish,
    read,
    send,
    served,
)
from tests.support.waiting import until

NUMBERS = "numbers:?period=0.02"


def log_of(place: Path) -> str:
    return (place / "log").read_text()


def run_to_the_end(
    place: Path, *arguments: str, port: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(place, *arguments, port=port),
        env=environment(place, **variables),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        cwd=place,
    )


def write_config(place: Path, text: str) -> None:
    fresh = place / "framecast.yaml.new"
    fresh.write_text(text)
    fresh.replace(place / "framecast.yaml")


def page_of(node: RunningNode) -> str:
    """Where the node's pages are, once they are there."""
    return str(until(lambda: node.client.info()["servers"]["web"]["url"], "the web server"))


def names(node: RunningNode) -> set[str]:
    return {status.name for status in node.client.streams()}


def is_idle(reader: Subscriber) -> bool:
    """Let the reader hear what the node says; True where it has read everything."""
    try:
        reader.read(0.05)
    except WouldBlock:
        return True
    return False


def test_node_without_any_stream_shows_a_test_pattern_named_demo(place: Path) -> None:
    with served(place) as node:
        (demo,) = node.client.streams()
        assert (demo.name, demo.source, demo.configured) == ("demo", "pattern:", "api")
        read(node.subscribe("demo", "frames"))


def test_demo_stays_until_it_is_removed_and_then_stays_away(place: Path) -> None:
    with served(place) as node:
        node.put("door", NUMBERS)
        assert names(node) == {"demo", "door"}
    with served(place) as node:
        assert names(node) == {"demo", "door"}
        node.client.delete("demo")
        node.client.delete("door")
    with served(place) as node:
        assert names(node) == set()


def test_no_demo_where_the_file_says_that_there_are_no_streams(place: Path) -> None:
    write_config(place, "streams: {}")
    with served(place) as node:
        assert names(node) == set()


def test_damaged_saved_streams_do_not_stop_the_node(place: Path) -> None:
    (place / "data").mkdir()
    content = f'{{"door": {{"source": "{NUMBERS}"}}, "gate": {{"sour'
    (place / "data" / "streams.json").write_text(content)
    with served(place) as node:
        assert names(node) == {"door"}
        (problem,) = node.client.info()["problems"]
        assert "is damaged" in problem
        assert problem in log_of(place)
        node.put("barn", NUMBERS)
    (aside,) = (place / "data").glob("streams.json.broken-*")
    assert aside.read_text() == content
    with served(place) as node:
        assert names(node) == {"door", "barn"}


def test_schema_of_the_configuration_is_told_to_programs_and_to_browsers(place: Path) -> None:
    with served(place) as node, node.connect() as channel:
        assert channel.call({"op": "schema"})["schema"] == schema()
        with urllib.request.urlopen(page_of(node) + "api/config/schema", timeout=DEADLINE_S) as answer:
            assert json.load(answer) == schema()


def test_private_node_has_no_schema() -> None:
    with private_node() as node, node.connect() as channel, pytest.raises(NotFound, match="no configuration"):
        channel.call({"op": "schema"})


def test_pictures_of_a_stream_without_any_are_404_in_a_browser(place: Path) -> None:
    with served(place, f"numbers={NUMBERS}") as node:
        for path in ("api/frame.jpeg", "api/stream.mjpeg"):
            with pytest.raises(urllib.error.HTTPError, match="404") as refused:
                urllib.request.urlopen(f"{page_of(node)}{path}?src=numbers", timeout=DEADLINE_S)
            with refused.value as answer:
                told = json.load(answer)
            assert told["error"] == "NotFound"
            assert "has no track jpeg/75; it has data" in told["message"]


def test_busy_port_ends_it_at_once_with_one_line_that_names_the_port(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_to_the_end(place, port=port, FRAMECAST_LOG__FORMAT="file")
    assert ended.returncode != 0
    (line,) = ended.stderr.splitlines()
    pid, _, level, message = line.split(" - ", 3)
    assert pid.isdecimal()
    assert level == "ERROR"
    assert str(port) in message
    assert "Address in use" in message
    assert [path.name for path in (place / "run").iterdir()] == ["node.lock"]


def test_second_node_in_the_same_folder_is_refused_with_the_first_ones_process(place: Path) -> None:
    with served(place) as node:
        ended = run_to_the_end(place)
        assert ended.returncode != 0
        assert f"process {node.pid}" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
        assert node.client.info()["pid"] == node.pid


def test_node_that_was_killed_leaves_no_process_and_the_next_one_starts(place: Path) -> None:
    with served(place, f"numbers={NUMBERS}") as node:
        read(node.subscribe("numbers"))
        everything = node.processes()
        assert {"fc-forkserver", "fc:numbers"} <= {process.name() for process in everything}
        node.process.kill()
        gone(everything)
    with served(place, f"numbers={NUMBERS}") as node:
        read(node.subscribe("numbers"))


def test_reader_and_program_find_the_next_node_in_any_order(place: Path) -> None:
    with served(place) as node:
        publisher = publish(node, "mine")
        reader = node.subscribe("mine")
        send(publisher, b"first")
        read(reader)
        node.process.kill()
        node.process.wait()
        with served(place) as after:
            with pytest.raises(WouldBlock):  # long enough for it to ask the new node
                reader.read(3 * NODE_RETRY_S)
            assert reader.status.node_connected
            channel = after.connect()
            channel.call({"op": "publish", "stream": "mine"})
            publisher.adopt(channel)
            publisher.report(State.LIVE)
            until(lambda: is_idle(reader) and reader.stats().introductions == 2, "the second introduction")
            send(publisher, b"second")
            while bytes(read(reader).payload) != b"second":
                pass
    publisher.close()


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_in_time_with_nothing_left(place: Path, signal_number: signal.Signals) -> None:
    with served(place, f"numbers={NUMBERS}") as node:
        read(node.subscribe("numbers"))
        everything = node.processes()
        node.process.send_signal(signal_number)
        assert node.process.wait(10) == 0
        assert not [process for process in everything if process.is_running()]
    assert not (place / "run" / "node.sock").exists()
    assert "Traceback" not in log_of(place)


def test_stopped_source_does_not_hold_up_the_end(place: Path) -> None:
    with served(place, f"numbers={NUMBERS}") as node:
        read(node.subscribe("numbers"))
        everything = node.processes()
        node.source_process("numbers").suspend()
        node.process.terminate()
        assert node.process.wait(10) == 0
        assert not [process for process in everything if process.is_running()]


def test_web_server_that_is_killed_comes_back_on_the_same_port(place: Path) -> None:
    with served(place) as node:
        web = until(lambda: (info := node.client.info()["servers"]["web"])["pid"] and info, "the web server")
        psutil.Process(web["pid"]).kill()
        again = until(
            lambda: (info := node.client.info()["servers"]["web"])["pid"] not in (0, web["pid"]) and info,
            "a new one",
        )
        assert again["url"] == web["url"]
        assert again["restarts"] == 1


def test_streams_of_the_api_survive_a_restart(place: Path) -> None:
    with served(place) as node:
        node.put("kept", "rtsp://user:geheim@127.0.0.1:9/", idle_s=3)
        node.put("removed", NUMBERS)
        node.client.delete("removed")
        kept = place / "data" / "streams.json"
        assert kept.stat().st_mode & 0o777 == 0o600
        node.process.kill()
        node.process.wait()
    with served(place) as node:
        assert names(node) == {"demo", "kept"}
        status = node.client.stream("kept")
        assert status.configured == "api"
        assert "geheim" not in status.source
    assert "geheim" not in log_of(place)


def test_no_text_of_a_client_breaks_the_list_of_streams_for_others(place: Path) -> None:
    hostile = "\x1b[2J\n\u202e\ud800 \udce9"
    (place / "data").mkdir()
    (place / "data" / "streams.json").write_text('{"bad": "/v/\\ud800.mp4", "door": "pattern:"}')
    with served(place) as node, node.connect() as program, node.connect() as other:
        with pytest.raises(Invalid, match="has the character"):
            node.put("esc", f"rtsp://camera/{hostile}")
        with pytest.raises(Invalid, match="is not a stream name"):
            other.call({"op": "put", "name": f"n{hostile}", "stream": "pattern:"})
        program.call({"op": "publish", "stream": "written", "label": hostile})
        info = TrackInfo("data", Kind.DATA, details={hostile: hostile}).to_json()
        for said in (
            {"op": "track", "info": info},
            {"op": "facts", "facts": {hostile: hostile}},
            {"op": "ready"},
            {"op": "state", "state": "offline", "reason": hostile, "detail": hostile},
        ):
            program.send(said)
        node.subscribe("written", label=hostile)
        until(lambda: node.client.stream("written").detail, "the detail")
        with urllib.request.urlopen(page_of(node) + "api/streams", timeout=DEADLINE_S) as answer:
            told = answer.read().decode()
        assert set(json.loads(told)) == {"door", "written"}
        assert told.isprintable()
        assert "\\\\x1b[2J\\\\n\\\\u202e\\\\ud800 \\\\udce9" in told
        with urllib.request.urlopen(page_of(node) + "metrics", timeout=DEADLINE_S) as answer:
            assert answer.read().decode().replace("\n", "").isprintable()
        assert "bad" not in names(node)
    assert log_of(place).replace("\n", "").isprintable()
    assert "a saved stream is skipped: the source of stream bad has the character" in log_of(place)


def test_full_disk_is_told_to_the_caller_and_loses_nothing(place: Path) -> None:
    with served(place) as node:
        node.put("first", NUMBERS)
        before = (place / "data" / "streams.json").read_bytes()
        psutil.Process(node.pid).rlimit(psutil.RLIMIT_FSIZE, (len(before) + 20, -1))
        with pytest.raises(Exception, match="could not be written"):
            node.put("second", NUMBERS)
        assert "second" not in names(node)
        assert (place / "data" / "streams.json").read_bytes() == before


def test_command_line_stands_above_the_file_and_the_file_above_the_api(place: Path) -> None:
    write_config(place, f"streams: {{door: '{NUMBERS}', gate: '{NUMBERS}&count=3'}}")
    with served(place, f"door={NUMBERS}&count=2") as node:
        status = {status.name: status for status in node.client.streams()}
        assert (status["door"].configured, status["gate"].configured) == ("command", "file")
        assert "count=2" in status["door"].source
        with pytest.raises(Conflict, match="command line"):
            node.put("door", NUMBERS)
        with pytest.raises(Conflict, match="configuration file"):
            node.client.delete("gate")


def test_streams_follow_the_file_while_it_runs(place: Path) -> None:
    write_config(place, f"streams: {{door: '{NUMBERS}', gate: '{NUMBERS}'}}")
    with served(place) as node:
        reader = node.subscribe("door")
        size = len(read(reader).payload)
        gate = node.subscribe("gate")
        read(gate)
        write_config(place, f"streams: {{door: '{NUMBERS}&count=9', barn: '{NUMBERS}'}}")
        until(lambda: names(node) == {"door", "barn"}, "the streams of the new file")
        until(lambda: len(read(reader).payload) != size, "a record of the changed source")


def test_file_that_cannot_be_used_changes_nothing_and_says_where(place: Path) -> None:
    write_config(place, f"streams: {{door: '{NUMBERS}'}}")
    with served(place) as node:
        write_config(place, "strems: {gate: 'rtsp://user:geheim@camera/'}")
        until(lambda: "framecast.yaml, line 1 has the unknown key 'strems'" in log_of(place), "the error")
        assert names(node) == {"door"}
        write_config(place, f"streams: {{gate: '{NUMBERS}'}}")
        until(lambda: names(node) == {"gate"}, "the streams of the mended file")
    assert "geheim" not in log_of(place)


def test_source_in_a_file_of_its_own_is_followed_as_kubernetes_exchanges_secrets(place: Path) -> None:
    secrets = place / "secrets"
    for name, source in (("first", f"{NUMBERS}&upper=1"), ("second", f"{NUMBERS}&upper=2")):
        (secrets / name).mkdir(parents=True)
        (secrets / name / "gate").write_text(source)
    (secrets / "..data").symlink_to("first")
    (secrets / "gate").symlink_to("..data/gate")
    write_config(place, f"streams: {{gate: {{source_file: {secrets}/gate}}}}")

    def upper(number: int, node: RunningNode) -> bool:
        return [status.source for status in node.client.streams()] == [f"{NUMBERS}&upper={number}"]

    with served(place) as node:
        assert upper(1, node)
        (secrets / "..new").symlink_to("second")
        (secrets / "..new").rename(secrets / "..data")
        until(lambda: upper(2, node), "the source of the new file")


def test_sighup_reads_the_file_again(place: Path) -> None:
    write_config(place, f"streams: {{door: '{NUMBERS}'}}")
    with served(place) as node:
        node.process.send_signal(signal.SIGHUP)
        until(lambda: "was read again" in log_of(place), "the news")
        assert names(node) == {"door"}


def test_token_of_an_open_host_is_in_no_argument_and_in_no_record(place: Path) -> None:
    with served(place, "--host", "0.0.0.0", FRAMECAST_ACCESS_TOKEN="long enough") as node:
        assert node.client.info()["servers"]["web"]["url"]
        arguments = [argument for process in node.processes() for argument in process.cmdline()]
    assert "long enough" not in " ".join(arguments) + log_of(place)


def test_private_node_goes_with_the_program_that_started_it() -> None:
    with private_node() as node:
        node.put("numbers", NUMBERS)
        read(node.subscribe("numbers"))
        everything, folder = node.processes(), node.socket.parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert node.socket.stat().st_mode & 0o777 == 0o600
        assert node.process.stdin
        node.process.stdin.close()
        gone(everything)
        assert not folder.exists()


def test_private_node_that_is_killed_leaves_no_process() -> None:
    with private_node() as node:
        node.put("numbers", NUMBERS)
        read(node.subscribe("numbers"))
        everything = node.processes()
        os.kill(node.pid, signal.SIGKILL)
        gone(everything)


def test_states_are_told_in_the_log(place: Path) -> None:
    with served(place, f"numbers={NUMBERS}", FRAMECAST_LOG__FORMAT="json") as node:
        read(node.subscribe("numbers"))
        node.client.wait("numbers", State.LIVE)
    assert '"message": "stream name=numbers state=live' in log_of(place)


def test_a_stream_that_would_wait_for_a_reader_is_refused(place: Path) -> None:
    with served(place) as node, pytest.raises(Invalid, match="does not wait for readers"):
        node.put("clip", "/nothing/clip.mp4", pace="fastest")
