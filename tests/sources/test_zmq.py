"""ZeroMQ publishers and imagezmq senders as sources: the real libzmq and the real imagezmq on the other side."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zmq
from numpy.typing import NDArray

from framecast import sources
from framecast.clock import Clock, utc_ns
from framecast.errors import Invalid, SourceError
from framecast.media.coding import Coding
from framecast.media.jpeg import encode
from framecast.media.parameters import probe
from framecast.model import Flag, Picture, Source, StreamSpec
from framecast.model.data import unpack
from tests.cli.running import Node
from tests.sources.running import PATIENCE_S, Running
from tests.support.waiting import until

IMAGE = np.random.default_rng(4).integers(0, 255, (48, 64, 3), np.uint8)
FRAME = {"format": "bgr", "shape": [48, 64, 3]}


class Program:
    """Any program that publishes by libzmq. Waits for its subscriber, so nothing is lost before it."""

    def __init__(self, **options: Any) -> None:
        self._context = zmq.Context()
        self.sock = self._context.socket(zmq.XPUB)
        self.sock.linger = 0
        self.sock.rcvtimeo = int(PATIENCE_S * 1000)
        for name, value in options.items():
            setattr(self.sock, name, value)
        self.port = self.sock.bind_to_random_port("tcp://127.0.0.1")

    def url(self, rest: str) -> str:
        return f"zmq://127.0.0.1:{self.port}/{rest}"

    def wait(self, count: int = 1) -> list[bytes]:
        """Return the topics of the first subscriptions."""
        found: list[bytes] = []
        while len(found) < count:
            message = self.sock.recv()
            found += [message[1:]] if message[:1] == b"\x01" else []
        return found

    def send(self, topic: str, header: object, payload: object) -> None:
        raw = header if isinstance(header, bytes) else json.dumps(header).encode()
        self.sock.send_multipart([topic.encode(), raw, bytes(memoryview(payload))])  # type: ignore[arg-type]

    def close(self) -> None:
        self._context.destroy(0)


@pytest.fixture
def program() -> Iterator[Program]:
    found = Program()
    yield found
    found.close()


@contextmanager
def repeating(send: Callable[[], object]) -> Iterator[None]:
    """Do it again and again beside the block."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.03):
            send()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def pixels(record: Any, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.asarray(record.payload, np.uint8).reshape(shape)


# --- our own form


def test_pictures_of_a_program_become_frames_with_as_little_header_as_possible(program: Program) -> None:
    with Running(program.url("door/frames/bgr")) as source:
        assert program.wait() == [b"door/frames/bgr$"]
        for _ in range(2):
            program.send("door/frames/bgr$", FRAME, IMAGE)
        (record,) = source.take(1)
        np.testing.assert_array_equal(pixels(record, IMAGE.shape), IMAGE)
        assert record.info.picture == Picture("bgr", 64, 48)
        assert record.clock is Clock.ARRIVAL
        assert source.wait_for_state("live") == ""


def test_times_and_gaps_are_carried(program: Program) -> None:
    with Running(program.url("door/frames")) as source:
        program.wait()
        begun = utc_ns() - 50_000_000

        def send(seq: int) -> None:
            times = {"seq": seq, "pts": seq * 40, "time_base": "1/1000", "clock": "rtcp"}
            header = FRAME | times | {"captured_at": begun + seq * 1_000_000, "dropped": 0}
            program.send("door/frames$", header, IMAGE)

        send(0)
        reader, found = source.read(), []
        for seq in (1, 5, 6):
            found.append(reader.read(PATIENCE_S))
            send(seq)
    assert [record.pts for record in found] == [0, 40, 200]
    assert [bool(record.flags & Flag.DISCONTINUITY) for record in found] == [False, False, True]
    assert found[0].captured_at == begun
    assert found[0].clock is Clock.RTCP


def test_clock_that_is_wrong_is_not_believed(program: Program) -> None:
    with Running(program.url("door/frames")) as source:
        program.wait()
        program.send(
            "door/frames$", FRAME | {"captured_at": utc_ns() - 3600 * 10**9, "clock": "device"}, IMAGE
        )
        (record,) = source.take(1)
    assert record.clock is Clock.ARRIVAL
    assert abs(record.captured_at - utc_ns()) < PATIENCE_S * 1e9


def test_another_size_is_a_new_epoch(program: Program) -> None:
    with Running(program.url("door/frames")) as source:
        program.wait()
        program.send("door/frames$", FRAME, IMAGE)
        reader = source.read()
        first = reader.read(PATIENCE_S)
        program.send("door/frames$", {"format": "gray", "shape": [30, 40]}, IMAGE.reshape(-1)[:1200])
        second = reader.read(PATIENCE_S)
    assert second.epoch > first.epoch
    assert second.info.picture == Picture("gray", 40, 30)


@pytest.mark.parametrize(
    ("header", "payload", "value"),
    [
        ({"type": "array", "dtype": "<f8", "shape": [2, 3]}, np.arange(6.0), np.arange(6.0).reshape(2, 3)),
        ({"type": "json"}, b'{"a":[1,2]}', {"a": [1, 2]}),
        ({"type": "bytes"}, b"\x80\x04N.", b"\x80\x04N."),
    ],
)
def test_data_of_every_type_arrives(
    header: dict[str, Any], payload: Any, value: object, program: Program
) -> None:
    with Running(program.url("sensor/data")) as source:
        program.wait()
        program.send("sensor/data$", header, payload)
        (record,) = source.take(1, "data")
        np.testing.assert_equal(unpack(record.payload), value)


def test_everything_that_another_node_has_arrives_and_survives_its_server(tmp_path: Path) -> None:
    pattern = "demo=pattern:?size=320x180&fps=25"
    with Node(tmp_path, pattern, "sensor=numbers:?period=0.05", servers=("zmq",)) as node:
        address = node.wait_for(r"zmq=tcp://(\S+)")[1]
        with Running(f"zmq://{address}/demo") as source:
            packets = source.take(30, "video")
            assert packets[0].is_key
            assert packets[0].info.codec == "h264"
            assert packets[0].info.extradata
            assert [one.seq for one in packets] == list(range(packets[0].seq, packets[0].seq + 30))
            assert "audio" in source.publisher.tracks
        with Running(f"zmq://{address}/sensor") as source:
            assert unpack(source.take(3, "data")[2].payload).shape == (6,)  # type: ignore[union-attr]
        with Running(f"zmq://{address}/demo/frames/gray/160x90") as source:
            picture = source.take(2)[1].info.picture
            assert picture is not None
            assert (picture.format, picture.width, picture.height) == ("gray", 160, 90)
        with Running(f"zmq://{address}/demo/jpeg/75") as source:
            (record,) = source.take(1, "video")
            assert (record.info.codec, record.info.width) == ("mjpeg", 320)
        with Running(f"zmq://{address}/nobody/frames", timeout_s=1.0) as source:
            error = source.wait_for_end()
        assert isinstance(error, SourceError)
        assert error.reason == "timeout"


def test_publisher_that_ends_and_one_that_falls_silent_are_told_apart(program: Program) -> None:
    program.sock.xpub_verbose = True  # the second subscription may come before the first one has ended
    with Running(program.url("door/frames"), stall_s=0.6) as source:
        program.wait()
        program.send("door/frames$", FRAME, IMAGE)
        assert source.wait_for_state("stalled") == "stalled"
    with Running(program.url("door/frames")) as source:
        program.wait()
        program.send("door/frames$", FRAME, IMAGE)
        source.wait_for_state("live")
        program.close()
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "closed"


def test_nobody_at_the_address_is_known_at_once(free_port: int) -> None:
    with Running(f"zmq://127.0.0.1:{free_port}/door") as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "refused"


def video(**changes: Any) -> dict[str, Any]:
    return {"format": "h264", "key": True} | changes


REFUSED: dict[str, tuple[list[Any], str]] = {
    "a pickle as the header": ([b"door/frames$", pickle.dumps({"a": 1})], "pickle"),
    "one part": ([b"door/frames$"], "parts"),
    "four parts": ([b"door/frames$", b"{}", b"", b""], "parts"),
    "no JSON": ([b"door/frames$", b"\xff\xfe{", IMAGE], "header"),
    "deep JSON": ([b"door/frames$", b"[" * 100_000, IMAGE], "header"),
    "a huge header": ([b"door/frames$", b" " * (1 << 19), IMAGE], "header"),
    "a list": ([b"door/frames$", b"[]", IMAGE], "header"),
    "another version": ([b"door/frames$", {"v": 2, **FRAME}, IMAGE], "version"),
    "a topic without an end": ([b"door/frames$more", FRAME, IMAGE], "topic"),
    "another kind": ([b"door/frames$", FRAME | {"kind": "data"}, IMAGE], "kind"),
    "no format": ([b"door/frames$", {"shape": [48, 64, 3]}, IMAGE], "picture"),
    "an unknown format": ([b"door/frames$", FRAME | {"format": "cmyk"}, IMAGE], "picture"),
    "a negative side": ([b"door/frames$", FRAME | {"shape": [-48, 64, 3]}, IMAGE], "shape"),
    "a huge side": ([b"door/frames$", FRAME | {"shape": [1 << 30, 1 << 30, 3]}, IMAGE], "picture"),
    "sides of text": ([b"door/frames$", FRAME | {"shape": ["48", 64, 3]}, IMAGE], "shape"),
    "too many sides": ([b"door/frames$", FRAME | {"shape": [1] * 100}, IMAGE], "shape"),
    "a shape that does not fit the payload": (
        [b"door/frames$", FRAME | {"shape": [48, 65, 3]}, IMAGE],
        "size",
    ),
    "a payload that is cut short": ([b"door/frames$", FRAME, IMAGE[:-1].copy()], "size"),
    "an empty payload": ([b"door/frames$", FRAME, b""], "size"),
    "floats": ([b"door/frames$", FRAME | {"dtype": "<f4"}, IMAGE], "dtype"),
    "objects": ([b"door/frames$", FRAME | {"dtype": "|O"}, IMAGE], "dtype"),
    "a time that is no number": ([b"door/frames$", FRAME | {"captured_at": "now"}, IMAGE], "captured_at"),
    "a time beyond all times": ([b"door/frames$", FRAME | {"pts": 10**30}, IMAGE], "pts"),
    "a count that is none": ([b"door/frames$", FRAME | {"seq": -1}, IMAGE], "seq"),
    "an infinite number": (
        [b"door/frames$", b'{"format":"bgr","shape":[48,64,3],"seq":Infinity}', IMAGE],
        "seq",
    ),
    "a time base of nothing": ([b"door/frames$", FRAME | {"time_base": "1/0"}, IMAGE], "time_base"),
    "an unknown clock": ([b"door/frames$", FRAME | {"clock": "sundial"}, IMAGE], "clock"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_message_that_does_not_fit_is_refused_counted_and_the_next_one_taken(
    what: str, program: Program
) -> None:
    parts, reason = REFUSED[what]
    with Running(program.url("door/frames")) as source:
        program.wait()
        raw = [json.dumps(part).encode() if isinstance(part, dict) else part for part in parts]
        program.sock.send_multipart(raw)
        program.send("door/frames$", FRAME, IMAGE)
        (record,) = source.take(1)
        np.testing.assert_array_equal(pixels(record, IMAGE.shape), IMAGE)
        assert source.wait_for_fact("refused") == f"1 messages (1 {reason})"


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([b"sensor/data$", {"type": "array", "dtype": "<f8", "shape": [7]}, b"x" * 48], "size"),
        ([b"sensor/data$", {"type": "array", "dtype": "|O8", "shape": [1]}, b"x" * 8], "dtype"),
        ([b"sensor/data$", {"type": "array", "dtype": "<f3", "shape": [1]}, b"xxx"], "payload"),
        ([b"sensor/data$", {"type": "pickle"}, pickle.dumps(1)], "type"),
        ([b"sensor/data$", {"type": "json"}, pickle.dumps({"a": print})], "pickle"),
        ([b"sensor/data$", {"type": "json"}, b"{"], "payload"),
        ([b"sensor/data$", {}, b"{}"], "type"),
    ],
)
def test_data_that_does_not_fit_is_refused(parts: list[Any], reason: str, program: Program) -> None:
    with Running(program.url("sensor/data")) as source:
        program.wait()
        program.send(parts[0].decode(), parts[1], parts[2])
        program.send("sensor/data$", {"type": "json"}, b"1")
        (record,) = source.take(1, "data")
        assert unpack(record.payload) == 1
        assert source.wait_for_fact("refused") == f"1 messages (1 {reason})"


def test_publisher_of_which_everything_is_refused_is_offline_with_the_reason(program: Program) -> None:
    with (
        Running(program.url("door/frames"), timeout_s=1.0) as source,
        repeating(lambda: program.sock.send_multipart([b"door/frames$", pickle.dumps(IMAGE)])),
    ):
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "bad-data"
    assert "pickle" in str(error)


def test_fuzzed_headers_never_end_the_source(program: Program) -> None:
    random = np.random.default_rng(9)
    good = json.dumps(FRAME | {"seq": 1, "pts": 5, "clock": "file", "key": True}).encode()
    with Running(program.url("door/frames")) as source:
        program.wait()
        program.send("door/frames$", FRAME, IMAGE)
        reader = source.read(policy="latest")
        for _ in range(2000):
            raw = bytearray(good)
            for _ in range(random.integers(1, 6)):
                raw[random.integers(len(raw))] = random.integers(256)
            program.send("door/frames$", bytes(raw), IMAGE)
        # What was too quick for the source is lost, as its own bounds want it.
        with repeating(lambda: program.send("door/frames$", {"format": "gray", "shape": [48, 192]}, IMAGE)):
            while reader.read(PATIENCE_S).info.picture != Picture("gray", 192, 48):
                pass
        assert source.error is None


def test_video_waits_for_a_key_frame_and_again_after_a_gap(program: Program) -> None:
    with Running(program.url("door/video")) as source:
        program.wait()

        def send(*packets: tuple[int, bool]) -> None:
            for seq, key in packets:
                program.send("door/video$", video(seq=seq, key=key, width=64, height=48), bytes([seq]) * 20)

        send((3, False), (4, True))
        reader = source.read("video")
        found = [
            reader.read(PATIENCE_S)
        ]  # a reader begins with the newest key frame, so it must be there before the next one
        send((5, False), (8, False), (9, True), (10, False))
        found += [reader.read(PATIENCE_S) for _ in range(3)]
    assert [record.payload[0] for record in found] == [4, 5, 9, 10]
    assert bool(found[2].flags & Flag.DISCONTINUITY)


# --- keys


def test_keys_and_tokens_come_from_files_and_wrong_ones_are_told(tmp_path: Path) -> None:
    server_public, server_secret = zmq.curve_keypair()
    other_public, _ = zmq.curve_keypair()
    right, wrong = tmp_path / "right.pub", tmp_path / "wrong.pub"
    right.write_bytes(server_public)
    wrong.write_bytes(other_public)
    program = Program(curve_server=True, curve_secretkey=server_secret, curve_publickey=server_public)
    try:
        with Running(program.url(f"door/frames?server_key_file={right}")) as source:
            program.wait()
            program.send("door/frames$", FRAME, IMAGE)
            source.take(1)
        for query in (f"?server_key_file={wrong}", ""):
            with Running(program.url(f"door/frames{query}"), timeout_s=2.0) as source:
                error = source.wait_for_end()
            assert isinstance(error, SourceError), error
            assert error.reason in ("bad-auth", "timeout"), error
    finally:
        program.close()


def test_token_opens_a_node_that_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "framecast.yaml").write_text(
        "access_token: open sesame\nstreams: {sensor: 'numbers:?period=0.05'}\n"
    )
    (tmp_path / "token").write_text("open sesame\n")
    (tmp_path / "guess").write_text("open barley\n")
    with Node(tmp_path, servers=("zmq",)) as node:
        address = node.wait_for(r"zmq=tcp://(\S+)")[1]
        with Running(f"zmq://{address}/sensor/data?token_file={tmp_path}/token") as source:
            source.take(2, "data")
        with Running(f"zmq://{address}/sensor/data?token_file={tmp_path}/guess") as source:
            error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "bad-auth"


