"""Refused messages: counted, logged once per reason, and reported as a fact of the stream. The source's thread."""

from __future__ import annotations

import logging
from collections import Counter
from time import monotonic

from framecast.bus import Publisher
from framecast.errors import Invalid, SourceError

_TELL_EVERY_S = 1.0

log = logging.getLogger("framecast.sources")


class Refusals:
    """Counts refused messages by the field `reason` of their errors."""

    def __init__(self, publisher: Publisher) -> None:
        self.counts: Counter[str] = Counter()
        self._publisher = publisher
        self._newest = ""
        self._told_at = 0.0
        self._told = 0

    def add(self, error: Invalid) -> None:
        """Note a refused message."""
        why, reason = str(error), str(error.fields.get("reason", "other"))
        if not self.counts[reason]:
            log.warning("%s: a message is refused (%s)", self._publisher.stream, why)
        self.counts[reason] += 1
        self._newest = why
        self.tell()

    def tell(self) -> None:
        """Report to the node, at most once a second."""
        total = self.counts.total()
        if total != self._told and monotonic() - self._told_at >= _TELL_EVERY_S:
            self._told, self._told_at = total, monotonic()
            by_reason = ", ".join(f"{count} {reason}" for reason, count in self.counts.most_common(5))
            self._publisher.note(refused=f"{total} messages ({by_reason})")

    def raise_if_all(self) -> None:
        """Return if nothing was refused.

        Raises:
            SourceError: all messages were refused; says why.
        """
        if self._newest:
            raise SourceError(
                "bad-data", f"every message was refused, the last one because of its {self._newest}"
            )


def is_pickle(raw: memoryview) -> bool:
    """True if the bytes begin and end like a pickle of protocol 2 or later."""
    return len(raw) >= 3 and raw[0] == 0x80 and 2 <= raw[1] <= 5 and raw[-1] == 0x2E
