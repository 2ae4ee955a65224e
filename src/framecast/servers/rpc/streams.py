"""The service `framecast.v1.Streams`: what there is, what happens to it, and changing it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, get_type_hints

from framecast.control.aio import AsyncNodeClient
from framecast.errors import Invalid
from framecast.model import StreamSpec, check_name
from framecast.model.status import Status
from framecast.protocols.grpc import stream_to
from framecast.servers.access.finding import check_change
from framecast.servers.access.principal import Requirement
from framecast.servers.rpc.caller import CALLER
from framecast.servers.rpc.changes import SharedChanges
from framecast.servers.rpc.status import Context
from framecast.v1 import streams_pb2

_TRUTH = {"true": True, "false": False}
_READ: dict[Any, Callable[[str], Any]] = {
    bool: _TRUTH.__getitem__,
    int: int,
    float: float,
    tuple[str, ...]: json.loads,
}
_EXPECTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple[str, ...]: "a list as JSON, such as '[\"Garden\"]'",
}


class Streams:
    """One method for each of the service; see `handlers`."""

    def __init__(self, node: AsyncNodeClient, changes: SharedChanges) -> None:
        self._node = node
        self._changes = changes

    async def list_streams(
        self, _request: streams_pb2.ListStreamsRequest, _context: Context
    ) -> streams_pb2.ListStreamsResponse:
        """Return all, by name."""
        known = CALLER.get().sight.known_of(await self._node.streams())
        found = sorted(known, key=lambda status: status.name)
        return streams_pb2.ListStreamsResponse(streams=map(stream_to, found))

    async def get_stream(
        self, request: streams_pb2.GetStreamRequest, _context: Context
    ) -> streams_pb2.Stream:
        """Return one."""
        return stream_to(await CALLER.get().find(self._node, request.name))

    async def watch_streams(self, request: streams_pb2.WatchStreamsRequest, context: Context) -> None:
        """Write every stream as it is, then each change; a slow client gets the newest of each."""
        name = check_name(request.name) if request.name else ""
        awake = asyncio.Event()
        with self._changes.follow(name, awake.set, CALLER.get()) as changes:
            while True:
                awake.clear()
                for event in changes.take():
                    await context.write(event)
                if not changes.is_ready:
                    await awake.wait()

    async def put_stream(
        self, request: streams_pb2.PutStreamRequest, _context: Context
    ) -> streams_pb2.Stream:
        """Add a stream or change it."""
        name = check_name(request.name)
        options = {key: _typed(key, text) for key, text in request.options.items()}
        if "source" in options:
            raise Invalid("source is a field of the request, not an option")
        caller = CALLER.get()
        await check_change(self._node, caller.sight, name, Requirement.CONTROL)
        stream = {"source": request.source, **options}
        found = await self._node.request("put", name=name, stream=stream, **caller.by)
        return stream_to(Status.from_json(found))

    async def remove_stream(
        self, request: streams_pb2.RemoveStreamRequest, _context: Context
    ) -> streams_pb2.RemoveStreamResponse:
        """Remove one."""
        await self._change("delete", request.name)
        return streams_pb2.RemoveStreamResponse()

    async def restart_stream(
        self, request: streams_pb2.RestartStreamRequest, _context: Context
    ) -> streams_pb2.RestartStreamResponse:
        """Dial one again."""
        await self._change("restart", request.name)
        return streams_pb2.RestartStreamResponse()

    async def get_node(self, _request: streams_pb2.GetNodeRequest, _context: Context) -> streams_pb2.Node:
        """Return facts about the node."""
        found = await self._node.request("info")
        servers = {str(name): str(server["url"]) for name, server in dict(found.get("servers", {})).items()}
        return streams_pb2.Node(
            version=str(found.get("version", "")), uptime_s=float(found.get("uptime_s", 0.0)), servers=servers
        )

    async def _change(self, op: str, name: str) -> None:
        """Let the node do something with a stream that the client may change."""
        caller = CALLER.get()
        if caller.sight.principal.rights is not None:
            await caller.find(self._node, name, Requirement.CONTROL)
        await self._node.request(op, name=check_name(name), **caller.by)


def _typed(key: str, text: str) -> Any:  # noqa: ANN401  whatever the option is
    """Return an option's text as the value that it stands for; an unknown one is left for the node to refuse.

    Raises:
        Invalid: it is no such value.
    """
    kind = get_type_hints(StreamSpec).get(key, str)
    try:
        return _READ.get(kind, str)(text)
    except (KeyError, ValueError, RecursionError) as error:
        raise Invalid(f"option {key} must be {_EXPECTED[kind]}, got {text!r:.60}") from error