# --- imagezmq

_SENDER = """
import sys, time
import numpy as np
import imagezmq
address, waits, form, name, path = sys.argv[1:]
sender = imagezmq.ImageSender(connect_to=address, REQ_REP=waits == "yes")
image = np.load(path)
if form == "jpg":
    image = image.tobytes()
send = sender.send_jpg if form == "jpg" else sender.send_image
while True:
    print(send(name, image), flush=True)
    time.sleep(0.03)
"""


@contextmanager
def sender(
    address: str, image: NDArray[Any], folder: Path, *, waits: bool, form: str = "image", name: str = "pi"
) -> Iterator[subprocess.Popen[str]]:
    """The real imagezmq in a process of its own: it uses its own context, and blocks."""
    path = folder / f"{form}-{name}.npy"
    np.save(path, image)
    arguments = [address, "yes" if waits else "no", form, name, str(path)]
    process = subprocess.Popen([sys.executable, "-c", _SENDER, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def jpeg() -> NDArray[np.uint8]:
    picture = Picture("bgr", 64, 48)
    return np.frombuffer(encode(picture, IMAGE.reshape(-1), 90), np.uint8)


def wait_for_port(port: int) -> None:
    import socket

    def answers() -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    until(answers)


def test_sender_that_publishes_is_a_source(free_port: int, tmp_path: Path) -> None:
    with sender(f"tcp://127.0.0.1:{free_port}", IMAGE, tmp_path, waits=False):
        wait_for_port(free_port)
        with Running(f"imagezmq://127.0.0.1:{free_port}") as source:
            record = source.take(3)[2]
            np.testing.assert_array_equal(pixels(record, IMAGE.shape), IMAGE)
            assert "'pi'" in source.wait_for_fact("source")


def test_senders_that_wait_for_an_answer_are_a_source(free_port: int, tmp_path: Path) -> None:
    with Running(f"imagezmq+rep://127.0.0.1:{free_port}") as source:
        for image in (IMAGE, IMAGE[:, :, 0].copy(), np.dstack([IMAGE, IMAGE[:, :, :1]])):
            with sender(f"tcp://127.0.0.1:{free_port}", image, tmp_path, waits=True) as process:
                assert process.stdout
                assert process.stdout.readline() == "b'OK'\n"
                with source.read(policy="latest") as reader:
                    wanted = "gray" if image.ndim == 2 else "bgr"
                    record = reader.read(PATIENCE_S)
                    while record.info.picture is None or record.info.picture.format != wanted:
                        record = reader.read(PATIENCE_S)
                expected = image[:, :, :3] if image.ndim == 3 else image
                np.testing.assert_array_equal(pixels(record, expected.shape), expected)


@pytest.mark.parametrize("waits", [True, False])
def test_jpegs_become_video_and_stay_as_they_are(waits: bool, free_port: int, tmp_path: Path) -> None:
    image = jpeg()
    scheme = "imagezmq+rep" if waits else "imagezmq"
    with sender(f"tcp://127.0.0.1:{free_port}", image, tmp_path, waits=waits, form="jpg"):
        if not waits:
            wait_for_port(free_port)
        with Running(f"{scheme}://127.0.0.1:{free_port}") as source:
            (record,) = source.take(1, "video")
    assert record.payload == image.tobytes()
    assert (record.info.codec, record.info.width, record.info.height) == ("mjpeg", 64, 48)
    assert probe(Coding("mjpeg", "mjpeg"), bytes(record.payload)) is not None


def test_images_of_other_names_are_refused_with_an_answer(free_port: int, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port}"
    with Running(f"imagezmq+rep://127.0.0.1:{free_port}?name=door") as source:
        with sender(address, IMAGE, tmp_path, waits=True, name="garden") as process:
            assert process.stdout
            assert "REFUSED name: an image of 'garden'" in process.stdout.readline()
        with sender(address, IMAGE, tmp_path, waits=True, name="door") as process:
            assert process.stdout
            assert process.stdout.readline() == "b'OK'\n"
            source.take(1)


HOSTILE_IMAGES: dict[str, tuple[list[bytes], str]] = {
    "a pickle": ([pickle.dumps(IMAGE)], "pickle"),
    "a pickle and an image": ([pickle.dumps({"msg": "x"}), IMAGE.tobytes()], "pickle"),
    "one part": ([b"{}"], "parts"),
    "no JSON": ([b"{", b"x"], "header"),
    "objects": ([b'{"msg":"x","dtype":"object","shape":[1]}', b"x" * 8], "dtype"),
    "records": ([b'{"msg":"x","dtype":"i4,O","shape":[1]}', b"x" * 8], "dtype"),
    "a shape without dtype": ([b'{"msg":"x","shape":[2,2]}', b"xxxx"], "dtype"),
    "five channels": ([b'{"msg":"x","dtype":"uint8","shape":[2,2,5]}', b"x" * 20], "shape"),
    "negative sides": ([b'{"msg":"x","dtype":"uint8","shape":[-2,-2]}', b"xxxx"], "shape"),
    "sides that do not fit": ([b'{"msg":"x","dtype":"uint8","shape":[2,3]}', b"xxxx"], "size"),
    "no JPEG": ([b'{"msg":"x"}', b"GIF89a"], "jpeg"),
    "a JPEG of nothing": ([b'{"msg":"x"}', b"\xff\xd8\xff\xd9"], "jpeg"),
}


@pytest.mark.parametrize("what", HOSTILE_IMAGES)
def test_hostile_images_are_refused_with_an_answer_and_counted(what: str, free_port: int) -> None:
    parts, reason = HOSTILE_IMAGES[what]
    with Running(f"imagezmq+rep://127.0.0.1:{free_port}") as source:
        context = zmq.Context()
        sock = context.socket(zmq.REQ)
        sock.rcvtimeo = int(PATIENCE_S * 1000)
        sock.connect(f"tcp://127.0.0.1:{free_port}")
        sock.send_multipart(parts)
        assert sock.recv().startswith(f"REFUSED {reason}:".encode())
        sock.send_multipart([b'{"msg":"x","dtype":"uint8","shape":[48,64,3]}', IMAGE.tobytes()])
        assert sock.recv() == b"OK"
        source.take(1)
        assert source.wait_for_fact("refused") == f"1 messages (1 {reason})"
        context.destroy(0)


def test_message_beyond_all_measure_is_not_taken(free_port: int) -> None:
    with Running(f"imagezmq+rep://127.0.0.1:{free_port}", memory_limit_mb=16) as source:
        context = zmq.Context()
        huge, modest = context.socket(zmq.REQ), context.socket(zmq.REQ)
        for sock in (huge, modest):
            sock.connect(f"tcp://127.0.0.1:{free_port}")
        huge.send_multipart([b'{"msg":"x","dtype":"uint8","shape":[5000,5000]}', bytes(25_000_000)])
        assert not huge.poll(1000), "it was answered"
        modest.send_multipart([b'{"msg":"x","dtype":"uint8","shape":[48,64,3]}', IMAGE.tobytes()])
        assert modest.poll(int(PATIENCE_S * 1000))
        source.take(1)
        context.destroy(0)


def test_port_that_is_taken_is_told(free_port: int) -> None:
    import socket

    with (
        socket.create_server(("127.0.0.1", free_port)),
        Running(f"imagezmq+rep://127.0.0.1:{free_port}") as source,
    ):
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "busy"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("zmq://host", "needs the name of a stream"),
        ("zmq:///door", "has no host"),
        ("zmq://host/door/pictures", "is not a track name"),
        ("zmq://host/do or", "is not a stream name"),
        ("zmq://host:99999/door", "has an invalid port"),
        ("zmq://me:secret@host/door", "takes no user and password"),
        ("zmq://host/door?key=abc", "no option 'key'"),
        ("zmq://host/door?secret_key_file=/a", "needs server_key_file"),
        ("imagezmq://host/door", "has no path"),
        ("imagezmq://host?insecure=1", "no option 'insecure'"),
        ("imagezmq+rep://*:5555", "listen on 127.0.0.1, or add"),
        ("imagezmq+rep://192.168.1.2", "listen on 127.0.0.1, or add"),
        ("imagezmq+rep://127.0.0.1?insecure=maybe", "1 or 0"),
    ],
)
def test_addresses_that_cannot_be_are_refused_before_anything_is_dialled(address: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence.replace("?", r"\?")) as caught:
        sources.check(StreamSpec("door", Source(address)))
    assert "secret@" not in str(caught.value)


def test_addresses_that_can_be_are_accepted() -> None:
    for address in ("zmq://host/door", "zmq://[::1]:1/door/frames/bgr/640x0", "imagezmq://host:1?name=a%20b"):
        sources.check(StreamSpec("door", Source(address)))
    sources.check(StreamSpec("door", Source("imagezmq+rep://*?insecure=1")))
