"""Streams of another node, read and published as if they were here. Two real nodes, gRPC over loopback between them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import framecast
from framecast.clock import NS, monotonic_ns, utc_ns
from framecast.errors import Conflict, Denied, Invalid, NodeUnavailable, NotFound, SourceError
from framecast.media.testpicture import read_blocks
from framecast.model import Flag, State
from tests.cli.running import Running, environment
from tests.client.nodes import descriptors
from tests.client.remote_node import RemoteNode
from tests.support.cable import Cable
from tests.support.tls import TlsFront
from tests.support.waiting import until

PATIENCE_S = 40.0
_names = (f"mine-{count}" for count in itertools.count())
STREAMS: dict[str, object] = {
    "camera": "pattern:?size=640x360&fps=25",
    "dice": "numbers:?period=0.05&count=4",
    "listened": "pattern:?size=320x240",
    "dead": "rtsp://127.0.0.1:1/",
}
SILENT = "pattern:?size=320x240&fps=25&audio=0"


@pytest.fixture(scope="module")
def shared_remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteNode]:
    with RemoteNode(tmp_path_factory.mktemp("remote"), STREAMS) as node:
        yield node


@pytest.fixture
def remote(shared_remote: RemoteNode) -> RemoteNode:
    """Give another node, which the test leaves as it was."""
    return shared_remote


@pytest.fixture
def name() -> str:
    """Give a name that no other test publishes."""
    return next(_names)


@pytest.fixture
def own_remote(tmp_path: Path) -> Iterator[RemoteNode]:
    """Give another node, which the test may kill."""
    with RemoteNode(tmp_path, {"camera": SILENT}) as node:
        yield node


def number(frame: framecast.Frame) -> int:
    blocks = read_blocks(frame.gray)
    assert blocks is not None, "the blocks of the picture cannot be read"
    return blocks.frame


def refusal(reader: framecast.Reader, reason: str) -> str:
    """Return why the stream cannot be read, in words."""
    with pytest.raises(SourceError) as refused:
        reader.read()
    assert refused.value.reason == reason
    return str(refused.value)


@contextmanager
def writing(out: framecast.Writer, *, period_s: float = 0.02) -> Iterator[None]:
    """Send a growing gray and a growing number until the end of the block."""
    over = threading.Event()

    def write() -> None:
        count = 0
        while not over.wait(period_s):
            out.send(np.full((120, 160, 3), count % 256, np.uint8))
            count += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# --- reading


@pytest.mark.flaky(
    reruns=2, reason="on a busy machine the camera itself leaves pictures out, which no reader can be told of"
)
@pytest.mark.parametrize("raw", [False, True])
def test_every_frame_of_another_node_arrives_in_order(remote: RemoteNode, raw: bool) -> None:
    with framecast.open(f"{remote.url}/camera", raw=raw, policy="queue(100)", timeout_s=PATIENCE_S) as camera:
        assert camera.name == "camera"
        first = camera.read()
        frames = [camera.read() for _ in range(50)]
        numbers = [number(frame) for frame in frames]
        assert (
            numbers == list(range(numbers[0], numbers[0] + 50))
            if not sum(f.dropped for f in frames)
            else True
        )
        assert number(first) < numbers[0]
        # Whatever was missed on a busy machine was told.
        assert numbers[-1] - number(first) == 50 + sum(frame.dropped for frame in frames)


def test_times_are_kept_and_never_in_the_future(remote: RemoteNode) -> None:
    with framecast.open(f"{remote.url}/camera", timeout_s=PATIENCE_S) as camera:
        for _ in range(20):
            frame = camera.read()
            blocks = read_blocks(frame.gray)
            assert blocks is not None
            assert frame.captured_at // 1_000_000 == blocks.time_ms
            assert frame.clock.name == "DEVICE"
            assert frame.arrived_ns <= frame.published_ns <= monotonic_ns()
            # The same two moments on both lines of time.
            assert abs((monotonic_ns() - frame.arrived_ns) - (utc_ns() - frame.captured_at)) < NS


def test_bare_pictures_are_the_same_bytes_as_there(remote: RemoteNode) -> None:
    with (
        framecast.open("camera", node=remote.folder, policy="queue(200)", timeout_s=PATIENCE_S) as there,
        framecast.open(f"{remote.url}/camera", raw=True, policy="queue(200)", timeout_s=PATIENCE_S) as here,
    ):
        there.fileno()  # asks now
        seen = {number(frame): frame.i420.copy() for frame in (here.read() for _ in range(10))}
        compared = 0
        while compared < 10:
            frame = there.read()
            if number(frame) in seen:
                assert np.array_equal(frame.i420, seen[number(frame)])
                compared += 1
            assert number(frame) <= max(seen), "the pictures of both never met"


def test_encoded_pictures_travel_unless_bare_ones_are_asked_for(remote: RemoteNode) -> None:
    with framecast.open(f"{remote.url}/camera", timeout_s=PATIENCE_S) as camera:
        camera.read()
        assert "video" in remote.tracks_read("camera")
        with camera.packets() as packets:
            assert packets.read().info.codec == "h264"


def test_only_what_somebody_reads_is_asked_of_the_other_node(remote: RemoteNode) -> None:
    with framecast.open(f"{remote.url}/listened", timeout_s=PATIENCE_S) as camera, camera.samples() as sound:
        assert sound.read(PATIENCE_S).rate == 48000
        until(lambda: not {"video", "frames"} & remote.tracks_read("listened"), limit_s=PATIENCE_S)
        assert "samples" in remote.tracks_read("listened")


def test_several_readers_share_one_pull(remote: RemoteNode) -> None:
    until(lambda: not remote.readers("camera"), limit_s=PATIENCE_S)
    url = f"{remote.url}/camera"
    with (
        framecast.open(url, timeout_s=PATIENCE_S) as one,
        framecast.open(url, timeout_s=PATIENCE_S) as two,
        framecast.open(url, format="gray", timeout_s=PATIENCE_S) as three,
    ):
        for reader in (one, two, three):
            reader.read()
        assert remote.readers("camera") == 1


def test_data_of_another_node_is_complete(remote: RemoteNode) -> None:
    with framecast.open(f"{remote.url}/dice", timeout_s=PATIENCE_S) as dice, dice.data() as data:
        items = [data.read(PATIENCE_S) for _ in range(10)]
    assert [item.pts for item in items] == list(range(items[0].pts, items[0].pts + 10))
    assert items[0].array.shape == (4,)


def test_a_remote_stream_is_read_by_select_and_by_asyncio(remote: RemoteNode) -> None:
    async def take(count: int) -> list[int]:
        async with framecast.open(f"{remote.url}/camera", timeout_s=PATIENCE_S) as camera:
            found = []
            async for frame in camera:
                found.append(number(frame))
                if len(found) == count:
                    break
            return found

    numbers = asyncio.run(take(5))
    assert numbers == sorted(set(numbers))
    with framecast.open(f"{remote.url}/camera") as camera, selectors.DefaultSelector() as selector:
        selector.register(camera, selectors.EVENT_READ)
        while True:
            assert selector.select(PATIENCE_S), "nothing came"
            try:
                camera.read(0)
                break
            except framecast.WouldBlock:
                continue


def test_fragments_of_a_remote_stream_play(remote: RemoteNode, tmp_path: Path) -> None:
    file = tmp_path / "remote.mp4"
    with framecast.open(f"{remote.url}/camera", timeout_s=PATIENCE_S) as camera, camera.fmp4() as fragments:
        file.write_bytes(b"".join(fragments.read(PATIENCE_S).payload for _ in range(30)))
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", file],
        capture_output=True,
        text=True,
        check=True,
    )
    stream = json.loads(probe.stdout)["streams"][0]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("h264", 640, 360)
    assert int(stream["nb_read_frames"]) >= 28
    assert not probe.stderr


def test_the_command_line_pushes_a_camera_to_another_node(
    remote: RemoteNode, tmp_path: Path, name: str
) -> None:
    with Running(tmp_path, "publish", "pattern:?size=320x240&fps=25", f"{remote.url}/{name}") as pushing:
        pushing.wait_for("Ctrl-C stops it")
        with framecast.open(name, node=remote.folder, timeout_s=PATIENCE_S) as there:
            numbers = [number(there.read()) for _ in range(5)]
        assert numbers == sorted(set(numbers))
        assert pushing.end(signal.SIGINT) == 0
    with remote.client as client:
        client.wait(name, State.OFFLINE)


# --- what goes wrong


def test_an_unknown_stream_is_named(remote: RemoteNode) -> None:
    with framecast.open(f"{remote.url}/nobody", wait=False, timeout_s=PATIENCE_S) as camera:
        assert "there is no stream 'nobody'" in refusal(camera, "not-found")


def test_a_closed_port_is_told_and_waited_for(free_port: int) -> None:
    with framecast.open(f"grpc://127.0.0.1:{free_port}/x", wait=False, timeout_s=PATIENCE_S) as camera:
        assert "refuses connections" in refusal(camera, "refused")


def test_a_port_of_something_else_is_told(remote: RemoteNode) -> None:
    with remote.client as client:
        web = client.info()["servers"]["web"]["url"].rpartition(":")[2].strip("/")
    with framecast.open(f"grpc://127.0.0.1:{web}/camera", wait=False, timeout_s=PATIENCE_S) as camera:
        assert "no node answers" in refusal(camera, "failed")


def test_a_camera_that_fails_there_is_offline_here_for_the_same_reason(remote: RemoteNode) -> None:
    with framecast.open(f"{remote.url}/dead", wait=False, timeout_s=PATIENCE_S) as camera:
        assert "refuses connections" in refusal(camera, "refused")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("grpc://h", "names a node but no stream"),
        ("grpc://h/x?rate=1", "known are raw"),
        ("grpc:///x", "does not name a node"),
    ],
)
def test_an_address_that_cannot_be_is_refused_at_once(url: str, said: str) -> None:
    for what in (framecast.open, framecast.publish):
        with pytest.raises(Invalid, match=said):
            what(url)


def test_the_token_opens_and_is_never_shown(tmp_path: Path) -> None:
    with RemoteNode(tmp_path, {"camera": SILENT}, token="s3cret-token") as remote:
        url = f"{remote.url}/camera"
        for user in ("", "wr0ng-token@"):
            node = remote.url.replace("grpc://", f"grpc://{user}")
            with framecast.open(f"{node}/camera", wait=False, timeout_s=PATIENCE_S) as camera:
                said = refusal(camera, "bad-auth")
            assert "token" in said
            assert "wr0ng" not in said
            with pytest.raises(Denied, match="token=") as denied:
                framecast.publish(f"{node}/mine")
            assert "wr0ng" not in str(denied.value)
        with framecast.open(url, token="s3cret-token", timeout_s=PATIENCE_S) as camera:
            camera.read()
            assert "s3cret" not in repr(camera)
        address = remote.url.replace("grpc://", "grpc://s3cret-token@")
        with framecast.open(f"{address}/camera", timeout_s=PATIENCE_S) as camera:
            camera.read()
        with (
            framecast.publish(f"{address}/mine") as out,
            writing(out),
            framecast.open("mine", node=remote.folder, timeout_s=PATIENCE_S) as mine,
        ):
            mine.read()


def test_tls_is_spoken_and_a_certificate_that_nobody_vouches_for_is_refused(
    remote: RemoteNode, tmp_path: Path
) -> None:
    code = """
