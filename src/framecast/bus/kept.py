"""What a track keeps for readers that come later, or that have fallen behind.

Of packets that is the newest group of pictures, of everything else the newest record. Called by the track alone, under its lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from framecast.bus.outlet import Item, Outlet

# A group of pictures that is larger is cut at its old end: a reader that joins then waits for the next key frame.
GOP_LIMIT_BYTES = 64 << 20


class Kept:
    """The newest records without a gap, oldest first. `release` is called for each that is not kept any more."""

    def __init__(self, release: Callable[[Item], None], *, whole_groups: bool) -> None:
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._release = release
        self._whole_groups = whole_groups

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def add(self, item: Item) -> None:
        """Keep the record that was just published, and what came before it as far as it belongs to it."""
        if not self._whole_groups or item.is_key:
            self.clear()
        self._items.append(item)
        self._bytes += item.slot.size
        while self._bytes > GOP_LIMIT_BYTES and len(self._items) > 1:
            self._forget_oldest()

    def clear(self) -> None:
        """Keep nothing."""
        while self._items:
            self._forget_oldest()

    def restore(self, left: int, items: Iterable[Item]) -> None:
        """Keep only the newest `left` records of before, without releasing the others, and then `items`."""
        newest = list(self._items)[len(self._items) - left :]
        self._items = deque([*newest, *items])
        self._bytes = sum(item.slot.size for item in self._items)

    def first(self, default: int) -> int:
        """Return the oldest sequence number, `default` where nothing is kept."""
        return self._items[0].seq if self._items else default

    def first_key(self, default: int) -> int:
        """Return the oldest sequence number that a reader can begin with, `default` where there is none."""
        return next((item.seq for item in self._items if item.is_key), default)

    def at(self, seq: int) -> Item:
        """Return a record that is kept."""
        return self._items[seq - self._items[0].seq]

    def begin(self, end: int) -> int:
        """Return where a new reader begins; `end` is the number of the next record."""
        return self.first_key(end) if self._whole_groups else self.first(end)

    def next_for(self, outlet: Outlet, end: int) -> Item | None:
        """Return the record at the reader's cursor, or where it goes on after a loss; None if nothing is kept that it can use.

        `end` is the number of the next record. What was kept may be gone since the reader was last served: after a change of
        the track the cursor points before everything, and nothing may be kept at all.
        """
        first = self.first(end)
        if outlet.cursor < first:
            outlet.wait_key = self._whole_groups
            outlet.lose(first - outlet.cursor)
            outlet.cursor = first
        while outlet.cursor < end:
            item = self.at(outlet.cursor)
            if item.is_key or not outlet.wait_key:
                outlet.wait_key = False
                return item
            outlet.lose(1)
            outlet.cursor += 1
        return None

    def _forget_oldest(self) -> None:
        item = self._items.popleft()
        self._bytes -= item.slot.size
        self._release(item)
