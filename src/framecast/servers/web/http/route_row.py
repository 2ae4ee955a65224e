"""A row of the table of routes: what one route requires. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from framecast.servers.access.principal import Requirement

MAX_BODY_BYTES = 64 << 10
# The route reads the body as it comes, and bounds it itself.
UNBOUNDED = 1 << 62


class Names(StrEnum):
    """How the query of a media route names its stream."""

    STREAM = "src"
    PACKAGER = "id"  # of an HLS packager, which belongs to one stream


@dataclass(frozen=True, slots=True)
class Row:
    """One route. `is_embeddable`: pages of other sites may load it. `is_socket`: it becomes a WebSocket.

    `is_shared`: pages of other sites may also read it by script, without cookies (CORS). `is_for_origins`: only those of `origins`, and those that show the
    token of a share link.

    `answers_before_setup`: also while the node waits for its first account; everything else is shut then.
    Without `names` a requirement about one stream is checked by the route itself, which knows the stream.
    """

    method: str
    path: str
    requirement: Requirement
    names: Names | None = None
    is_embeddable: bool = False
    is_shared: bool = False
    is_for_origins: bool = False
    is_socket: bool = False
    answers_before_setup: bool = False
    exists: bool = True
    body_bytes: int = MAX_BODY_BYTES

    @property
    def sharing_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What pages of other sites may do with an answer. No cookie comes with what they read, so it is what anybody may see."""
        resource = (
            b"cross-origin-resource-policy",
            b"cross-origin" if self.is_embeddable else b"same-origin",
        )
        return (resource, (b"access-control-allow-origin", b"*")) if self.is_shared else (resource,)
