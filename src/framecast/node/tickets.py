"""Tickets: how a program of this machine shows its user to the gRPC server, which cannot ask the kernel itself.

The program asks for one at node.sock, where its user is known, and sends it with its calls through the socket file of the gRPC server; that
server asks the node whose ticket it is. A ticket opens nothing on the network, and is worth nothing after `LIVES_S`. Runs in the node's loop.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from framecast.bus.channel import Fields
from framecast.errors import NotFound

LIVES_S = 60.0
MOST = 4096  # the oldest go first

NO_GRPC = (
    "the gRPC server of this node does not run, and programs of this machine reach rooms through it: set 'grpc.enabled: true' in "
    "framecast.yaml (a node that waits for its first account starts it after that)"
)


class Tickets:
    """Those that count. `info` are the facts about the node, with its servers."""

    def __init__(
        self, info: Callable[[], Mapping[str, Any]], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._info = info
        self._now = now
        self._known: OrderedDict[str, tuple[int, bool, float]] = OrderedDict()

    def issue(self, uid: int, is_own: bool) -> Fields:
        """Return a new ticket of a user; `is_own` is the node's own one, who may do everything.

        Raises:
            NotFound: the node has no gRPC server that would take it.
        """
        if "grpc" not in self._info().get("servers", {}):
            raise NotFound(NO_GRPC)
        ticket = secrets.token_urlsafe(32)
        self._known[ticket] = uid, is_own, self._now() + LIVES_S
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return {"ticket": ticket, "expires_s": LIVES_S}

    def find(self, ticket: object) -> Fields:
        """Return whose ticket it is.

        Raises:
            NotFound: nobody's, or its time is over.
        """
        uid, is_own, until = self._known.get(ticket if isinstance(ticket, str) else "", (0, False, 0.0))
        if until <= self._now():
            raise NotFound("this ticket is unknown or has expired: ask node.sock for another one")
        return {"uid": uid, "is_own": is_own}
