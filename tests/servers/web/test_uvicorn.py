"""What the web server takes from uvicorn beyond its documentation is there, and looks as expected."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from framecast.servers.web import server
from framecast.servers.web.files.server import FilesServer
from framecast.servers.web.http import connection, shared_connection
from framecast.servers.web.http.connection import Connection
from framecast.servers.web.http.shared_connection import SharedConnection
from framecast.servers.web.server import Server

# The only name of uvicorn with an underscore: it logs a warning for every WebSocket.
PRIVATE = {"_unsupported_upgrade_warning"}
OF_A_CYCLE = (
    *("disconnected", "message_event", "response_started", "response_complete"),
    *("body", "waiting_for_100_continue", "expected_content_length", "keep_alive"),
)


def overridden(kind: type, base: type) -> dict[str, Callable[..., Any]]:
    """The methods of `base` that `kind` replaces."""
    return {
        name: made
        for name, made in vars(kind).items()
        if inspect.isfunction(made) and name != "__init__" and hasattr(base, name)
    }


def base_protocol() -> HttpToolsProtocol:
    async def app(_scope: object, _receive: object, _send: object) -> None:
        """Never called."""

    config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None)
    with asyncio.Runner() as runner:
        made = HttpToolsProtocol(config, ServerState(), {}, runner.get_loop())
    made.on_message_begin()  # the state of a request is made here
    return made


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (Connection, HttpToolsProtocol),
        (SharedConnection, HttpToolsProtocol),
        (Server, uvicorn.Server),
        (FilesServer, uvicorn.Server),
    ],
)
def test_methods_that_are_overridden_exist_and_take_the_same(kind: type, base: type) -> None:
    found = overridden(kind, base)
    assert len(found) >= 2
    for name, made in found.items():
        ours, theirs = inspect.signature(made), inspect.signature(getattr(base, name))
        assert [*ours.parameters] == [*theirs.parameters], name
        assert asyncio.iscoroutinefunction(made) == asyncio.iscoroutinefunction(getattr(base, name)), name


def test_all_callbacks_of_a_connection_are_among_them() -> None:
    """One that uvicorn renamed would never be called any more, and its limit would be gone."""
    expected = {
        *("connection_made", "connection_lost", "data_received", "eof_received"),
        *("pause_writing", "resume_writing", "send_400_response"),
        *("on_message_begin", "on_url", "on_header", "on_headers_complete", "on_body"),
        *("on_message_complete", "on_response_complete"),
    }
    assert set(overridden(Connection, HttpToolsProtocol)) == expected | PRIVATE
    assert set(overridden(Server, uvicorn.Server)) == {"capture_signals", "shutdown"}


@pytest.mark.parametrize(
    ("module", "base"),
    [(connection, base_protocol()), (server, uvicorn.Server(uvicorn.Config("no:app")))],
)
def test_only_public_names_are_used(module: Any, base: object) -> None:
    source = Path(module.__file__).read_text()
    used = set(re.findall(r"\b(?:self|super\(\))\.(_[a-z]\w*)", source))
    assert used, "the search finds something"
    assert {name for name in used if hasattr(base, name)} <= PRIVATE


def test_state_that_a_connection_looks_at_is_there() -> None:
    base = base_protocol()
    source = Path(connection.__file__).read_text() + Path(shared_connection.__file__).read_text()
    own = set(vars(Connection)) | set(vars(SharedConnection)) | {"response_complete"}
    for name in set(re.findall(r"\bself\.([a-z]\w*)", source)) - own:
        assert hasattr(base, name), name
    cycle = inspect.getsource(RequestResponseCycle.__init__)
    for name in OF_A_CYCLE:
        assert f"self.{name}" in cycle, name


def test_websockets_are_left_to_the_routes() -> None:
    assert base_protocol().ws_protocol_class is None


def test_version_is_bounded() -> None:
    project = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert re.search(r'"uvicorn\[standard\]>=[\d.]+,<[\d.]+"', project)
