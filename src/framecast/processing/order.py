"""What the tasks that publish are asked for, as their parent writes it into the request. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framecast.media.storedencoder import SOFTWARE

_MOST_THREADS = 16


@dataclass(frozen=True, slots=True)
class PublishOrder:
    """The input, the folder of the results, and how pictures are encoded. `demuxer` is FFmpeg's name of the container that `check` found."""

    input: Path
    output: Path
    demuxer: str | None
    encoder: str
    preset: str
    threads: int
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> PublishOrder:
        """Return the order in a request: `input`, `output`; `facts`, `encoder`, `preset` and `threads` may be absent."""
        facts = request.get("facts") or {}
        return cls(
            Path(request["input"]),
            Path(request["output"]),
            facts.get("container"),
            request.get("encoder") or SOFTWARE,
            request.get("preset") or "veryfast",
            request.get("threads") or min(_MOST_THREADS, len(os.sched_getaffinity(0))),
            facts,
        )
