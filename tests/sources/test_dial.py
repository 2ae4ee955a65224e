"""Who does not answer is known at once."""

from __future__ import annotations

import socket

import pytest

from framecast.errors import Invalid, SourceError
from framecast.model import Source
from framecast.sources import dial
from tests.sources.running import Running


def failure(address: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        dial.check_answers(Source(address), 10)
    return caught.value


def test_a_closed_port_refuses(free_port: int) -> None:
    assert failure(f"rtsp://127.0.0.1:{free_port}/x").reason == "refused"


def test_an_open_port_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        dial.check_answers(Source(f"rtsp://127.0.0.1:{server.getsockname()[1]}/x"), 10)


def test_a_full_queue_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        crowd = []
        for _ in range(4):  # until the kernel takes no more
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            crowd.append(one)
        assert failure(f"http://127.0.0.1:{port}/x").reason == "timeout"
        for one in crowd:
            one.close()


def test_a_name_that_does_not_exist_is_unknown() -> None:
    assert failure("rtsp://no-such-host.invalid/x").reason == "unknown-host"


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("rtsp://camera/x", ("camera", 554)),
        ("rtsps://camera/x", ("camera", 322)),
        ("http://u:p@camera:8080/x", ("camera", 8080)),
        ("https://[::1]/x", ("::1", 443)),
    ],
)
def test_ports_have_their_usual_numbers(address: str, where: tuple[str, int]) -> None:
    assert dial.address_of(Source(address)) == where


@pytest.mark.parametrize("address", ["rtsp:///x", "http://host:port/x", "rtsp://[/x"])
def test_an_address_without_a_host_cannot_be(address: str) -> None:
    with pytest.raises(Invalid, match="has no host"):
        dial.address_of(Source(address))


def test_a_dead_camera_ends_the_try_at_once(free_port: int) -> None:
    with Running(f"rtsp://me:secret-word@127.0.0.1:{free_port}/x") as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "refused"
    assert "secret-word" not in str(error)
