"""examples/broadcast: a film that is played to windows which come and go, on a virtual display."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.programs import Program
from tests.support.display import Display
from tests.support.media_files import Clip

SECONDS = 2.0


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[Display]:
    with Display() as screen:
        for name, value in (screen.environment | {"SDL_VIDEO_X11_WMCLASS": "framecast"}).items():
            monkeypatch.setenv(name, value)
        yield screen


@pytest.fixture
def film() -> Path:
    return Clip(size=(320, 240), seconds=SECONDS).path()


def test_film_goes_round_and_windows_come_and_go(display: Display, film: Path, tmp_path: Path) -> None:
    with Program("broadcast/server.py", str(film), "--port", "0", folder=tmp_path) as server:
        address = server.expect(r"clients connect to (tcp://\S+)")[1]
        first = int(server.expect(r"picture (\d+): 640 x 480")[1])
        window = display.window(f"{film.name} (server)")
        assert window.size == (640, 480)
        assert window.grab().std() > 10  # a picture is in it
        arguments = ("broadcast/client.py", "--address", address)
        with Program(*arguments, "--width", "320", folder=tmp_path) as stays:
            stays.expect(r"picture \d+: 320 x 240")
            with Program(*arguments, "--frames", "10", folder=tmp_path) as short:
                for _ in range(10):
                    short.expect(r"picture \d+: 640 x 480")
                assert short.wait() == 0
            with Program(*arguments, "--width", "160", folder=tmp_path) as killed:
                killed.expect(r"picture \d+: 160 x 120")
                killed.process.kill()
                killed.wait()
            while int(server.expect(r"picture (\d+)")[1]) < first + 3 * 25 * SECONDS:
                pass  # it has begun again by now
            stays.expect(r"picture \d+: 320 x 240")
            display.window(f"film at {address}").press("Escape")
            assert stays.wait() == 0
        window.close()
        assert server.wait() == 0


def test_server_whose_port_is_taken_says_so_and_ends(display: Display, film: Path, tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with Program("broadcast/server.py", str(film), "--port", port, folder=tmp_path) as server:
            server.expect("Address in use")
            assert server.wait() != 0