import sys, framecast
url = sys.argv[1]
with framecast.open(f"{url}/camera", wait=False, timeout_s=40) as camera:
    print(camera.read().width)
with framecast.publish(f"{url}/by-tls", tracks=["data"]) as out:
    print(out.name)
print(len(framecast.list_streams(url)) > 2)
"""
    with TlsFront(tmp_path, remote.port) as front:
        command = [sys.executable, "-c", code, f"grpcs://localhost:{front.port}"]
        trusting = environment(tmp_path) | {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(front.authority)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=trusting)
        assert done.stdout.split() == ["640", "by-tls", "True"], done.stderr
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment(tmp_path))
        assert done.returncode
        assert "CERTIFICATE_VERIFY_FAILED" in done.stderr


def test_a_reader_goes_on_after_the_other_nodes_server_was_killed_and_knows_what_it_missed(
    own_remote: RemoteNode,
) -> None:
    states: list[State] = []
    with (
        framecast.open(
            f"{own_remote.url}/camera",
            policy="queue(200)",
            timeout_s=PATIENCE_S,
            on_state=lambda state, _: states.append(state),
        ) as camera,
        framecast.open("camera", node=own_remote.folder, timeout_s=PATIENCE_S) as witness,
    ):
        witness.read()  # keeps the camera going: only the way to it breaks
        last = number(camera.read())
        for _ in range(2):
            epoch = camera.read().epoch
            own_remote.kill_server()
            for _ in range(50):
                frame = camera.read()
                found = number(frame)
                assert found > last
                assert frame.epoch >= epoch
                last, epoch = found, frame.epoch
        assert State.OFFLINE in states
        assert states[-1] is State.LIVE


def test_packets_that_were_lost_in_a_cut_are_counted(own_remote: RemoteNode) -> None:
    with (
        framecast.open(f"{own_remote.url}/camera", timeout_s=PATIENCE_S) as camera,
        camera.packets() as packets,
        framecast.open("camera", node=own_remote.folder, timeout_s=PATIENCE_S) as there,
        there.packets() as witness,
    ):
        witness.read(PATIENCE_S)  # keeps the encoder going
        packets.read(PATIENCE_S)
        before = packets.read(PATIENCE_S)
        own_remote.kill_server()
        pts, lost, marked = before.pts, 0, False
        for _ in range(60):
            packet = packets.read(PATIENCE_S)
            assert packet.pts > pts
            assert packet.pts - pts - 1 == packet.dropped
            lost += packet.dropped
            if packet.dropped:
                marked = bool(packet.meta.flags & Flag.DISCONTINUITY)
                assert packet.is_key
            pts = packet.pts
        assert packets.stats().dropped == lost
        assert marked or not lost


def test_a_reader_goes_on_after_the_whole_other_node_was_killed(own_remote: RemoteNode) -> None:
    with framecast.open(f"{own_remote.url}/camera", timeout_s=PATIENCE_S) as camera:
        before = camera.read()
        own_remote.kill()
        while camera.state is not State.OFFLINE:
            try:
                before = camera.read(0.5)
            except framecast.WouldBlock:
                continue
        own_remote.start()
        after = camera.read()
        assert after.epoch > before.epoch
        later = [number(camera.read()) for _ in range(5)]
        assert later == sorted(set(later))


def test_reading_and_publishing_go_on_after_the_other_node_was_stopped_and_started(
    own_remote: RemoteNode, name: str
) -> None:
    with (
        framecast.open(f"{own_remote.url}/camera", timeout_s=PATIENCE_S) as camera,
        framecast.publish(f"{own_remote.url}/{name}", tracks=["data"]) as out,
    ):
        epoch = camera.read().epoch
        own_remote.stop()  # it says goodbye, which is not the stream's end
        until(lambda: not out.node_connected, limit_s=PATIENCE_S)
        own_remote.start()
        while camera.read().epoch == epoch:
            continue
        until(lambda: out.node_connected, limit_s=PATIENCE_S)
        with framecast.open(name, node=own_remote.folder) as there, there.data() as data:
            out.send_data("again")
            assert data.read(PATIENCE_S).value == "again"


def test_publishing_goes_on_after_a_cut_that_nobody_told(remote: RemoteNode, name: str) -> None:
    with (
        Cable(remote.port) as cable,
        framecast.publish(f"grpc://127.0.0.1:{cable.port}/{name}", tracks=["data"]) as out,
        framecast.open(name, node=remote.folder) as there,
        there.data() as data,
    ):
        out.send_data(1)
        assert data.read(PATIENCE_S).value == 1
        cable.cut()
        out.send_data(2)
        until(lambda: not out.node_connected, limit_s=PATIENCE_S)
        cable.mend()
        until(lambda: out.node_connected and out.wanted, limit_s=PATIENCE_S)
        out.send_data(3)
        while data.read(PATIENCE_S).value != 3:
            continue


def test_a_stream_that_is_removed_there_ends_here(remote: RemoteNode) -> None:
    with remote.client as client:
        client.put("passing", SILENT)
        with framecast.open(f"{remote.url}/passing", timeout_s=PATIENCE_S) as camera:
            camera.read()
            client.delete("passing")
            assert sum(1 for _ in camera) < 100
            assert camera.state is State.ENDED


def test_a_node_relays_a_stream_of_another(remote: RemoteNode, tmp_path: Path) -> None:
    relay = Running(tmp_path, "serve", "--port", "0", "--grpc-port", "0", f"relayed={remote.url}/camera")
    with relay:
        relay.wait_for("serving web")
        with framecast.open("relayed", node=tmp_path / "run", timeout_s=PATIENCE_S) as camera:
            numbers = [number(camera.read()) for _ in range(5)]
        assert numbers == sorted(set(numbers))
        with framecast.NodeClient(tmp_path / "run") as client:
            status = client.stream("relayed")
        assert status.facts["node"] == remote.url


# --- publishing


def test_what_is_published_there_is_read_there(remote: RemoteNode, name: str) -> None:
    with framecast.publish(f"{remote.url}/{name}") as out, writing(out):
        assert out.name == name
        assert out.node_connected
        with framecast.open(name, node=remote.folder, policy="queue(50)", timeout_s=PATIENCE_S) as mine:
            frames = [mine.read() for _ in range(20)]
            assert out.wanted
        grays = [int(frame.gray[60, 80]) for frame in frames]
        assert grays == sorted(grays)
        assert all(frame.captured_at <= utc_ns() and frame.arrived_ns <= monotonic_ns() for frame in frames)
        with remote.client as client:
            assert [track.name for track in client.stream(name).tracks if track.name == "video"]


def test_bare_pictures_are_published_bit_by_bit_with_their_times(remote: RemoteNode, name: str) -> None:
    random = np.random.default_rng(1)
    images = [random.integers(0, 255, (120, 160, 3), np.uint8) for _ in range(5)]
    with (
        framecast.publish(f"{remote.url}/{name}", raw=True) as out,
        framecast.open(name, node=remote.folder, policy="queue(8)", timeout_s=PATIENCE_S) as mine,
    ):
        mine.fileno()
        for index, image in enumerate(images):
            captured_at = utc_ns() - NS + index
            out.send(image, captured_at=captured_at)
            frame = mine.read()
            assert np.array_equal(frame.bgr, image)
            assert frame.captured_at == captured_at


def test_data_sound_and_jpeg_are_published(remote: RemoteNode, name: str) -> None:
    with (
        framecast.publish(f"{remote.url}/{name}", tracks=["frames", "samples", "data"], jpeg=90) as out,
        framecast.open(name, node=remote.folder, timeout_s=PATIENCE_S) as mine,
        mine.data() as data,
        mine.samples() as samples,
        mine.packets() as packets,
    ):
        sound = np.arange(960, dtype=np.int16).reshape(480, 2)
        got: dict[str, object] = {}
        image = np.full((120, 160, 3), 200, np.uint8)
        while len(got) < 3:
            out.send(image)
            out.send_samples(sound, rate=48000)
            out.send_data({"answer": [42]})
            for name, reader in (("data", data), ("samples", samples), ("packets", packets)):
                try:
                    got[name] = reader.read(0.1)
                except framecast.WouldBlock:
                    continue
        item, block, packet = got["data"], got["samples"], got["packets"]
        assert isinstance(item, framecast.Item)
        assert item.value == {"answer": [42]}
        assert np.array_equal(block.array, sound)  # type: ignore[attr-defined]
        assert packet.info.codec == "mjpeg"  # type: ignore[attr-defined]
        assert packet.payload[:2] == b"\xff\xd8"  # type: ignore[attr-defined]


def test_packets_of_a_stream_are_published_as_they_are(remote: RemoteNode) -> None:
    with (
        framecast.open(f"{remote.url}/camera", timeout_s=PATIENCE_S) as camera,
        camera.packets() as packets,
    ):
        first = packets.read(PATIENCE_S)
        with (
            framecast.publish(f"{remote.url}/copy", tracks=[first.info.at_epoch(0)]) as out,
            framecast.open("copy", node=remote.folder, timeout_s=PATIENCE_S) as copy,
            copy.packets() as copies,
        ):
            sent = {first.pts: first.payload}
            out.send_packet(first)
            while True:
                packet = packets.read(PATIENCE_S)
                sent[packet.pts] = packet.payload
                out.send_packet(packet)
                try:
                    seen = copies.read(0.05)
                except framecast.WouldBlock:
                    continue
                assert sent[seen.pts] == seen.payload
                break


def test_a_second_writer_of_the_name_is_refused(remote: RemoteNode, name: str) -> None:
    with framecast.publish(f"{remote.url}/{name}"), pytest.raises(Conflict, match="a stream has one writer"):
        framecast.publish(f"{remote.url}/{name}")
    with framecast.publish(f"{remote.url}/{name}"):  # the name is free again
        pass
    with pytest.raises(Conflict, match="has a configured source"):
        framecast.publish(f"{remote.url}/camera")


def test_publishing_where_nobody_answers_fails_at_once(free_port: int, name: str) -> None:
    with pytest.raises(NodeUnavailable, match=f"no node answers at grpc://127.0.0.1:{free_port}"):
        framecast.publish(f"grpc://127.0.0.1:{free_port}/{name}")


def test_a_stream_is_wanted_as_soon_as_somebody_over_there_waits_for_it(
    remote: RemoteNode, name: str
) -> None:
    with framecast.publish(f"{remote.url}/{name}") as out:
        assert not out.wanted
        with framecast.open(name, node=remote.folder) as reader:
            reader.fileno()
            until(lambda: out.wanted)
            with writing(out):
                assert reader.read(30).width
            assert out.wanted
        until(lambda: not out.wanted)


@pytest.mark.parametrize("meant", [True, False])
def test_finish_ends_readers_and_close_lets_them_wait(remote: RemoteNode, meant: bool, name: str) -> None:
    out = framecast.publish(f"{remote.url}/{name}", tracks=["data"])
    with framecast.open(name, node=remote.folder) as mine, mine.data() as data:
        # `wanted` is also said of a reader over there that waits for the track to be announced; what is sent before that is lost.
        until(lambda: out._publication.publisher.wanted)
        for count in range(50):
            out.send_data(count)
        if meant:
            out.finish()
            assert [item.value for item in data] == list(range(50))
            return
        out.close()
        assert [data.read(PATIENCE_S).value for _ in range(50)] == list(range(50))
        with pytest.raises(framecast.WouldBlock):
            data.read(0.2)
        with remote.client as client:
            assert client.wait(name, State.OFFLINE).reason == "gone"


def test_a_writer_goes_on_after_the_other_node_was_killed(own_remote: RemoteNode, name: str) -> None:
    with framecast.publish(f"{own_remote.url}/{name}", raw=True) as out, writing(out):
        with framecast.open(name, node=own_remote.folder, timeout_s=PATIENCE_S) as mine:
            mine.read()
        for break_it in (own_remote.kill_server, own_remote.kill):
            break_it()
            until(lambda: not out.node_connected, limit_s=PATIENCE_S)
            if break_it == own_remote.kill:
                own_remote.start()
            until(lambda: out.node_connected, limit_s=PATIENCE_S)
            with framecast.open(name, node=own_remote.folder, timeout_s=PATIENCE_S) as mine:
                for _ in range(3):
                    mine.read()


def test_a_writer_goes_on_after_its_own_process_was_killed(remote: RemoteNode, name: str) -> None:
    with framecast.publish(f"{remote.url}/{name}", raw=True) as out, writing(out):
        child = out._publication._uplink._process.pid  # type: ignore[union-attr]
        with framecast.open(name, node=remote.folder, timeout_s=PATIENCE_S) as mine:
            epoch = mine.read().epoch
            os.kill(child, signal.SIGKILL)
            while mine.read().epoch == epoch:
                continue
        assert out.node_connected


def test_a_name_that_is_taken_while_the_other_node_is_away_is_told_at_the_next_send(
    own_remote: RemoteNode, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with framecast.publish(f"{own_remote.url}/{name}", tracks=["data"]) as out:
        out.send_data(1)
        own_remote.kill()
        text = (own_remote.place / "framecast.yaml").read_text()
        (own_remote.place / "framecast.yaml").write_text(text.replace("camera:", f"{name}:"))
        own_remote.start()

        def is_refused() -> bool:
            try:
                out.send_data(2)
            except Conflict:
                return True
            return False

        until(is_refused, limit_s=PATIENCE_S)


def test_closing_leaves_no_process_and_no_descriptor(remote: RemoteNode, name: str) -> None:
    with framecast.publish(f"{remote.url}/{name}") as out:
        out.send(np.zeros((48, 64, 3), np.uint8))
    before = descriptors()
    for _ in range(3):
        with framecast.publish(f"{remote.url}/{name}") as out:
            pid = out._publication._uplink._process.pid  # type: ignore[union-attr]
            out.send(np.zeros((48, 64, 3), np.uint8))
        assert not Path(f"/proc/{pid}").exists()
    assert descriptors() <= before


def test_what_belongs_to_the_running_node_is_refused_elsewhere(remote: RemoteNode, name: str) -> None:
    with pytest.raises(Invalid, match="leave out node="):
        framecast.publish(f"{remote.url}/{name}", node=remote.folder)
    with pytest.raises(Invalid, match="only for publishing to another node"):
        framecast.publish(name, raw=True)
    with (
        pytest.raises((NotFound, Invalid, SourceError)),
        framecast.open(f"{remote.url}/dice", wait=False, timeout_s=PATIENCE_S) as dice,
    ):
        dice.read()
