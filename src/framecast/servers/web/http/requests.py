"""How requests ended: by method, route and status. Event loop only; routes are those of the application, so clients cannot add labels."""

from __future__ import annotations

import json
from collections import Counter
from http import HTTPStatus
from typing import Any

from starlette.types import Scope

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """Counts answers."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self.refused: Counter[int] = Counter()  # by status: requests beyond a limit, before any route

    def add(self, scope: Scope, status: int) -> None:
        """Count the answer to a request that has passed the routes, or was refused before."""
        route = getattr(scope.get("route"), "path", "-")
        method = scope["method"] if scope["method"] in _METHODS else "-"
        self.counts[method, str(route), status] += 1

    def take(self) -> dict[str, Any]:
        """Return what was counted since the last call, for `add_all` of another process, and begin at zero."""
        counts, self.counts = self.counts, Counter()
        refused, self.refused = self.refused, Counter()
        return {
            "counts": [[*key, count] for key, count in counts.items()],
            "refused": [*refused.items()],
        }

    def add_all(self, taken: dict[str, Any]) -> None:
        """Add what another process has counted."""
        for method, route, status, count in taken["counts"]:
            self.counts[method, route, status] += count
        for status, count in taken["refused"]:
            self.refused[status] += count


def refusal_of(status: int, error: str, message: str) -> bytes:
    """Return the answer to a request beyond a limit, as it goes over the connection."""
    body = json.dumps({"error": error, "message": message}).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
