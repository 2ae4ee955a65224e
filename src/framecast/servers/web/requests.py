"""How requests ended: by method, route and status. Event loop only; routes are those of the application, so clients cannot add labels."""

from __future__ import annotations

from collections import Counter

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
