"""What the tasks that publish are asked for, as their parent writes it into the request. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framecast.media.storedencoder import SOFTWARE
from framecast.media.storedfile import Input
from framecast.media.uploaded import Allowed, decoders_of
from framecast.processing import accepted

_MOST_THREADS = 16
# What FFmpeg may use of an uploaded file: as `check` does. Covers of sound files are JPEG or PNG.
ALLOWED = Allowed(
    tuple(decoders_of((*accepted.VIDEO_CODECS, *accepted.AUDIO_CODECS, "png"))), accepted.MOST_PIXELS
)


@dataclass(frozen=True, slots=True)
class PublishOrder:
    """The input, the folder of the results, and how pictures are encoded."""

    input: Input
    output: Path
    encoder: str
    preset: str
    threads: int
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> PublishOrder:
        """Return the order in a request: `input`, `output`; `facts`, `encoder`, `preset` and `threads` may be absent."""
        facts = request.get("facts") or {}
        return cls(
            Input(Path(request["input"]), facts.get("container"), ALLOWED),
            Path(request["output"]),
            request.get("encoder") or SOFTWARE,
            request.get("preset") or "veryfast",
            request.get("threads") or min(_MOST_THREADS, len(os.sched_getaffinity(0))),
            facts,
        )
