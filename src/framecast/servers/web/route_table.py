"""Every route with what it requires, as a table. The gate's middleware reads it, a test compares it with the routes of the application."""

from __future__ import annotations

from collections.abc import Iterator

from framecast.servers.access.principal import Requirement
from framecast.servers.web.http.route_row import Names, Row
from framecast.servers.web.library.rows import LIBRARY
from framecast.servers.web.rooms.rows import ROOMS

__all__ = ["PEOPLE", "ROWS", "Names", "Row", "row_of"]

_OPEN, _SELF, _WATCH, _READ, _METRICS = (
    Requirement.OPEN,
    Requirement.SELF,
    Requirement.WATCH,
    Requirement.READ,
    Requirement.METRICS,
)
_CONTROL, _ADD, _ADMIN = Requirement.CONTROL, Requirement.ADD, Requirement.ADMIN

# Of a node with accounts.
PEOPLE: tuple[Row, ...] = (
    Row("GET", "/login/second", _OPEN),
    Row("POST", "/login/second", _OPEN),
    Row("GET", "/login/oidc", _OPEN),
    Row("GET", "/login/oidc/callback", _OPEN),
    Row("GET", "/api/login", _OPEN),
    Row("GET", "/api/login/second", _OPEN),
    Row("POST", "/api/login/passkey/options", _OPEN),
    Row("POST", "/api/login/passkey", _OPEN),
    Row("GET", "/api/me/factors", _SELF),
    Row("POST", "/api/me/factors/app", _SELF),
    Row("POST", "/api/me/factors/app/confirm", _SELF),
    Row("POST", "/api/me/factors/app/remove", _SELF),
    Row("POST", "/api/me/factors/recovery-codes", _SELF),
    Row("POST", "/api/me/passkeys/options", _SELF),
    Row("POST", "/api/me/passkeys", _SELF),
    Row("PATCH", "/api/me/passkeys", _SELF),
    Row("POST", "/api/me/passkeys/remove", _SELF),
    Row("GET", "/api/me/logins", _SELF),
    Row("POST", "/api/me/logins", _SELF),
    Row("DELETE", "/api/me/logins", _SELF),
    Row("DELETE", "/api/people/factors", _ADMIN),
    Row("GET", "/join", _OPEN),
    Row("POST", "/api/join", _OPEN),
    Row("GET", "/reset", _OPEN),
    Row("POST", "/api/reset", _OPEN),
    Row("GET", "/account", _READ),
    Row("GET", "/api/me", _READ),
    Row("PATCH", "/api/me", _SELF),
    Row("POST", "/api/me/password", _SELF),
    Row("GET", "/api/me/sessions", _SELF),
    Row("DELETE", "/api/me/sessions", _SELF),
    Row("GET", "/api/tokens", _SELF),
    Row("POST", "/api/tokens", _SELF),
    Row("DELETE", "/api/tokens", _SELF),
    Row("GET", "/share", _OPEN),
    Row("POST", "/api/share", _OPEN),
    Row("GET", "/api/shares", _SELF),
    Row("POST", "/api/shares", _SELF),
    Row("DELETE", "/api/shares", _SELF),
    Row("GET", "/people", _ADMIN),
    Row("GET", "/people/audit", _ADMIN),
    Row("GET", "/api/people", _ADMIN),
    Row("POST", "/api/people", _ADMIN),
    Row("PATCH", "/api/people", _ADMIN),
    Row("DELETE", "/api/people", _ADMIN),
    Row("POST", "/api/people/reset", _ADMIN),
    Row("DELETE", "/api/people/sessions", _ADMIN),
    Row("GET", "/api/invitations", _ADMIN),
    Row("POST", "/api/invitations", _ADMIN),
    Row("DELETE", "/api/invitations", _ADMIN),
    Row("GET", "/api/groups", _ADMIN),
    Row("POST", "/api/groups", _ADMIN),
    Row("DELETE", "/api/groups", _ADMIN),
    Row("PUT", "/api/groups/members", _ADMIN),
    Row("DELETE", "/api/groups/members", _ADMIN),
    Row("GET", "/api/grants", _ADMIN),
    Row("POST", "/api/grants", _ADMIN),
    Row("DELETE", "/api/grants", _ADMIN),
    Row("GET", "/api/audit", _ADMIN),
)

