"""The server's process: ready, drained, killed, cut off, with TLS; what stands around its services."""

import os
import signal
import socket
import subprocess
import threading
import time

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from framecast.servers.rpc.server import MAX_CALLS_A_CONNECTION
from framecast.v1 import media_pb2, streams_pb2
from tests.cli.running import COMMAND, environment, run
from tests.node.running import folder
from tests.servers.rpc.house import Client, RpcNode
from tests.support.ports import free_port
from tests.support.tls import certificate
from tests.support.waiting import until

SERVICES = tuple(
    f"framecast.v1.{name}" for name in ("Streams", "Media", "Videos", "Uploads", "Work", "Rooms")
)
SERVING, NOT_SERVING = (
    health_pb2.HealthCheckResponse.SERVING,
    health_pb2.HealthCheckResponse.NOT_SERVING,
)


def test_reflection_lists_the_services_and_gives_their_files(client: Client) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    ask = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="framecast.v1.Media"),
    ]
    listed, file = stub.ServerReflectionInfo(iter(ask))
    names = {service.name for service in listed.list_services_response.service}
    assert names == {*SERVICES, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert b"framecast/v1/media.proto" in file.file_descriptor_response.file_descriptor_proto[0]


def test_health_knows_the_server_and_each_service(client: Client) -> None:
    stub = health_pb2_grpc.HealthStub(client.channel)
    for name in ("", *SERVICES):
        assert stub.Check(health_pb2.HealthCheckRequest(service=name)).status == SERVING
    with pytest.raises(grpc.RpcError) as unknown:
        stub.Check(health_pb2.HealthCheckRequest(service="other"))
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


def test_unknown_method_is_unimplemented(client: Client) -> None:
    call = client.channel.unary_unary("/framecast.v1.Media/Dance", None, None)
    with pytest.raises(grpc.RpcError) as refusal:
        call(b"", timeout=30)
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_node_that_ends_drains_its_clients_and_says_that_it_does_not_serve() -> None:
    with (
        folder() as place,
        RpcNode(place, "demo=pattern:?size=128x96") as node,
        Client(node.address) as client,
    ):
        stub = health_pb2_grpc.HealthStub(client.channel)
        health = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICES[1]), timeout=60)
        assert next(health).status == SERVING
        reading, changes = (
            client.read("demo", "video"),
            client.streams.WatchStreams(streams_pb2.WatchStreamsRequest(), timeout=60),
        )
        reading.record()
        next(changes)
        server = node.server
        assert node.end() == 0
        assert reading.ended()[0] is grpc.StatusCode.UNAVAILABLE
        with pytest.raises(grpc.RpcError) as end:
            for _ in changes:
                pass
        assert end.value.code() is grpc.StatusCode.UNAVAILABLE
        assert next(health).status == NOT_SERVING
        assert not server.is_running()
        assert "was killed" not in node.text


def test_killed_server_is_started_again_and_clients_find_it() -> None:
    with (
        folder() as place,
        RpcNode(place, "demo=pattern:?size=128x96") as node,
        Client(node.address) as client,
    ):
        reading = client.read("demo", "video")
        reading.record()
        killed = node.server
        os.kill(killed.pid, signal.SIGKILL)
        assert reading.ended()[0] is grpc.StatusCode.UNAVAILABLE
        # The same channel: it dials again by itself. A call on the connection that is just breaking may break with it.
        assert until(lambda: key_frame(client), "a call is served again").flags & 1
        assert node.server.pid != killed.pid
        node.wait_for("a server died and is started again")


def key_frame(client: Client) -> media_pb2.Record | None:
    try:
        return client.read("demo", "video").record()
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            return None
        raise


def test_server_that_is_alone_ends() -> None:
    """The node is killed, so nobody tells the server: the end of its stdin does."""
    with folder() as place, RpcNode(place, "demo=pattern:?size=128x96") as node:
        server = node.server
        node.process.kill()
        node.process.wait(30)
        _, alive = psutil.wait_procs([server], 30)
        assert not alive


def test_client_may_start_before_the_server() -> None:
    port = free_port()
    with Client(f"127.0.0.1:{port}") as client, folder() as place:
        found: list[str] = []
        reading = client.read("demo", "video", wait=True)
        early = threading.Thread(target=lambda: found.append(reading.record().track))
        early.start()
        with RpcNode(place, "--grpc-port", str(port), "demo=pattern:?size=128x96") as node:
            assert node.address == f"127.0.0.1:{port}"
            early.join(60)
        assert found == ["video"]


