"""What happens to the bus in a forked child: it lets go of every socket that belongs to its parent.

Without this a child that outlives its parent would keep the parent's connections open, and nobody would notice
that the parent has died.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something with descriptors that a forked child must not keep."""

    def after_fork(self) -> None:
        """Close the descriptors in the child; never raises."""


_OPEN: weakref.WeakSet[Forkable] = weakref.WeakSet()


def close_in_child(thing: Forkable) -> None:
    """Have `thing.after_fork` called in every child that is forked while it lives."""
    _OPEN.add(thing)


def _after_fork() -> None:
    for thing in tuple(_OPEN):
        thing.after_fork()


os.register_at_fork(after_in_child=_after_fork)
