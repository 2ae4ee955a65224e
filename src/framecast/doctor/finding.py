"""What a check found. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How good a finding is."""

    OK = "ok"
    NOTE = "note"  # not here, and Framecast works without
    WARNING = "warning"  # something will not work, or not well
    FAILURE = "failure"  # Framecast cannot work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. Its last field is the command or step that fixes the fault, '' if nothing is to be done."""

    topic: str
    level: Level
    found: str
    mend: str = ""