def test_busy_port_ends_the_node_at_once_with_its_number() -> None:
    with folder() as place, socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        done = run(place, "serve", "--port", "0", "--grpc-port", str(number))
    assert done.returncode
    assert f"port {number}" in done.stderr
    assert "Address in use" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_node_without_grpc_has_no_such_process() -> None:
    with folder() as place:
        (place / "framecast.yaml").write_text(
            "grpc: {enabled: false}\nport: 0\nstreams: {demo: 'pattern:?size=128x96'}\n"
        )
        clean = {key: value for key, value in environment(place).items() if "GRPC" not in key}
        process = subprocess.Popen(
            [*COMMAND, "serve"], env=clean, cwd=place, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr
        try:
            line = next(line for line in process.stderr if "serving" in line)
            assert "grpc" not in line
            children = psutil.Process(process.pid).children(recursive=True)
            assert not [child for child in children if child.name() == "fc-grpc"]
        finally:
            process.terminate()
            process.communicate(timeout=30)


def test_cut_connection_frees_what_was_read(node: RpcNode) -> None:
    """A proxy in between dies without a word of gRPC."""
    host, port = node.address.rsplit(":", 1)
    listener = socket.create_server(("127.0.0.1", 0))
    pipes: list[socket.socket] = []

    def serve() -> None:
        near, _ = listener.accept()
        far = socket.create_connection((host, int(port)))
        pipes.extend((near, far))
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            return

    accepting = threading.Thread(target=serve)
    accepting.start()
    with node.publish("wire", "data") as out, Client(f"127.0.0.1:{listener.getsockname()[1]}") as client:
        out.send_data(1)
        reading = client.read("wire", "data")
        reading.record()
        assert node.readers("wire") == 1
        listener.close()
        for sock in pipes:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        assert reading.ended()[0] is grpc.StatusCode.UNAVAILABLE
        until(lambda: node.readers("wire") == 0, "nobody reads")
    accepting.join()


def test_client_may_ping_often(node: RpcNode) -> None:
    """Every five seconds is allowed; one who pings for ever without a pause is cut, as the protocol has it."""
    options = (
        ("grpc.keepalive_time_ms", 5_500),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    )
    with node.publish("pinged", "data") as out, Client(node.address, *options) as client:
        reading = client.read("pinged", "data")
        out.send_data(1)
        reading.record()
        end = time.monotonic() + 18
        while time.monotonic() < end:
            time.sleep(0.5)
            assert reading.call.is_active()
        out.send_data(2)
        reading.record()


@pytest.mark.alone
def test_idle_server_does_next_to_nothing(node: RpcNode, client: Client) -> None:
    client.streams.ListStreams(streams_pb2.ListStreamsRequest())
    waiting = [client.read("silence", "data", wait=True) for _ in range(20)]
    for reading in waiting:
        reading.response()
    server = node.server
    before, begin = sum(server.cpu_times()[:2]), time.monotonic()
    time.sleep(5)
    used = (sum(server.cpu_times()[:2]) - before) / (time.monotonic() - begin)
    assert used < 0.02
    for reading in waiting:
        reading.call.cancel()


def test_clients_that_come_and_go_leave_nothing_behind(node: RpcNode) -> None:
    with node.publish("door", "data") as out:
        out.send_data(1)

        def visit(times: int) -> None:
            for _ in range(times):
                with Client(node.address) as client:
                    client.read("door", "data").record()

        visit(20)
        server = node.server
        until(lambda: node.readers("door") == 0, "all are gone")
        files, threads, memory = server.num_fds(), server.num_threads(), server.memory_info().rss
        visit(150)
        until(lambda: node.readers("door") == 0, "all are gone")
        until(lambda: server.num_fds() <= files + 2, "no descriptor is left")
        assert server.num_threads() <= threads + 4
        assert server.memory_info().rss - memory < 16 << 20


def test_one_connection_may_carry_many_calls(node: RpcNode, client: Client) -> None:
    count = 300
    assert count < MAX_CALLS_A_CONNECTION
    with node.publish("many", "data") as out:
        out.send_data(1)
        readings = [client.read("many", "data") for _ in range(count)]
        for reading in readings:
            reading.record()
        for reading in readings:
            reading.call.cancel()


def test_with_a_certificate_the_server_speaks_tls_alone() -> None:
    with folder() as place:
        cert, key = certificate(place)
        config = place / "tls.yaml"
        config.write_text(f"grpc: {{tls_cert_file: {cert}, tls_key_file: {key}}}\n")
        with RpcNode(place, "--config", str(config), "demo=pattern:?size=128x96") as node:
            credentials = grpc.ssl_channel_credentials(cert.read_bytes())
            with grpc.secure_channel(node.address, credentials) as channel:
                listed = channel.unary_unary(
                    "/framecast.v1.Streams/ListStreams",
                    None,
                    response_deserializer=streams_pb2.ListStreamsResponse.FromString,
                )(b"", timeout=60, wait_for_ready=True)
                assert [stream.name for stream in listed.streams] == ["demo"]
            with Client(node.address) as plain, pytest.raises(grpc.RpcError) as refusal:
                plain.streams.ListStreams(streams_pb2.ListStreamsRequest(), timeout=30)
            assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE


def test_certificate_without_its_key_is_refused_by_name() -> None:
    with folder() as place:
        (place / "tls.yaml").write_text("grpc: {tls_cert_file: cert.pem}\n")
        done = run(place, "serve", "--config", "tls.yaml", "--port", "0")
    assert done.returncode
    assert "tls_key_file" in done.stderr
