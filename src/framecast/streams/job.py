"""What a child process is to do: one try of a source, one rendition, or the check of an address. Written by the node, done by the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from framecast.model import StreamSpec

# How long a process may take to end after it was told to.
GRACE_S = 2.0
# CPU time that the check of an address may take, and time in all: on a busy machine it gets little of the CPU.
CHECK_CPU_S = 3.0
CHECK_S = 7.0


@dataclass(frozen=True, slots=True)
class Job:
    """What a child is to do, as the node writes it. With a recipe it is a rendition, else a source.

    With `check` the source's address is only looked at.
    `folders`: the only ones that the source's address may name files of; None for an address that the node's owner has given.
    """

    stream: str
    epoch: int
    limit_bytes: int
    spec: StreamSpec | None = None
    track: str = ""
    recipe: str = ""
    node_socket: str = ""
    check: bool = False
    folders: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, with the source's secrets: only for the socket of the forkserver."""
        return {
            "stream": self.stream,
            "epoch": self.epoch,
            "limit_bytes": self.limit_bytes,
            "spec": self.spec.to_json() if self.spec else None,
            "track": self.track,
            "recipe": self.recipe,
            "node_socket": self.node_socket,
            "check": self.check,
            "folders": self.folders,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Job:
        """Return the job that the node sent."""
        spec = StreamSpec.from_json(fields["stream"], fields["spec"]) if fields["spec"] else None
        folders = None if fields["folders"] is None else tuple(fields["folders"])
        return cls(**{**fields, "spec": spec, "folders": folders})

    @property
    def title(self) -> str:
        """What `ps` shows."""
        if self.check:
            return f"fc?{self.stream}"
        return f"fc:{self.recipe}:{self.stream}" if self.recipe else f"fc:{self.stream}"
