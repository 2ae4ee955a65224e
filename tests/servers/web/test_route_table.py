"""Which row of the table a request gets: by path, by folder, by method; what has no row needs the right to change."""

from __future__ import annotations

import pytest

from framecast.servers.access.principal import Requirement
from framecast.servers.web.route_table import ROWS, Names, Row, row_of


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_each_row_is_found_by_its_own_method_and_path(row: Row) -> None:
    path = row.path.replace("{name}", "door.css").replace("{id}", "AbC").replace("{generation}", "g1")
    path = path.replace("{key}", "stream:door")
    assert row_of(row.method, path) == row


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("HEAD", "/api/streams", "GET /api/streams"),
        ("PATCH", "/api/streams", "GET /api/streams"),  # later a 405
        ("DELETE", "/login", "GET /login"),
        ("POST", "/static/page.css", "GET /static/{name}"),
        ("GET", "/static/player.js", "GET /static/player.js"),  # before the folder
        ("GET", "/static/player.js/x", "GET /static/{name}"),
        ("GET", "/static/vendor/some.js", "GET /static/vendor/{name}"),
        ("GET", "/streams/", "GET /streams/{name}"),
        ("GET", "/streams/a/b", "GET /streams/{name}"),
        ("GET", "/videos/manage", "GET /videos/manage"),  # before the videos
        ("GET", "/videos/AbC/embed", "GET /videos/{id}/embed"),
        ("GET", "/api/videos/events", "GET /api/videos/events"),
        ("HEAD", "/api/videos/AbC/media/g1/main.mp4", "GET /api/videos/{id}/media/{generation}/{name}"),
        ("HEAD", "/api/uploads/AbC", "HEAD /api/uploads/{id}"),  # it has no GET
        ("PATCH", "/api/videos/AbC", "PATCH /api/videos/{id}"),
    ],
)
def test_request_beside_the_table_gets_the_row_of_its_path(method: str, path: str, found: str) -> None:
    row = row_of(method, path)
    assert f"{row.method} {row.path}" == found


@pytest.mark.parametrize(
    "path",
    [
        *("", "/nothing", "/streams", "/static", "/api/", "//", "/healthz/", "/LOGIN"),
        *("/api/videos/", "/api/videos/AbC/media//main.mp4", "/api/videos/AbC/secret", "/videos/"),
    ],
)
def test_path_without_a_row_is_there_for_nobody(path: str) -> None:
    row = row_of("GET", path)
    assert (row.requirement, row.names, row.is_embeddable) == (Requirement.ADMIN, None, False)
    assert not row.exists


def test_every_row_is_there_and_only_pictures_are_embeddable() -> None:
    files = ("/static/player.js", "/static/video-player.js", "/static/room.js", "/static/vendor/{name}")
    others = (*files, "/api/videos/{id}/media/{generation}/{name}")
    for row in ROWS:
        assert not row.is_embeddable or row.method == "GET"
        assert not row.is_embeddable or row.names is Names.STREAM or row.path in others
    changing = {row.requirement for row in ROWS if row.method in ("PUT", "DELETE")}
    assert changing == {
        *(Requirement.SELF, Requirement.CONTROL, Requirement.ADD, Requirement.ADMIN),
        Requirement.ROOM,
    }
