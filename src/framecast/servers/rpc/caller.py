"""The client of the call that is being served: what it may do with streams, and whether it may go on when its rights change.

The interceptor notes it for the task of the call. Event loop only.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from framecast.control.aio import AsyncNodeClient
from framecast.model.status import Status
from framecast.servers.access.finding import check_change, find_stream, may_begin
from framecast.servers.access.policy import Sight, Verdict, may
from framecast.servers.access.principal import Principal, Requirement


class Caller:
    """What one call may do, from `address`. `required` is what its method requires."""

    def __init__(self, sight: Sight, required: Requirement, address: str = "") -> None:
        self.sight = sight
        self.address = address
        self.on_judged: Callable[[], None] = lambda: None
        self._required = required
        self._stream = ""
        self._has_begun = False  # the stream that is written did not exist before

    @property
    def by(self) -> dict[str, str]:
        """The account for which the node does something, and its address, as fields of the request; nothing without an account."""
        account = self.sight.principal.account
        return {} if account is None else {"by": account, "address": self.address}

    async def find(self, node: AsyncNodeClient, name: str, required: Requirement | None = None) -> Status:
        """Return what the node says of a stream.

        Raises:
            NotFound, Denied: as `find_stream`.
        """
        return await find_stream(node, self.sight, name, required)

    async def hold(self, node: AsyncNodeClient, name: str) -> None:
        """Return if the call may have what its method requires of this stream; it ends when that is over. In place of the stream before.

        Raises:
            NotFound, Denied: as `find_stream`, or as `check_change` of a stream that is written.
        """
        if self.sight.principal.rights is None:
            return
        if self._required is Requirement.PUBLISH:
            self._has_begun = await check_change(node, self.sight, name, self._required) is None
        else:
            await find_stream(node, self.sight, name, self._required)
        self._stream = name

    def may_stay(self, principal: Principal) -> bool:
        """Take the rights of now, and return whether the call may go on."""
        self.sight.principal = principal
        self.on_judged()
        if not self._stream:
            return may(principal, self._required)
        rights = principal.rights
        if self._has_begun and rights is not None and may_begin(rights, self._stream, self._required):
            return True
        return self.sight.verdict(self._required, self._stream) is Verdict.ALLOWED


CALLER: ContextVar[Caller] = ContextVar("caller")
