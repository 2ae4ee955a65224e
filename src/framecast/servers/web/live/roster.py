"""The list of streams as JSON. Each stream is written once for each of its changes, and the same bytes go to every client that may know it.

Event loop only. It holds one text for each stream of the node: 0.6 kB for a test pattern.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from framecast.model.status import Status
from framecast.servers.access.policy import Sight
from framecast.servers.web.live.stream_shape import shape


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list a client asks for: at most `most` names (None: all), in order, behind the name `after`."""

    after: str = ""
    most: int | None = None


@dataclass(slots=True)
class _Entry:
    """A stream of the list: `status` as the node has announced it, `current` with the time of its newest picture."""

    status: Status
    current: Status
    note: str = ""
    viewers: int = -1
    text: bytes = b""


class Roster:
    """`newest` are the statuses of all streams, `viewers` returns how many look at each one."""

    def __init__(self, newest: Mapping[str, Status], viewers: Callable[[], Mapping[str, int]]) -> None:
        self._newest = newest
        self._viewers = viewers
        self._entries: dict[str, _Entry] = {}

    def text(self, sight: Sight, newest_at: Mapping[str, float], now: float, page: Page) -> bytes:
        """Return a page of the streams that the principal may know as one JSON object by name, in the order of the names.

        `newest_at` (of the newest picture of each stream) and `now` are UTC seconds.
        """
        viewers = self._viewers()
        if len(self._entries) > len(self._newest):
            self._entries = {name: one for name, one in self._entries.items() if name in self._newest}
        names = sorted(name for name in sight.known(self._newest) if name > page.after)[: page.most]
        texts = [self._text_of(name, newest_at.get(name), viewers.get(name, 0), now) for name in names]
        return b"{%s}" % b",".join(texts)

    def _text_of(self, name: str, newest_at: float | None, viewers: int, now: float) -> bytes:
        status, entry = self._newest[name], self._entries.get(name)
        if entry is None or entry.status is not status or entry.current.newest_at != newest_at:
            entry = self._entries[name] = _Entry(status, replace(status, newest_at=newest_at))
        note = entry.current.note(now)
        if (entry.note, entry.viewers) != (note, viewers):
            entry.note, entry.viewers = note, viewers
            entry.text = b"%s:%s" % (
                json.dumps(name).encode(),
                shape(entry.current, note, viewers).model_dump_json().encode(),
            )
        return entry.text
