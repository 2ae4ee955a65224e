"""`framecast publish`: a file of this process as a stream of the node."""

import signal
from pathlib import Path

import framecast
from framecast.client.node_client import NodeClient
from framecast.model import State
from tests.cli.running import Node, Running, run
from tests.support.media_files import Clip, frame_number


def clip(seconds: float = 4) -> str:
    return str(Clip(size=(640, 360), audio="aac", seconds=seconds).path())


def test_file_is_a_stream_with_packets_and_pictures(node: Node) -> None:
    with Running(node.folder, "publish", clip(), "parade") as publishing:
        publishing.wait_for("parade: ")
        with framecast.open("parade", node=node.folder / "run", timeout_s=30) as stream:
            packet = stream.packets().read()
            assert (packet.is_key, packet.info.codec) == (True, "h264")
            numbers = [frame_number(stream.read().gray) for _ in range(5)]
            assert all(0 <= number < 100 for number in numbers)
        assert node.streams()["parade"]["configured"] == "program"
        assert publishing.end(signal.SIGINT) == 0
    with NodeClient(node.folder / "run") as client:
        assert "parade" not in {status.name for status in client.streams() if status.state is State.LIVE}


def test_once_ends_with_the_file(node: Node) -> None:
    with Running(node.folder, "publish", clip(seconds=2), "short", "--once") as publishing:
        assert publishing.ended() == 0


def test_name_that_is_taken_is_refused(node: Node) -> None:
    with Running(node.folder, "publish", clip(), "mine") as publishing:
        publishing.wait_for("mine: ")
        second = node.command("publish", clip(), "mine")
    assert second.returncode == 4
    assert "mine" in second.stderr


def test_file_that_cannot_be_played_is_told_in_words(node: Node, place: Path) -> None:
    done = node.command("publish", str(place / "missing.mp4"), "nothing")
    assert done.returncode == 7
    assert "missing.mp4" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_a_node_the_line_says_how_to_start_one(tmp_path: Path) -> None:
    done = run(tmp_path, "publish", clip(), "parade")
    assert done.returncode == 6
    assert "framecast serve" in done.stderr
