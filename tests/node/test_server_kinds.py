"""The table of servers: which ports a configuration asks for, and that every server can read what it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framecast.node.access_mode import AccessState
from framecast.node.config import Config, load
from framecast.node.server_kinds import FILES, KINDS, Endpoint
from framecast.servers.settings import LogSocket, read
from framecast.servers.web.settings import SetupMode, WebSettings

LOG = LogSocket(fd=9, level="info", levels={})


def config(folder: Path, **flags: Any) -> Config:
    return load(None, port=0, data_dir=folder, runtime_dir=folder, **flags)


def names(given: Config) -> dict[str, list[str]]:
    return {kind.name: [endpoint.name for endpoint in kind.endpoints(given)] for kind in KINDS}


def test_each_server_that_is_enabled_has_a_port(tmp_path: Path) -> None:
    both = {"enabled": True, "port": 0, "imagezmq_port": 0}
    assert names(config(tmp_path, zmq=both)) == {
        "web": ["web"],
        "files": [],
        "grpc": ["grpc"],
        "zmq": ["zmq", "imagezmq"],
    }
    none = config(tmp_path, zmq={"enabled": False, "imagezmq_port": 0}, grpc={"enabled": False})
    assert names(none) == {"web": ["web"], "files": [], "grpc": [], "zmq": []}


@pytest.mark.parametrize("token", [None, "open sesame"])
def test_every_server_reads_the_settings_of_its_kind(tmp_path: Path, token: str | None) -> None:
    zmq = {"port": 0, "imagezmq_port": 0}
    given = config(tmp_path, zmq=zmq, grpc={"port": 0}, access_token=token, hosts=["cams.example"])
    setup = SetupMode(secret_sha256="ab", expires_at=7, database="sqlite:////x")
    access = AccessState("postgresql+psycopg://u:geheim@h/d", setup)
    for kind in KINDS:
        from_web = KINDS[0] if kind.name == FILES else kind
        sockets = {one.name: one.open(one.host, one.port, one.key) for one in from_web.endpoints(given)}
        try:
            settings = kind.settings(given, access, sockets, LOG)
            assert settings.fd == (-1 if kind.name == FILES else sockets[kind.name].fileno())
            assert settings.access_token == token
            assert settings.database == access.database
            assert "geheim" not in repr(settings)
            if isinstance(settings, WebSettings):
                assert settings.setup == setup
            assert read(type(settings), settings.to_line()) == settings
        finally:
            for sock in sockets.values():
                sock.close()


@pytest.mark.parametrize(("path", "tail"), [("", "/"), ("/cams/", "/cams/")])
def test_url_of_an_endpoint_is_what_programs_here_call(tmp_path: Path, path: str, tail: str) -> None:
    web = next(iter(KINDS[0].endpoints(config(tmp_path, base_path=path))))
    with web.open(web.host, web.port, web.key) as sock:
        assert web.url(sock) == f"http://127.0.0.1:{sock.getsockname()[1]}{tail}"
    grpc = Endpoint("grpc", "grpc", "127.0.0.1", 0, "grpc.port")
    with grpc.open(grpc.host, grpc.port, grpc.key) as sock:
        assert grpc.url(sock) == f"grpc://127.0.0.1:{sock.getsockname()[1]}"
