"""An answer that is given while a long body is still on its way: it ends the connection, and the body is not read. Event loop only."""

from __future__ import annotations

from starlette.types import Message, Scope, Send

from framecast.servers.web.http.connection import EXTENSION, connection_of


async def send_start(scope: Scope, message: Message, send: Send) -> None:
    """Send the start of an answer, which ends the connection if the rest of the request is too long to be read for nothing."""
    if EXTENSION not in scope.get("extensions", {}):
        await send(message)
        return
    connection, cycle = connection_of(scope)
    is_early = connection.is_early(cycle)
    if is_early:
        message["headers"] = [*message["headers"], (b"connection", b"close")]
    await send(message)
    if is_early:
        connection.end_early(cycle)
