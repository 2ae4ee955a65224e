"""What a child process does: one frozen type per kind of job. The node writes it, `worker` runs it.

A job crosses the forkserver's socket as JSON with its kind in `kind`. To add a kind, add a type and a line of `_KINDS` here, and a line
of the table in `worker`. How a job goes is reported by its publisher (state, reason, detail, facts), not by the job. Pure values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from framecast.model import StreamSpec

# How long a process may take to end after it was asked to.
GRACE_S = 2.0
# CPU time that the check of an address may take, and time in all: on a busy machine it gets little of the CPU.
CHECK_CPU_S = 3.0
CHECK_S = 7.0
# What looks at pixels with OpenCV, always or nearly so: these renditions, and the test pattern.
_DRAWING = ("convert", "jpeg")
_DRAWN = "pattern"


@dataclass(frozen=True, slots=True)
class SourceJob:
    """One attempt to connect a source and read from it.

    `folders` are the only ones whose files the source's address may name; None for an address that the node's owner has given.
    `networks` are the only ones that it may lead to (`model.networks`); None for an address of the owner or of an administrator.
    """

    spec: StreamSpec
    epoch: int = 0
    folders: tuple[str, ...] | None = None
    networks: tuple[str, ...] | None = None

    @property
    def title(self) -> str:
        """What `ps` shows."""
        return f"fc:{self.spec.name}"

    @property
    def draws(self) -> bool:
        """Whether it needs OpenCV, so that the forkserver imports it before the fork."""
        return self.spec.source.scheme == _DRAWN


@dataclass(frozen=True, slots=True)
class RenditionJob:
    """One track of a stream made by a recipe; the recipe decides which other tracks it reads."""

    stream: str
    track: str
    recipe: str
    node_socket: str
    epoch: int
    limit_bytes: int

    @property
    def title(self) -> str:
        """What `ps` shows."""
        return f"fc:{self.recipe}:{self.stream}"

    @property
    def draws(self) -> bool:
        """As for a source."""
        return self.recipe in _DRAWING


@dataclass(frozen=True, slots=True)
class CheckJob:
    """A look at the address of a source, without connecting to it. `folders` and `networks` as in `SourceJob`.

    `is_new`: nobody has configured the address before, so a file that it names must exist.
    """

    spec: StreamSpec
    folders: tuple[str, ...] | None = None
    is_new: bool = False
    networks: tuple[str, ...] | None = None

    @property
    def title(self) -> str:
        """What `ps` shows."""
        return f"fc?{self.spec.name}"

    @property
    def draws(self) -> bool:
        """As for a source: a check draws nothing."""
        return False


Job: TypeAlias = SourceJob | RenditionJob | CheckJob
_KINDS: Mapping[str, type[Job]] = {"source": SourceJob, "rendition": RenditionJob, "check": CheckJob}


def job_to_json(job: Job) -> dict[str, Any]:
    """Return the JSON form, with the source's secrets: only for the socket of the forkserver."""
    kind = next(name for name, kind in _KINDS.items() if isinstance(job, kind))
    values = {one.name: getattr(job, one.name) for one in fields(job)}
    return {"kind": kind} | {
        name: value.to_json() if isinstance(value, StreamSpec) else value for name, value in values.items()
    }


def job_from_json(given: Mapping[str, Any]) -> Job:
    """Return the job that the node sent."""
    values = {name: value for name, value in given.items() if name != "kind"}
    if "spec" in values:
        values["spec"] = StreamSpec.from_json(values["spec"]["name"], values["spec"])
    for name in ("folders", "networks"):
        if values.get(name) is not None:
            values[name] = tuple(values[name])
    return _KINDS[given["kind"]](**values)
