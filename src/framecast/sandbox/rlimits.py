"""Limits that a process sets for itself. A limit is lowered, never raised; the kernel keeps it for the process and what it starts."""

from __future__ import annotations

import resource
from collections.abc import Mapping


def lower(what: int, wanted: int) -> None:
    """Lower one limit (`resource.RLIMIT_...`), soft and hard."""
    _, hard = resource.getrlimit(what)
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(what, (value, value))


def lower_all(limits: Mapping[int, int]) -> None:
    """Lower these limits, and allow no core dump: it would hold what the process knows."""
    for what, wanted in {**limits, resource.RLIMIT_CORE: 0}.items():
        lower(what, wanted)
