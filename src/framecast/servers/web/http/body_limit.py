"""How long the body of a request may be: what a Content-Length may say, and the cut of a body that is longer than it said."""

from __future__ import annotations

from starlette.types import Message, Receive, Scope

from framecast.model import number
from framecast.servers.web.http.route_row import MAX_BODY_BYTES

TOO_LONG = "framecast.too_long"  # in the scope of a request whose body was cut: how long it may be


def is_length(text: str, most: int = MAX_BODY_BYTES) -> bool:
    """Return whether a Content-Length is one that is taken."""
    return number.is_digits(text, 19) and number.integer(text, 0, 1 << 64) <= most


def too_long(most: int) -> str:
    """Return what is said of a body with more than `most` bytes."""
    return f"the body of this request may have {most} bytes at most"


def limited(scope: Scope, receive: Receive, most: int) -> Receive:
    """Cut a body that is longer than it said, or said nothing (chunked); the scope then says so."""
    left = most

    async def receive_limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            scope[TOO_LONG] = most
            return {"type": "http.disconnect"}
        return message

    return receive_limited