# Pictures may stand in pages of other origins, as cameras' pictures do everywhere; they carry no cookie there. So may the players.
ROWS: tuple[Row, ...] = (
    Row("GET", "/healthz", _OPEN, answers_before_setup=True),
    Row("GET", "/readyz", _OPEN, answers_before_setup=True),
    Row("GET", "/login", _OPEN),
    Row("POST", "/login", _OPEN),
    Row("GET", "/setup", _OPEN, answers_before_setup=True),
    Row("POST", "/api/setup", _OPEN, answers_before_setup=True),
    Row("GET", "/static/player.js", _OPEN, is_embeddable=True, is_shared=True),
    Row("GET", "/static/video-player.js", _OPEN, is_embeddable=True, is_shared=True),
    Row("GET", "/static/vendor/{name}", _OPEN, is_embeddable=True, is_shared=True),
    Row("GET", "/static/{name}", _OPEN, answers_before_setup=True),
    Row("GET", "/api/frame.jpeg", _WATCH, Names.STREAM, is_embeddable=True),
    Row("GET", "/api/last.jpeg", _WATCH, Names.STREAM, is_embeddable=True),
    Row("GET", "/api/frame.mp4", _WATCH, Names.STREAM, is_embeddable=True),
    Row("GET", "/api/stream.mjpeg", _WATCH, Names.STREAM, is_embeddable=True),
    Row("GET", "/api/stream.mp4", _WATCH, Names.STREAM, is_embeddable=True),
    Row("GET", "/api/stream.m3u8", _WATCH, Names.STREAM),
    Row("GET", "/api/hls/playlist.m3u8", _WATCH, Names.PACKAGER),
    Row("GET", "/api/hls/init.mp4", _WATCH, Names.PACKAGER),
    Row("GET", "/api/hls/segment.m4s", _WATCH, Names.PACKAGER),
    Row("GET", "/api/hls/part.m4s", _WATCH, Names.PACKAGER),
    Row("GET", "/api/ws", _WATCH, Names.STREAM, is_socket=True),
    Row("GET", "/api/ws/wall", _READ, is_socket=True),
    Row("GET", "/", _READ),
    Row("GET", "/streams/{name}", _READ),
    Row("GET", "/docs", _READ),
    Row("GET", "/openapi.json", _READ),
    Row("GET", "/metrics", _METRICS),
    Row("GET", "/api", _READ),
    Row("GET", "/api/config/schema", _READ),
    Row("GET", "/api/stats", _METRICS),
    Row("GET", "/api/streams", _READ),
    Row("GET", "/api/addresses", _READ),
    Row("POST", "/logout", _READ),
    Row("PUT", "/api/streams", _CONTROL),  # or to add it, if there is no such stream
    Row("DELETE", "/api/streams", _CONTROL, Names.STREAM),
    Row("POST", "/api/restart", _CONTROL, Names.STREAM),
    Row("POST", "/api/streams/try", _ADD),
    Row("GET", "/api/links", _ADMIN),
    Row("POST", "/api/links", _ADMIN),
    Row("DELETE", "/api/links", _ADMIN),
    *PEOPLE,
    *LIBRARY,
    *ROOMS,
)


def row_of(method: str, path: str) -> Row:
    """Return the row of a request. A method that a path does not have gets the path's first row, and later a 405.

    A path without a row is answered by 404 to everybody who is known, whatever they may do.
    """
    rows = _BY_PATH.get(path) or _with_parameters(path)
    if rows is None:
        return Row(method, path, Requirement.ADMIN, exists=False)
    wanted = "GET" if method == "HEAD" and method not in rows else method
    return rows.get(wanted) or next(iter(rows.values()))


def _with_parameters(path: str) -> dict[str, Row] | None:
    """Return the rows of a path with parameters: of the same shape, else below the same folder of names."""
    parts = path.split("/")
    shaped = next((rows for shape, rows in _BY_SHAPE if _fits(shape, parts)), None)
    return shaped or next((rows for start, rows in _BY_FOLDER if path.startswith(start)), None)


def _fits(shape: list[str], parts: list[str]) -> bool:
    return len(shape) == len(parts) and all(
        bool(part) if wanted.startswith("{") else part == wanted
        for wanted, part in zip(shape, parts, strict=True)
    )


def _folder(path: str) -> str:
    """Return the folder of a path that ends in a name, its only parameter; '' for another path."""
    folder, _, rest = path.partition("{")
    return folder if rest == "name}" else ""


def _grouped() -> Iterator[tuple[str, dict[str, Row]]]:
    for path in dict.fromkeys(row.path for row in ROWS):
        yield path, {row.method: row for row in ROWS if row.path == path}


_BY_PATH = {path: rows for path, rows in _grouped() if "{" not in path}
_BY_SHAPE = tuple((path.split("/"), rows) for path, rows in _grouped() if "{" in path)
_BY_FOLDER = tuple((_folder(path), rows) for path, rows in _grouped() if _folder(path))
