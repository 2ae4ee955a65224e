"""Try the sandbox of this machine: a process of the same kind as those that parse uploaded files says what it can reach. For `framecast doctor`."""

from __future__ import annotations

import os

from framecast.processing.child import Child
from framecast.processing.messages import Order
from framecast.processing.tasks import TASKS


def reached() -> list[str]:
    """Return what such a process can reach beyond its own files: nothing, if the sandbox is whole. Takes as long as a program takes to start.

    Raises:
        Broken: it does not start.
    """
    order = Order("reach", {}, (), None, TASKS["reach"].limits, os.getpid())
    return [str(one) for one in Child(order).run(lambda _: None).get("reached", [])]
