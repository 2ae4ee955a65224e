"""How the API describes itself in /openapi.json: what each route may answer besides its own, and which texts names are.

A test asks a running node what schemathesis can think of, from this description alone.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from framecast.model import StreamSpec
from framecast.model.setting import Row, rows
from framecast.model.spec import TRANSPORTS

# What check_name allows. Said here and checked there, whose words are better than a pattern's.
NAME: dict[str, Any] = {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "example": "demo"}
# What parse_duration allows.
DURATION: dict[str, Any] = {"pattern": r"^(\d{1,6}(\.\d{1,6})?(ms|s|m|h)?)?$", "example": "5s"}


_TYPES: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    tuple[str, ...]: {"type": "array", "items": {"type": "string"}},
}
_CHOICES = {"transport": TRANSPORTS}


def with_options(schema: dict[str, Any]) -> None:
    """Add the options of a stream to the schema of a body: the rows of `StreamSpec`, with their ranges and defaults."""
    schema["properties"] |= {row.key: _option(row) for row in rows(StreamSpec)}


def _option(row: Row) -> dict[str, Any]:
    limits = {"minimum": row.setting.low, "maximum": row.setting.high, "enum": _CHOICES.get(row.key)}
    kind = _TYPES[row.hint] | {name: value for name, value in limits.items() if value is not None}
    # null is as if it were left out
    return {
        "anyOf": [kind, {"type": "null"}],
        "description": row.setting.plain_doc,
        "default": row.default,
    }


class Error(BaseModel):
    """What is wrong: the name of the error, and a sentence."""

    error: str
    message: str


ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Error, "description": "the request cannot be served; the message says why"},
    "5XX": {"model": Error, "description": "not now; the message says why"},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description. Invalid requests are answered by 400 here, never by FastAPI's own 422."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        for methods in schema["paths"].values():
            for operation in methods.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(name, None)
        app.openapi_schema = schema
    return app.openapi_schema
