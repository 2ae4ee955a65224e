"""What /openapi.json says of tus: the headers of its requests and answers. Pure values."""

from __future__ import annotations

from typing import Any

from framecast.servers.uploads.checksum import ALGORITHMS
from framecast.servers.web.library.upload_headers import BODY_TYPE, VERSION

_BYTES = {"type": "integer", "minimum": 0, "maximum": 9_999_999_999_999_999}
_TEXT = {"type": "string"}


def _header(name: str, description: str, schema: dict[str, Any], required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


_VERSION = _header("Tus-Resumable", "the version of tus", {"type": "string", "enum": [VERSION]})
_CHECKSUM = _header(
    "Upload-Checksum",
    f"algorithm ({', '.join(ALGORITHMS)}), a space, and the hash of the body in Base64",
    _TEXT,
    required=False,
)
_BODY = {BODY_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_ANSWER = {
    "Tus-Resumable": {"description": "the version of tus", "schema": _TEXT},
    "Upload-Offset": {"description": "so many bytes are here and durable", "schema": _BYTES},
    "Upload-Expires": {
        "description": "when the upload is removed if nothing more comes (HTTP date)",
        "schema": _TEXT,
    },
    "Framecast-Video": {"description": "the id of the video that it becomes, or has become", "schema": _TEXT},
}

ASK: dict[str, Any] = {"parameters": [_VERSION]}
BEGIN: dict[str, Any] = {
    "parameters": [
        _VERSION,
        _header("Upload-Length", "the size of the whole file", _BYTES),
        _header(
            "Upload-Metadata",
            "pairs of a key and a value in Base64, with commas between them: filename, title, visibility",
            _TEXT,
            required=False,
        ),
        _CHECKSUM,
    ],
    "requestBody": {"required": False, "content": _BODY},
}
CONTINUE: dict[str, Any] = {
    "parameters": [_VERSION, _header("Upload-Offset", "where the body begins", _BYTES), _CHECKSUM],
    "requestBody": {"required": True, "content": _BODY},
}
BEGUN: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "the upload, whose address is in Location",
        "headers": {**_ANSWER, "Location": {"description": "where it is continued", "schema": _TEXT}},
    }
}
STATE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "how far it is",
        "headers": {**_ANSWER, "Upload-Length": {"description": "the size of the file", "schema": _BYTES}},
    }
}
CONTINUED: dict[int | str, dict[str, Any]] = {
    204: {"description": "all that was sent is durable", "headers": _ANSWER}
}
