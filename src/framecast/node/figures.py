"""Figures that servers report about themselves, kept for the server that shows them (the web server's /metrics).

Event loop only. The newest report of a server stands until its next one; it is forgotten when the server's process is gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from framecast.errors import Invalid
from framecast.model import number

MAX_FIGURES = 4096
_KINDS = ("counter", "gauge")
_MOST = 1e300
_METRIC = re.compile(r"framecast_[a-z][a-z0-9_]{0,60}")
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,30}")

Figure = dict[str, Any]


class Figures:
    """What each server said last, by its name."""

    def __init__(self) -> None:
        self._reports: dict[str, list[Figure]] = {}

    @property
    def all(self) -> dict[str, list[Figure]]:
        """Every server's figures: {"metric", "kind", "help", "labels", "value"}."""
        return self._reports

    def take(self, server: object, figures: object) -> None:
        """Keep the report of a server in place of its last one.

        Raises:
            Invalid: it is not a report.
        """
        if not isinstance(server, str) or not _LABEL.fullmatch(server):
            raise Invalid(f"{server!r:.40} is not the name of a server")
        if not isinstance(figures, list) or len(figures) > MAX_FIGURES:
            raise Invalid(f"a report must be a list of at most {MAX_FIGURES} figures")
        self._reports[server] = [_checked(figure) for figure in figures]

    def forget(self, server: str) -> None:
        """The server's process has ended."""
        self._reports.pop(server, None)


def _checked(given: object) -> Figure:
    if not isinstance(given, Mapping):
        raise Invalid(f"{given!r:.80} is not a figure")
    metric, kind, labels = given.get("metric"), given.get("kind"), given.get("labels") or {}
    if not isinstance(metric, str) or not _METRIC.fullmatch(metric) or kind not in _KINDS:
        raise Invalid(
            f"a figure must be a counter or a gauge named framecast_..., got {metric!r:.80} of kind {kind!r:.20}"
        )
    if not isinstance(labels, Mapping) or not all(_LABEL.fullmatch(str(label)) for label in labels):
        raise Invalid(f"the labels of figure {metric} must have lowercase letters, digits and _ only")
    try:
        value = number.real(given.get("value", 0), -_MOST, _MOST)
    except ValueError as error:
        raise Invalid(f"the value of figure {metric} is not a number") from error
    texts = {str(label): str(text)[:200] for label, text in labels.items()}
    return {
        "metric": metric,
        "kind": kind,
        "help": str(given.get("help", ""))[:200],
        "labels": texts,
        "value": value,
    }
