"""The routes of the library with what they require. What is about one video is decided by its route: the owner and the visibility stand in the database.

`library` lets everybody in, also without signing in: the route shows what is public, and answers all else as what does not exist.
"""

from __future__ import annotations

from framecast.servers.access.principal import Requirement
from framecast.servers.web.http.route_row import UNBOUNDED, Row

SUBTITLES_BYTES = 1 << 20

_OPEN, _LIBRARY, _READ, _ADD, _ADMIN = (
    Requirement.OPEN,
    Requirement.LIBRARY,
    Requirement.READ,
    Requirement.ADD,
    Requirement.ADMIN,
)

LIBRARY: tuple[Row, ...] = (
    Row("GET", "/videos", _LIBRARY),
    Row("GET", "/videos/manage", _ADMIN),
    Row("GET", "/videos/{id}/embed", _LIBRARY),
    Row("GET", "/videos/{id}", _LIBRARY),
    Row("GET", "/api/videos/events", _READ),
    Row("GET", "/api/videos", _LIBRARY),
    Row("GET", "/api/videos/{id}/media/{generation}/{name}", _LIBRARY, is_embeddable=True, is_shared=True),
    Row("GET", "/api/videos/{id}/data/{track}", _LIBRARY, is_shared=True),
    Row("GET", "/api/videos/{id}/download", _LIBRARY),
    Row("GET", "/api/videos/{id}/original", _READ),
    Row("POST", "/api/videos/{id}/view", _LIBRARY),
    Row("POST", "/api/videos/{id}/report", _READ),
    Row("POST", "/api/videos/{id}/restore", _ADD),
    Row("POST", "/api/videos/{id}/hold", _ADMIN),
    Row("POST", "/api/videos/{id}/release", _ADMIN),
    Row("POST", "/api/videos/{id}/cancel", _ADD),
    Row("POST", "/api/videos/{id}/retry", _ADD),
    Row("PUT", "/api/videos/{id}/poster", _ADD),
    Row("PUT", "/api/videos/{id}/subtitles", _ADD, body_bytes=SUBTITLES_BYTES),
    Row("DELETE", "/api/videos/{id}/subtitles", _ADD),
    Row("GET", "/api/videos/{id}", _LIBRARY, is_shared=True),
    Row("PATCH", "/api/videos/{id}", _ADD),
    Row("DELETE", "/api/videos/{id}", _ADD),
    Row("GET", "/api/library", _READ),
    Row("GET", "/api/jobs", _ADMIN),
    Row("GET", "/api/reports", _ADMIN),
    Row("GET", "/api/playlists", _READ),
    Row("POST", "/api/playlists", _ADD),
    Row("GET", "/api/playlists/{id}", _READ),
    Row("PATCH", "/api/playlists/{id}", _ADD),
    Row("DELETE", "/api/playlists/{id}", _ADD),
    # tus asks with OPTIONS before it shows who it is.
    Row("OPTIONS", "/api/uploads", _OPEN),
    Row("GET", "/api/uploads", _ADD),
    Row("POST", "/api/uploads", _ADD, body_bytes=UNBOUNDED),
    Row("HEAD", "/api/uploads/{id}", _ADD),
    Row("PATCH", "/api/uploads/{id}", _ADD, body_bytes=UNBOUNDED),
    Row("DELETE", "/api/uploads/{id}", _ADD),
    # Its route also wants the right to record the stream.
    Row("POST", "/api/recordings", _ADD),
    Row("GET", "/api/recordings", _READ),
    Row("DELETE", "/api/recordings/{id}", _ADD),
)


def video_of(row: Row, path: str) -> str | None:
    """Return the id of the video that a request to a row is about, None if it is about none, or about what no link opens."""
    if row.requirement is not Requirement.LIBRARY or "{id}" not in row.path:
        return None
    return path.split("/")[row.path.split("/").index("{id}")]
