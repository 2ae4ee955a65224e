"""The parts of the contract, and the files that hold what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.contract import command_line, environment, grpc_messages, live_node, python_api, routes

RECORDED = Path(__file__).with_name("recorded")

STANDING: dict[str, Callable[[], Iterable[str]]] = {
    "python": python_api.lines,
    "command_line": command_line.lines,
    "routes": routes.lines,
    "grpc": grpc_messages.lines,
    "environment": environment.lines,
}
OF_A_NODE: dict[str, Callable[[live_node.LiveNode], Iterable[str]]] = {
    "openapi": live_node.openapi,
    "configuration": live_node.configuration,
    "metrics": live_node.metrics,
    "grpc_services": live_node.grpc_services,
    "node_socket": live_node.node_socket,
}


def recorded(section: str) -> set[str]:
    """Return the lines of a section as they were recorded."""
    return set((RECORDED / f"{section}.txt").read_text().splitlines())
