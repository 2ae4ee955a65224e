"""The lines between a task's process and the one that started it: JSON objects, one a line, each of at most a mebibyte.

To the process: one order. From it: `{"progress": 0.4}`, and at the end `{"result": {...}}` or `{"refused": "sentence"}`. What comes from it is
a stranger's word: it is bounded and checked here. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from framecast.processing.tasks import Limits

LONGEST_LINE = 1 << 20
LONGEST_SENTENCE = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is started for. `parent`: the number of the process that starts it, 0 for whatever has started it."""

    kind: str
    request: Mapping[str, Any]
    inputs: tuple[str, ...]
    output: str | None
    limits: Limits
    parent: int

    def line(self) -> bytes:
        """Return the order as a line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Order:
        """Return the order that its starter has sent."""
        given = json.loads(line)
        limits = Limits(**given.pop("limits"))
        return cls(**{**given, "inputs": tuple(given["inputs"]), "limits": limits})


def message_of(line: bytes) -> tuple[str, Any]:
    """Return what a process says, and its value: ("progress", 0 to 1), ("result", mapping) or ("refused", sentence).

    Raises:
        ValueError: it is something else.
    """
    try:
        given = json.loads(line, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("a value that is nested too deeply") from None
    if not isinstance(given, dict) or len(given) != 1:
        raise ValueError("not one value with its name")
    ((name, value),) = given.items()
    if not _VALUES.get(name, _nothing)(value):
        raise ValueError("a value that is not expected")
    return str(name), value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _is_progress(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_result(value: object) -> bool:
    return isinstance(value, dict)


def _is_sentence(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_SENTENCE


def _nothing(_value: object) -> bool:
    return False


_VALUES = {"progress": _is_progress, "result": _is_result, "refused": _is_sentence}
