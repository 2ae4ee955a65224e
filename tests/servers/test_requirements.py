"""Routes, methods and endpoints: each has a row with what it requires, and docs/access.md has the same rows."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import FastAPI
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from starlette.routing import Match

from framecast.cli.app import app as cli
from framecast.cli.call_table import CALLS, JudgedBy
from framecast.node.operation_table import OPERATIONS
from framecast.node.server_kinds import KINDS
from framecast.servers.access.principal import MEETS, Kind, Requirement
from framecast.servers.rpc import method_table
from framecast.servers.rpc.server import _SERVICES
from framecast.servers.web import route_table
from framecast.servers.web.app import create_app
from framecast.servers.web.context import WebContext
from framecast.servers.web.message_table import MESSAGES
from framecast.servers.web.route_table import ROWS, row_of
from framecast.servers.web.settings import WebSettings
from framecast.servers.web.viewers import player_session
from framecast.servers.zmq.endpoint_table import ENDPOINTS
from tests.node.test_server_kinds import config
from tests.servers.server_process import PLAIN

PAGE = Path(__file__).parents[2] / "docs" / "access.md"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    names = WebSettings.__dataclass_fields__
    given = {key: value for key, value in PLAIN.items() if key in names}
    return create_app(
        WebContext(
            WebSettings(
                fd=-1,
                runtime_dir=tmp_path_factory.mktemp("run"),
                # With accounts: an open node has fewer routes.
                **(given | {"hosts": (), "origins": (), "trusted_proxies": (), "database": "sqlite://"}),
            ),
            "",
        )
    )


def flat(routes: Iterable[Any]) -> Iterator[Any]:
    """Every route, those of included routers too."""
    for route in routes:
        router = getattr(route, "original_router", None)
        yield from flat(router.routes) if router is not None else (route,)


def served(app: FastAPI) -> set[tuple[str, str]]:
    """Every method and path that the application answers; HEAD goes with GET."""
    return {(method, route.path) for route in flat(app.routes) for method in route.methods - {"HEAD"}}


def test_every_route_has_a_row(app: FastAPI) -> None:
    rows = {(row.method, row.path) for row in ROWS}
    assert len(served(app)) > 20
    assert served(app) - rows == set(), "add a row to servers/web/route_table.py"


def test_every_row_has_a_route(app: FastAPI) -> None:
    for row in (row for row in ROWS if row.exists):
        path = row.path.replace("{", "").replace("}", "")
        scope = {"type": "http", "method": row.method, "path": path, "root_path": ""}
        assert any(route.matches(scope)[0] is Match.FULL for route in app.routes), row


def test_rows_are_unique() -> None:
    assert len({(row.method, row.path) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("method", "path", "required"),
    [
        ("GET", "/healthz", Requirement.OPEN),
        ("HEAD", "/healthz", Requirement.OPEN),
        ("PUT", "/healthz", Requirement.OPEN),  # answered by 405
        ("GET", "/static/wall.js", Requirement.OPEN),
        ("GET", "/static", Requirement.ADMIN),
        ("GET", "/streams/door", Requirement.READ),
        ("HEAD", "/api/frame.jpeg", Requirement.WATCH),
        ("DELETE", "/api/frame.jpeg", Requirement.WATCH),
        ("GET", "/api/streams", Requirement.READ),
        ("DELETE", "/api/streams", Requirement.CONTROL),
        ("GET", "/nowhere", Requirement.ADMIN),
        ("GET", "/healthz/", Requirement.ADMIN),
        ("GET", "", Requirement.ADMIN),
    ],
)
def test_request_finds_its_row(method: str, path: str, required: Requirement) -> None:
    assert row_of(method, path).requirement is required


def test_only_what_is_about_one_stream_names_it() -> None:
    about_one = (Requirement.WATCH, Requirement.PUBLISH, Requirement.CONTROL)
    named = {(row.method, row.path) for row in ROWS if row.names}
    assert named == {(row.method, row.path) for row in ROWS if row.requirement in about_one} - {
        ("PUT", "/api/streams")
    }, "its handler checks the stream, which may stand in the body"
    assert {row.path for row in ROWS if row.is_socket} == {
        *("/api/ws", "/api/ws/wall", "/api/rooms/{key}/ws")
    }


def test_every_message_of_a_socket_has_a_row_and_every_row_a_message() -> None:
    assert set(MESSAGES) == {row.path for row in ROWS if row.is_socket}
    assert set(MESSAGES["/api/ws"]) == {*player_session._WISHES, *player_session._QUESTIONS}
    assert set(MESSAGES["/api/ws/wall"]) == {"open", "close"}, "the messages of WallSession.on_text"


def test_every_method_has_a_row_and_every_row_a_method() -> None:
    services = (
        *_SERVICES,
        health_pb2.DESCRIPTOR.services_by_name["Health"],
        reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"],
    )
    served = {f"/{service.full_name}/{method.name}" for service in services for method in service.methods}
    assert served == set(method_table.METHODS), "change servers/rpc/method_table.py"
    assert method_table.requirement_of("/framecast.v1.Media/Unheard") is Requirement.READ


def test_every_endpoint_has_a_row_and_every_row_an_endpoint(tmp_path: Path) -> None:
    given = config(tmp_path, zmq={"imagezmq_port": 0})
    zmq = next(kind for kind in KINDS if kind.name == "zmq")
    assert {one.name for one in zmq.endpoints(given)} == set(ENDPOINTS)


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    commands = getattr(typer.main.get_command(cli), "commands")  # noqa: B009  a group has them
    assert set(commands) == set(CALLS), "change cli/call_table.py"
    for name, command in commands.items():
        within = getattr(command, "commands", {"": command}).values()
        sources = {inspect.getsourcefile(inspect.unwrap(one.callback)) for one in within}
        uses = any("framecast.cli.database" in Path(str(source)).read_text() for source in sources)
        assert uses == (CALLS[name] is JudgedBy.FILES and name not in ("backup", "restore")), name
    rows = rows_of_page()
    for name, by in CALLS.items():
        assert (f"`framecast {name}`", by.value) in rows, "change docs/access.md"


def rows_of_page() -> set[tuple[str, ...]]:
    lines = PAGE.read_text().splitlines()
    return {
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("|")
    }


def test_page_has_every_row_and_no_other() -> None:
    expected = {
        *((f"`{row.method} {row.path}`", row.requirement.value) for row in route_table.ROWS if row.exists),
        *(
            (f"`{path}`: `{kind}`", one.value)
            for path, kinds in MESSAGES.items()
            for kind, one in kinds.items()
        ),
        *((f"`{method[1:]}`", required.value) for method, required in method_table.METHODS.items()),
        *((f"port `{name}`", required.value) for name, required in ENDPOINTS.items()),
        *((f"operation `{name}`", row.requirement.value) for name, row in OPERATIONS.items()),
    }
    found = {row for row in rows_of_page() if len(row) == 2 and row[1] in {one.value for one in Requirement}}
    assert found == expected


def test_page_says_who_meets_what() -> None:
    cells = {row[0]: row[1:] for row in rows_of_page() if len(row) == 1 + len(Requirement)}
    assert cells["shown by the client"] == tuple(one.value for one in Requirement)
    names = {
        Kind.ADDRESS: "nothing, and no access token is set",
        Kind.TOKEN: "the access token",
        Kind.SESSION: "a session (login in a browser)",
        Kind.PROXY: "a name from a trusted proxy",
        Kind.LINK: "a share link",
        Kind.MEDIA: "a media token",
        Kind.ANONYMOUS: "nothing, and access is restricted",
        Kind.KEY: "a CURVE key",
    }
    for kind, name in names.items():
        assert cells[name] == tuple("yes" if one in MEETS[kind] else "no" for one in Requirement), name
    assert not re.search(r"\bTODO\b", PAGE.read_text())
