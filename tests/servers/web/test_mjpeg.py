"""Live pictures from a running server, read from plain sockets."""

import socket
from time import monotonic

import pytest

from framecast.model import State
from tests.servers.web.mjpeg_reader import BOUNDARY, MjpegReader, size_of
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess
from tests.support.waiting import until


def look(web: WebProcess, query: str = "src=door", headers: str = "") -> MjpegReader:
    return MjpegReader(web.connect(), query, headers)


def viewers(web: WebProcess) -> int:
    return sum(stream["viewers"] for stream in web.json("/api/streams").values())


def test_first_picture_is_whole_with_its_boundary_before_there_is_a_second(
    node: SmallNode, web: WebProcess
) -> None:
    camera = node.add("door")
    camera.running.clear()
    with web.connect() as sock:
        sock.sendall(b"GET /api/stream.mjpeg?src=door HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: any(track.wanted for track in camera.switch.publisher.tracks.values()))
        camera.show()
        received = b""
        while not received.endswith(b"\r\n" + BOUNDARY) or received.count(BOUNDARY) < 2:
            received += sock.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-type: multipart/x-mixed-replace; boundary=frame" in head
    assert b"transfer-encoding" not in head.lower()
    part_head, _, rest = body.removeprefix(BOUNDARY).partition(b"\r\n\r\n")
    length = int(dict(line.split(b": ") for line in part_head.split(b"\r\n"))[b"Content-Length"])
    assert rest[length:] == b"\r\n" + BOUNDARY
    assert rest[:2] == b"\xff\xd8"
    assert rest[length - 2 : length] == b"\xff\xd9"


def test_pictures_come_in_order_and_of_the_right_camera(node: SmallNode, web: WebProcess) -> None:
    cameras = [node.add("door"), node.add("garden")]
    for camera in cameras:
        with look(web, f"src={camera.name}") as reader:
            seen = [reader.part().blocks for _ in range(10)]
        assert {blocks.stream_id for blocks in seen if blocks} == {camera.number}
        numbers = [blocks.frame for blocks in seen if blocks]
        assert len(numbers) == 10
        assert numbers == sorted(set(numbers))


@pytest.mark.flaky(reruns=2, reason="on a busy machine several late pictures make their gaps shorter")
def test_size_and_rate_are_as_asked_for(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    with look(web, "src=door&w=320&fps=5") as reader:
        seen = [reader.part() for _ in range(6)]
    assert size_of(seen[0].jpeg) == (320, 180)
    frames = [part.blocks.frame for part in seen if part.blocks]
    # The newest picture comes at once, then one in five; a late picture may make one gap shorter.
    assert frames[-1] - frames[1] >= 4 * 4


def test_all_viewers_of_one_size_share_one_subscriber(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door")
    readers = [look(web) for _ in range(10)]
    frames = [reader.until(live=True).blocks for reader in readers]
    assert all(frames)
    assert len(camera.readers) == 1
    for reader in readers:
        reader.sock.close()


def test_subscriber_is_released_after_the_last_viewer_left(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door")
    with look(web) as reader:
        reader.part()
        assert len(camera.readers) == 1
    until(lambda: not camera.readers)
    assert web.json("/api/streams")["door"]["viewers"] == 0


def test_failed_camera_shows_no_signal_to_present_and_future_viewers_and_then_its_picture(
    node: SmallNode, web: WebProcess
) -> None:
    node.add("door")
    with look(web) as present:
        present.until(live=True)
        failed_at = monotonic()
        node.fail("door")
        seen = present.until(live=False)
        assert seen.at - failed_at < 2
        assert size_of(seen.jpeg) == (640, 360)
        with look(web) as future:
            assert not future.part().is_live
            node.recover("door")
            for reader in (present, future):
                assert reader.until(live=True).blocks


def test_camera_that_fell_silent_shows_no_signal_within_two_seconds(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door")
    with look(web) as reader:
        for _ in range(10):
            reader.until(live=True)
        camera.running.clear()
        silent_at = monotonic()
        assert reader.until(live=False).at - silent_at < 2.1


def test_no_signal_is_sent_again_now_and_then(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    node.fail("door", "bad-auth")
    with look(web) as reader:
        first, second = reader.part(), reader.part()
    assert not first.is_live
    assert not second.is_live
    assert first.jpeg == second.jpeg


def test_stalled_and_ended_sources_have_no_signal_too(node: SmallNode, web: WebProcess) -> None:
    for state in (State.STALLED, State.ENDED):
        name = str(state)
        node.add(name)
        with look(web, f"src={name}") as reader:
            reader.until(live=True)
            node.set_state(name, state, "stalled" if state is State.STALLED else "")
            reader.until(live=False)


def test_viewers_of_a_removed_stream_are_let_go(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    with look(web) as reader:
        reader.part()
        assert web.ask("/api/streams?src=door", "DELETE")[0].status == 204
        reader.rest()
    assert web.ask("/api/stream.mjpeg?src=door")[0].status == 404


def test_stream_without_pictures_and_unknown_stream_are_not_found(node: SmallNode, web: WebProcess) -> None:
    node.add("numbers", has_pictures=False)
    for name in ("numbers", "nobody"):
        response, body = web.ask(f"/api/stream.mjpeg?src={name}")
        assert response.status == 404
        assert b'"error":"NotFound"' in body
    assert web.ask("/api/stream.mjpeg?src=../x")[0].status == 400


def test_slow_viewer_skips_to_the_newest_and_nobody_else_notices(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door", fps=100, size=(1280, 720))
    slow_sock = socket.socket()
    slow_sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow_sock.connect(("127.0.0.1", web.port))
    slow_sock.settimeout(20)
    with look(web) as quick, MjpegReader(slow_sock, "src=door") as slow:
        first = slow.until(live=True).blocks
        for _ in range(150):
            quick.part()
        at_this_moment = camera.frame
        later = [slow.part().blocks for _ in range(12)]
    frames = [blocks.frame for blocks in (first, *later) if blocks]
    assert frames == sorted(frames)
    assert frames[-1] >= at_this_moment  # it is up to date, not 150 pictures behind
    assert web.json("/api/stats")["streams"]["door"]["pictures"]["skipped"] > 100


def test_slow_viewers_cost_at_most_a_picture_each(node: SmallNode, web: WebProcess) -> None:
    node.add("door", size=(1280, 720))
    node.add("mute")
    node.fail("mute")
    with look(web, "src=mute") as mute:
        mute.until(live=False)  # what draws "no signal" is imported now, and not while memory is measured
    with look(web) as quick:
        quick.until(live=True)
        before = web.memory_bytes()
        stuck = [web.connect() for _ in range(40)]
        for sock in stuck:
            sock.sendall(b"GET /api/stream.mjpeg?src=door HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for _ in range(50):
            quick.part()
        assert web.memory_bytes() - before < 40 * (200 << 10)
        for sock in stuck:
            sock.close()


def test_hundred_joins_and_leaves_leave_nothing_behind(node: SmallNode, web: WebProcess) -> None:
    node.add("door")

    def join_and_leave() -> None:
        with look(web) as reader:
            reader.part()

    with look(web) as steady:
        for _ in range(10):
            join_and_leave()
        until(lambda: viewers(web) == 1)
        files, memory = web.open_files(), web.memory_bytes()
        for _ in range(100):
            join_and_leave()
        until(lambda: viewers(web) == 1)
        steady.part()
        assert web.open_files() <= files + 1
        assert web.memory_bytes() - memory < 4 << 20


def test_too_many_sizes_are_refused_with_a_sentence(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    readers = [look(web, f"src=door&w={width}") for width in range(200, 520, 40)]
    response, body = web.ask("/api/stream.mjpeg?src=door&w=800")
    assert response.status == 503
    assert b"sizes and qualities of door are being watched" in body
    for reader in readers:
        reader.sock.close()


def test_requests_are_answered_while_many_look(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    readers = [look(web) for _ in range(50)]
    assert web.ask("/healthz")[0].status == 200
    assert web.json("/api/streams")["door"]["viewers"] == 50
    for reader in readers:
        reader.sock.close()


@pytest.mark.parametrize("how", ["pipelined", "extra"])
def test_what_a_viewer_says_after_its_request_does_no_harm(
    node: SmallNode, web: WebProcess, how: str
) -> None:
    node.add("door")
    with look(web) as reader:
        reader.part()
        reader.sock.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" if how == "pipelined" else b"\0" * 999
        )
        reader.part()
        reader.part()


def test_chromium_sees_each_picture_at_once(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    agent = "User-Agent: Mozilla/5.0 Chrome/140.0 Safari/537.36\r\n"
    with web.connect() as sock:
        sock.sendall(f"GET /api/stream.mjpeg?src=door HTTP/1.1\r\nHost: localhost\r\n{agent}\r\n".encode())
        received = b""
        while received.count(BOUNDARY) < 3:
            received += sock.recv(65536)
    assert BOUNDARY + b"Content-Type: image/jpeg\r\n\r\n\xff\xd8" in received
    with look(web, headers=agent + "Sec-Fetch-Dest: empty\r\n") as reader:
        assert reader.part().headers["content-length"]
